import Format
import Foundation
import Operations
import Repository
import Storing
import TestKit
import Testing

@Suite struct `A check finds what is damaged` {
  @Test func `a whole repository has no findings`() async throws {
    let checkup = try await Checkup()
    for percent in [nil, 100] {
      let report = try await checkup.check(reading: percent)
      #expect(report.findings == [])
      #expect(report.snapshots == 2 && report.packs > 3)
      #expect(report.packs_read == (percent == nil ? 0 : report.packs))
      #expect(report.bytes_read > 0)
    }
  }

  @Test(arguments: [PackContents.rows, .files, .catalogue])
  func `a flipped byte of a pack, wherever it is`(_ contents: PackContents) async throws {
    let checkup = try await Checkup()
    for pack in try await checkup.packs(of: contents) {
      let name = try checkup.name("packs/\(pack.name.dropFirst("pack ".count))")
      for spot in Spot.allCases {
        try await checkup.flip(name, at: try spot.offset(in: pack))
        let plain = try await checkup.check()
        // Catalogues are read whole in every check.
        let isFound = spot.isInHeader || contents == .catalogue
        let comment: Comment = "\(contents) \(spot)"
        #expect(plain.kinds(of: name).contains(.packDamaged) == isFound, comment)
        let full = try await checkup.check(reading: 100)
        let finding = try #require(full.findings.first { $0.object == name.path }, comment)
        #expect(finding.kind == .packDamaged && finding.severity != .info, comment)
        #expect(finding.message.contains(name.path.dropFirst(6)), comment)
        #expect(finding.snapshots.contains(checkup.snapshots[1]) == (finding.severity == .critical))
        #expect(
          finding.snapshots.allSatisfy { finding.message.contains($0.prefix(12)) }, comment)
        if contents != .catalogue { #expect((finding.accounts ?? 0) > 0, comment) }
        #expect(Site.people.allSatisfy { !finding.message.contains($0) }, comment)
        try await checkup.reset()
      }
    }
  }

  @Test func `missing, cut and grown packs`() async throws {
    let checkup = try await Checkup()
    for (name, bytes) in await checkup.objects(in: "packs") {
      for (harmed, kind) in [
        (nil, Finding.Kind.packMissing), (Array(bytes.dropLast()), .packLength),
        (bytes + [0], .packLength), ([], .packLength),
      ] {
        await checkup.memory.tamper(with: name, harmed)
        let report = try await checkup.check()
        #expect(report.kinds(of: name).contains(kind), "\(name)")
        let finding = report.findings.first { $0.object == name.path }
        #expect(finding?.snapshots.isEmpty == false)
        try await checkup.reset()
      }
    }
  }

  @Test func `two packs that changed places`() async throws {
    let checkup = try await Checkup()
    let all = await checkup.objects(in: "packs")
    for (one, other) in zip(all, all.dropFirst()) {
      await checkup.memory.tamper(with: one.name, other.bytes)
      await checkup.memory.tamper(with: other.name, one.bytes)
      let report = try await checkup.check()
      for name in [one.name, other.name] {
        #expect(!report.kinds(of: name).isDisjoint(with: [.packDamaged, .packLength]))
      }
      try await checkup.reset()
    }
  }

  @Test func `damaged and missing copies of keyrings, mended at once`() async throws {
    let checkup = try await Checkup()
    let all = await checkup.objects(in: "keyring")
    for (name, bytes) in all {
      for (harmed, kind) in [
        (nil, Finding.Kind.keyringMissing), (bytes.reversed(), .keyringDamaged),
        (bytes + bytes, .keyringDamaged),
      ] {
        await checkup.memory.tamper(with: name, harmed)
        let report = try await checkup.check()
        #expect(report.kinds(of: name) == [kind] && report.findings.count == 1)
        #expect(try await checkup.check().findings == [])
        #expect(await checkup.memory.contents[name] == bytes)
      }
    }
  }

  @Test func `a keyring without a good copy is written anew by the agent`() async throws {
    let checkup = try await Checkup()
    for (name, _) in await checkup.objects(in: "keyring") {
      await checkup.memory.tamper(with: name, nil)
    }
    let report = try await checkup.check()
    #expect(report.findings.first?.kind == .keyringLost && !report.isClean)
    #expect(try await checkup.check().findings == [])
    try await checkup.journey.expectRestoreEqualsSource()
  }

  @Test func `a missing or damaged format, mended at once`() async throws {
    let checkup = try await Checkup()
    let name = try checkup.name("format")
    let whole = try #require(await checkup.memory.contents[name])
    var other = whole
    other[9] ^= 1
    for (harmed, kind) in [
      (nil, Finding.Kind.formatMissing), (Array(whole.dropLast()), .formatDamaged),
      (other, .formatDamaged), (whole + [0], .formatDamaged),
    ] {
      await checkup.memory.tamper(with: name, harmed)
      #expect(try await checkup.check().findings.map(\.kind) == [kind])
      #expect(try await checkup.check().findings == [])
      #expect(await checkup.memory.contents[name] == whole)
    }
  }

