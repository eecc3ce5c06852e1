import Format
import Foundation
import Operations
@testable import Repository
import Storing
import TestKit
import Testing

@Suite struct `An erasure that is cut off is finished by the next command` {
  private static let start = Timestamp.now()
  private static func hour(_ hours: Int64) -> Int64 { start + hours * Span.hour }

  /// A command that is cut off.
  enum Command: String, CaseIterable {
    case erase, eraseAtOnce, findMissing, destroyDue, cancel, confirm

    /// What leads to it, before the cut.
    fileprivate func prepare(_ journey: Journey, _ person: Person) async throws {
      switch self {
      case .erase, .eraseAtOnce: break
      case .findMissing: try person.delete(from: journey.site)
      case .destroyDue:
        try person.delete(from: journey.site)
        try await journey.backup(at: hour(4))
        // After a gap as long as the hold the first run would destroy nothing.
        try await journey.backup(at: hour(40))
        try Person(name: "alice").delete(from: journey.site)
      case .cancel: _ = try await journey.erase(person, at: hour(4))
      case .confirm:
        for name in [person.name, "alice", "bob", "carol"] {
          try Person(name: name).delete(from: journey.site)
        }
        try await journey.backup(at: hour(4))
      }
    }

    /// When it is carried out: after a hold, or within it.
    fileprivate var time: Int64 { hour(self == .cancel ? 60 : 80) }

    fileprivate func carryOut(_ journey: Journey, _ person: Person) async throws {
      switch self {
      case .erase: _ = try await journey.erase(person, at: time)
      case .eraseAtOnce: _ = try await journey.erase(person, atOnce: true, at: time)
      case .findMissing, .destroyDue: try await journey.backup(at: time)
      case .cancel: try await journey.cancel(person, at: time)
      case .confirm: try await journey.confirm(at: time)
      }
    }
  }

  /// Where the account stands.
  private enum Standing { case live, held, destroyed }

  private func standing(_ journey: Journey, of person: Person) async throws -> Standing {
    let archive = try await Archive(
      store: journey.store, kit: try journey.kit.open(passphrase: nil))
    let tag = archive.keys.addressTag(person.address)
    guard let erasure = archive.ledger.erasures.values.first(where: { $0.entry.addressTag == tag })
    else { return .live }
    return erasure.isHeld ? .held : .destroyed
  }

  @Test(arguments: Command.allCases, Cut.allCases)
  func `wherever it is cut`(command: Command, cut: Cut) async throws {
    let (journey, person) = try await Journey.withPerson(messages: 10)
    let moment = try await journey.snapshot(at: Self.hour(0)).1
    try await command.prepare(journey, person)
    let start = try await Start(journey)
    let counted = try await start.journey()
    let counter = FaultyStore(counted.store)
    try await command.carryOut(Journey(site: start.site, store: counter), person)
    let count = await counter.operationCount
    let whole = try await standing(counted, of: person)
    #expect(count >= 3)
    // A whole run has many operations: of these each cut takes every other.
    let step = count > 12 ? 2 : 1
    for operation in stride(from: cut == .after ? step : 1, through: count, by: step) {
      let comment: Comment = "\(command) cut \(cut) operation \(operation) of \(count)"
      let cutOff = try await start.journey()
      let before = try await standing(cutOff, of: person)
      let faulty = FaultyStore(cutOff.store, plan: cut.plan(operation))
      do {
        try await command.carryOut(Journey(site: start.site, store: faulty), person)
      } catch {}
      let said = try await standing(cutOff, of: person)
      // The next command is whatever comes next: an ordinary run, before anybody could try again.
      let next = try await cutOff.backup(at: command.time + Span.hour)
      let isBraked = command == .confirm && said == .live
      #expect(next.state == (isBraked ? "degraded" : "complete"), comment)
      try await start.expectAgreement(cutOff, comment)
      let then = try await standing(cutOff, of: person)
      try expect(command, before, said, then, comment)
      do { try await command.carryOut(cutOff, person) } catch {
        #expect([.usage, .refused].contains(OperationError(error).status), comment)
      }
      #expect(try await standing(cutOff, of: person) == whole, comment)
      try await start.expectAgreement(cutOff, comment)
      guard operation == 1 + count / 2 else { continue }
      let gone = command == .confirm ? ["alice", "bob", "carol"] : []
      let others = gone.map { Person(name: $0) }
      let alice = command == .destroyDue ? [Person(name: "alice")] : []
      try await cutOff.expect(
        moment, without: (whole == .live ? [] : [person]) + others + alice,
        "\(command) \(cut) \(operation)")
    }
  }

  /// What the run after the cut made of what the log said.
  private func expect(
    _ command: Command, _ before: Standing, _ said: Standing, _ then: Standing,
    _ comment: Comment
  ) throws {
    switch command {
    case .erase: #expect(then == said && [.live, .held].contains(said), comment)
    case .eraseAtOnce:
      #expect(then == (said == .live ? .live : .destroyed), "\(comment): due at once")
    case .findMissing: #expect(then == .held && said != .destroyed, comment)
    case .destroyDue: #expect(then == .destroyed && said != .live, comment)
    case .cancel: #expect(then == said && before == .held, comment)
    case .confirm: #expect(then == said && said != .destroyed, comment)
    }
  }

  @Test(arguments: Cut.allCases)
  func `an advance of the kit leaves a kit that opens`(cut: Cut) async throws {
    let (journey, person) = try await Journey.withPerson(messages: 10)
    let moment = try await journey.snapshot(at: Self.hour(0)).1
    _ = try await journey.erase(person, atOnce: true, at: Self.hour(1))
    let start = try await Start(journey)
    let counter = FaultyStore(try await start.journey().store)
    try await Journey(site: start.site, store: counter).advanceKit(at: Self.hour(2))
    for operation in 1...(await counter.operationCount) {
      let comment: Comment = "\(cut) operation \(operation)"
      let cutOff = try await start.journey()
      let faulty = FaultyStore(cutOff.store, plan: cut.plan(operation))
      do {
        try await Journey(site: start.site, store: faulty).advanceKit(at: Self.hour(2))
      } catch {}
      _ = try await Archive(store: cutOff.store, kit: try cutOff.kit.open(passphrase: nil))
      try await cutOff.advanceKit(at: Self.hour(3))
      #expect(try cutOff.erasures().erasures.allSatisfy { $0.beyond_kit != nil }, comment)
      #expect(try FileManager.default.contentsOfDirectory(atPath: start.site.kit).count == 2)
      try await cutOff.backup(at: Self.hour(4))
      try await start.expectAgreement(cutOff, comment)
      guard operation % 4 == 1 else { continue }
      try await cutOff.expect(moment, without: [person], "\(comment)")
    }
  }
}
