import Format
import Foundation
import Operations
import Repository
import Storing
import TestKit
import Testing

@Suite(.serialized) struct `Every damage is found, and no wrong byte restored` {
  /// How an object is damaged, with what it takes to say so.
  enum Harm: CustomStringConvertible {
    case flip(Int, bit: UInt8)
    case cut(to: Int)
    case zeros(Range<Int>)
    case growth(Int)
    case replaced(by: ObjectName)

    func inflict(on bytes: [UInt8], _ all: [ObjectName: [UInt8]]) -> [UInt8] {
      var bytes = bytes
      switch self {
      case .flip(let offset, let bit): bytes[offset] ^= 1 << bit
      case .cut(let count): bytes.removeLast(bytes.count - count)
      case .zeros(let range): for index in range { bytes[index] = 0 }
      case .growth(let count): bytes += [UInt8](repeating: 0, count: count)
      case .replaced(let name): bytes = all[name] ?? []
      }
      return bytes
    }

    var description: String {
      switch self {
      case .flip(let offset, let bit): "byte \(offset) bit \(bit)"
      case .cut(let count): "cut to \(count)"
      case .zeros(let range): "zeros at \(range)"
      case .growth(let count): "\(count) bytes more"
      case .replaced(let name): "replaced by \(name)"
      }
    }
  }

  /// The part of all damages that the suite tries; `LETHE_DAMAGE_CASES` asks for more.
  private static let caseCount =
    ProcessInfo.processInfo.environment["LETHE_DAMAGE_CASES"].flatMap { Int($0) } ?? 400

  /// Damages of one object: every byte of what is small, one in 64 of what is large.
  private func harms(
    of name: ObjectName, _ all: [ObjectName: [UInt8]], _ random: inout SeededRandom
  ) -> [Harm] {
    let count = all[name]?.count ?? 0
    let step = count > 16 << 10 ? 64 : 1
    var harms: [Harm] = stride(from: 0, to: count, by: step).map { start in
      .flip(
        min(count - 1, start + Int(random.next() % UInt64(step))), bit: UInt8(random.next() % 8))
    }
    harms += stride(from: 0, to: count, by: max(1, count / 64)).map { .cut(to: $0) }
    harms += (0..<8).map { _ in
      let start = Int(random.next() % UInt64(max(1, count - 24)))
      return .zeros(start..<min(count, start + 24))
    }
    harms += [.growth(1), .growth(64 << 10)]
    let directory = name.path.split(separator: "/").first ?? ""
    return harms
      + all.keys.filter { $0 != name && $0.path.hasPrefix("\(directory)/") }.sorted()
      .map { .replaced(by: $0) }
  }

  @Test func `of any object, by a check`() async throws {
    let seed = Seed.hint
    var random = Seed.generator(#function)
    let checkup = try await Checkup(messages: 60)
    let whole = await checkup.memory.contents
    var cases: [(ObjectName, Harm)] = []
    // What the ballast holds means nothing.
    for name in whole.keys.sorted() where name.directory != StoreLayout.temporary {
      cases += harms(of: name, whole, &random).map { (name, $0) }
    }
    let total = cases.count
    cases.shuffle(using: &random)
    var foundCount = 0
    for (name, harm) in cases.prefix(Self.caseCount) {
      let bytes = try #require(whole[name])
      let harmed = harm.inflict(on: bytes, whole)
      guard harmed != bytes else { continue }
      await checkup.memory.tamper(with: name, harmed)
      let report = try await checkup.check(reading: 100)
      let isFound = report.findings.contains { $0.object == name.path && $0.severity != .info }
      #expect(isFound, "\(seed): \(name) \(harm): \(report.findings)")
      foundCount += isFound ? 1 : 0
      await checkup.memory.tamper(with: name, bytes)
    }
    #expect(await checkup.memory.contents == whole)
    #expect(try await checkup.check(reading: 100).findings == [])
    print("damage: \(foundCount) of \(min(total, Self.caseCount)) found, of \(total); \(seed)")
  }

  @Test func `of any object, in a restore`() async throws {
    let seed = Seed.hint
    var random = Seed.generator(#function)
    let checkup = try await Checkup(messages: 40)
    let journey = checkup.journey
    let whole = await checkup.memory.contents
    let names = whole.keys.sorted()
    var (wholeCount, partCount) = (0, 0)
    let count = max(40, Self.caseCount / 10)
    for _ in 0..<count {
      let name = names[Int(random.next() % UInt64(names.count))]
      let all = harms(of: name, whole, &random)
      let harm = all[Int(random.next() % UInt64(all.count))]
      await checkup.memory.tamper(with: name, harm.inflict(on: whole[name] ?? [], whole))
      let target = try TemporaryDirectory("lethe-target")
      let comment = "\(seed): \(name) \(harm)"
      do {
        try await journey.restore(target.path + "/t")
        try journey.expectEqual(target.path + "/t", comment)
        wholeCount += 1
      } catch {
        try expectPart(of: journey, target.path + "/t", comment)
        partCount += 1
      }
      await checkup.memory.restore(whole)
    }
    print("damage: \(count) restores, \(wholeCount) whole, \(partCount) in part; \(seed)")
    #expect(wholeCount > 0 && partCount > 0)
  }

  private func expectPart(of journey: Journey, _ target: String, _ comment: String) throws {
    for entry in (try? FileManager.default.contentsOfDirectory(atPath: target)) ?? [] {
      if entry == "xmpp" {
        let rows = try DatabaseImage(target + "/xmpp/ejabberd.db")
        #expect(rows.missing(from: try journey.site.databaseImage()) != nil, "\(comment)")
      } else {
        #expect(entry == "uploads", "\(comment)")
        try journey.expectPart(target + "/uploads", comment)
      }
    }
  }

  @Test func `of either half of a kit`() async throws {
    let checkup = try await Checkup(messages: 5)
    let journey = checkup.journey
    var (refused, harmless) = (0, 0)
    for file in ["lethe-static.kit", "lethe-epoch.kit"] {
      let path = URL(fileURLWithPath: journey.site.kit + "/" + file)
      let whole = [UInt8](try Data(contentsOf: path))
      for offset in whole.indices {
        var bytes = whole
        bytes[offset] ^= 1
        try Data(bytes).write(to: path)
        do {
          // A space or an end of line more or less is no damage: the words are the same.
          let kit = try journey.kit.open(passphrase: nil)
          _ = try await Archive(store: checkup.memory, kit: kit)
          harmless += 1
        } catch { refused += 1 }
      }
      try Data(whole).write(to: path)
    }
    print("kit: \(refused) flips refused, \(harmless) harmless")
    #expect(refused > 20 * harmless)
  }
}
