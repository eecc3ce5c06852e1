import Foundation
import Operations
import TestKit
import Testing

/// What the server held when a snapshot was taken, with and without somebody.
struct Moment: Sendable {
  let snapshot: String
  private let copy: String
  private let files: TreeImage

  /// Remembers the site as it is.
  init(_ report: BackupReport, of site: Site) throws {
    snapshot = report.snapshot
    copy = "\(site.directory.path)/moment-\(report.snapshot).db"
    do { try site.live().execute("PRAGMA wal_checkpoint(TRUNCATE)") }
    try FileManager.default.copyItem(atPath: site.database, toPath: copy)
    files = try site.uploadImage()
  }

  /// The rows of everybody but a few.
  func rows(without people: [Person]) throws -> DatabaseImage {
    let scratch = copy + "-without"
    try FileManager.default.copyItem(atPath: copy, toPath: scratch)
    defer { for end in ["", "-wal", "-shm"] { unlink(scratch + end) } }
    let live = try LiveDatabase(scratch)
    for person in people { try person.delete(from: live) }
    return try DatabaseImage(scratch, emptying: Site.ephemeral)
  }

  /// The files of everybody but a few.
  func uploads(without people: [Person]) -> TreeImage {
    var image = files
    for directory in people.flatMap(\.directories) {
      image.entries = image.entries.filter {
        $0.key != "/" + directory && !$0.key.hasPrefix("/\(directory)/")
      }
    }
    return image
  }
}

extension Journey {
  /// A site of a few messages with somebody to forget, and its repository.
  static func withPerson(
    _ name: String = "zwieback", messages: Int = 30, more: String = ""
  ) async throws -> (Journey, Person) {
    let journey = Journey(site: try Site(messages: messages), store: MemoryStore())
    if !more.isEmpty { try journey.site.writeConfiguration(more: more) }
    let person = Person(name: name)
    try person.register(on: journey.site)
    try await journey.initialise()
    return (journey, person)
  }

  /// A run, and what it saw.
  func snapshot(at time: Int64 = Timestamp.now()) async throws -> (BackupReport, Moment) {
    let report = try await backup(at: time)
    return (report, try Moment(report, of: site))
  }

  func erase(
    _ people: Person..., atOnce: Bool = false, at time: Int64 = Timestamp.now()
  ) async throws -> ErasureReceipts {
    try await Erasing(try configuration, store: store, now: time)
      .erase(people.map(\.address), atOnce: atOnce, isRehearsal: false)
  }

  func cancel(_ people: Person..., at time: Int64 = Timestamp.now()) async throws {
    _ = try await Erasing(try configuration, store: store, now: time)
      .cancel(people.map(\.address))
  }

  @discardableResult
  func confirm(at time: Int64 = Timestamp.now()) async throws -> Operations.Confirmation {
    try await Erasing(try configuration, store: store, now: time).confirm(isRehearsal: false)
  }

  @discardableResult
  func advanceKit(at time: Int64 = Timestamp.now()) async throws -> KitAdvanceReport {
    try await KitAdvance(try configuration, store: store)
      .run(kit: kit, passphrase: nil, time: time)
  }

  func erasures(at time: Int64 = Timestamp.now()) throws -> ErasureList {
    try Erasing.list(try configuration, now: time)
  }

  /// Restores a moment's snapshot and expects everybody's data of then, but nothing of a few.
  func expect(
    _ moment: Moment, without people: [Person] = [], includingHeld: Bool = false,
    _ comment: String = "", sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let directory = try TemporaryDirectory("lethe-target")
    let target = directory.path + "/t"
    try await restore(target, snapshot: moment.snapshot, includingHeld: includingHeld)
    for person in people {
      let found = try Haystack.paths(below: target, holding: person.canary)
      #expect(found == [], "\(comment)", sourceLocation: sourceLocation)
    }
    let rows = try DatabaseImage(target + "/xmpp/ejabberd.db")
      .differences(from: try moment.rows(without: people))
    #expect(rows == [], "\(comment)", sourceLocation: sourceLocation)
    let files = try TreeImage(target + "/uploads")
      .differences(from: moment.uploads(without: people))
    #expect(files == [], "\(comment)", sourceLocation: sourceLocation)
  }
}

/// Milliseconds.
enum Span {
  static let hour: Int64 = 3_600_000
  static let day: Int64 = 24 * hour
}