  @Test func `objects that nobody knows`() async throws {
    let checkup = try await Checkup()
    let objects: [(String, Finding.Kind, Finding.Severity)] = [
      ("packs/\(String(repeating: "0", count: 32))", .foreignObject, .warning),
      ("packs/readme", .foreignObject, .warning),
      ("keyring/1-\(String(repeating: "0", count: 32))", .keyringUnknown, .warning),
      ("log/readme", .foreignObject, .critical),
      ("tmp/\(String(repeating: "0", count: 32))", .leftovers, .info),
    ]
    for (path, kind, severity) in objects {
      await checkup.memory.tamper(with: try checkup.name(path), [1, 2, 3])
      let report = try await checkup.check()
      #expect(report.findings.map(\.kind) == [kind], "\(path)")
      #expect(report.findings.map(\.severity) == [severity], "\(path)")
      #expect(report.isClean == (severity == .info))
      try await checkup.reset()
    }
  }

  @Test func `nothing at the address is an error, not a finding`() async throws {
    let checkup = try await Checkup()
    await checkup.memory.restore([:])
    let failure = await checkup.journey.failure { _ = try await checkup.check() }
    #expect(failure.status == .repositoryMissing)
  }
}

@Suite struct `A check finds who worked on the log` {
  @Test func `missing and damaged entries`() async throws {
    let checkup = try await Checkup()
    let log = await checkup.objects(in: "log")
    for (index, (name, bytes)) in log.enumerated() {
      var flipped = bytes
      flipped[bytes.count / 2] ^= 1
      for (harmed, kind) in [
        (nil, index == log.count - 1 ? Finding.Kind.logRolledBack : .logEntryMissing),
        (flipped, .logEntryDamaged), (Array(bytes.dropLast(9)), .logEntryDamaged),
        ([], .logEntryDamaged),
      ] {
        await checkup.memory.tamper(with: name, harmed)
        let report = try await checkup.check()
        #expect(report.kinds(of: name).contains(kind), "\(name) \(kind)")
        #expect(!report.isClean)
        try await checkup.reset()
      }
    }
  }

  @Test func `swapped and replayed entries`() async throws {
    let checkup = try await Checkup()
    let log = await checkup.objects(in: "log")
    await checkup.memory.tamper(with: log[1].name, log[2].bytes)
    await checkup.memory.tamper(with: log[2].name, log[1].bytes)
    let swapped = try await checkup.check()
    #expect(swapped.kinds(of: log[1].name).contains(.logEntryDamaged))
    #expect(swapped.kinds(of: log[2].name).contains(.logEntryDamaged))
    try await checkup.reset()
    let next = try checkup.name("log/\(LogEntry.name(of: UInt64(log.count + 1)))")
    await checkup.memory.tamper(with: next, log[1].bytes)
    #expect(try await checkup.check().kinds(of: next) == [.logEntryDamaged])
  }

  @Test func `a rolled back remote, a fork, a clone and a successor`() async throws {
    let journey = Journey(site: try Site(messages: 30), store: MemoryStore())
    let memory = try #require(journey.store as? MemoryStore)
    try await journey.initialise()
    try await journey.backup()
    let (state, root) = (journey.site.state, journey.site.directory.path)
    let old = await memory.contents
    try copyDirectory(state, to: root + "/old")
    try await journey.backup()
    let mine = await memory.contents
    try copyDirectory(state, to: root + "/mine")
    await memory.restore(old)
    #expect(try await journey.check().findings.first?.kind == .logRolledBack)
    // The other half of a fork begins at the same entry.
    try copyDirectory(root + "/old", to: state)
    try await journey.backup()
    try copyDirectory(root + "/mine", to: state)
    let forked = try await journey.check()
    #expect(forked.findings.contains { $0.kind == .logForked && $0.severity == .critical })
    await memory.restore(mine)
    try copyDirectory(root + "/old", to: state)
    #expect(try await journey.check().findings.map(\.kind).contains(.staleState))
    try FileManager.default.removeItem(atPath: state)
    try await journey.adopt()
    #expect(try await journey.check().findings == [])
    try copyDirectory(root + "/mine", to: state)
    #expect(try await journey.check().findings.map(\.kind) == [.otherAgent])
  }
}

extension CheckReport {
  func kinds(of name: ObjectName) -> Set<Finding.Kind> {
    Set(findings.filter { $0.object == name.path }.map(\.kind))
  }

}
