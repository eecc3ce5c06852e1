import Foundation
import Operations
import Storing
import TestKit
import Testing

@Suite struct `What was backed up comes back exactly` {
  enum Kind: String, CaseIterable { case memory, directory, sftp }

  private func withJourney(_ kind: Kind, _ body: (Journey) async throws -> Void) async throws {
    let site = try Site()
    switch kind {
    case .memory: try await body(Journey(site: site, store: MemoryStore()))
    case .directory: try await body(Journey(site: site, store: DirectoryStore(root: site.remote)))
    case .sftp:
      let server = try LoopbackSSHD()
      let store = SFTPStore(try server.settings())
      try await body(Journey(site: site, store: store))
      await store.close()
    }
  }

  @Test(arguments: Kind.allCases)
  func `two snapshots with a change between them`(kind: Kind) async throws {
    try await withJourney(kind) { journey in
      try await journey.initialise()
      let first = try await journey.backup()
      #expect(first.state == "complete")
      #expect(first.accounts.live == 6 && first.accounts.new == 6 && first.accounts.missing == 0)
      let before = try journey.site.databaseImage()
      let filesBefore = try journey.site.uploadImage()
      try journey.site.change(1)
      let second = try await journey.backup()
      #expect(second.stored.bytes_uploaded < first.stored.bytes_uploaded)
      #expect(second.sequence == first.sequence + 1)
      let list = try await journey.snapshots()
      #expect(list.snapshots.map(\.id) == [first.snapshot, second.snapshot])
      try await journey.expectRestoreEqualsSource()

      let target = journey.site.directory.path + "/older"
      try await journey.restore(target, snapshot: first.snapshot)
      #expect(
        try DatabaseImage(target + "/xmpp/ejabberd.db").differences(from: before) == [])
      #expect(try TreeImage(target + "/uploads").differences(from: filesBefore) == [])
    }
  }

  @Test func `an unchanged run sends next to nothing`() async throws {
    let journey = Journey(site: try Site(), store: MemoryStore())
    try await journey.initialise()
    try await journey.backup()
    let again = try await journey.backup()
    // The catalogue's root alone is new.
    #expect(again.stored.chunks_new == 1)
    #expect(again.warnings == [])
    try await journey.expectRestoreEqualsSource()
  }

  @Test func `one account alone`() async throws {
    let journey = Journey(site: try Site(), store: MemoryStore())
    try await journey.initialise()
    try await journey.backup()
    let target = journey.site.directory.path + "/alone"
    let report = try await journey.restore(target, accounts: ["bob@jix.im"])
    #expect(report.restored.accounts == 1)
    let restored = try LiveDatabase(target + "/xmpp/ejabberd.db")
    #expect(try restored.rows("SELECT DISTINCT username FROM archive") == [["bob"]])
    #expect(
      try restored.number("SELECT count(*) FROM archive")
        == journey.site.live().number("SELECT count(*) FROM archive WHERE username = 'bob'"))
    #expect(try restored.number("SELECT count(*) FROM muc_room") == 0)
    let files = try TreeImage(target + "/uploads").entries.keys
    #expect(files.allSatisfy { $0.hasPrefix("/bob") })
    #expect(files.count == 5)
  }

  @Test func `one origin alone`() async throws {
    let journey = Journey(site: try Site(), store: MemoryStore())
    try await journey.initialise()
    try await journey.backup()
    let target = journey.site.directory.path + "/alone"
    let report = try await journey.restore(target, origins: ["uploads"])
    #expect(report.restored.rows == 0)
    #expect(try FileManager.default.contentsOfDirectory(atPath: target) == ["uploads"])
  }
}
