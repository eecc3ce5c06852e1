import Format
import Foundation
import Operations
import Repository
import Storing
import TestKit
import Testing

/// A repository of two snapshots to be damaged, and checks of it.
struct Checkup {
  let journey: Journey
  let memory: MemoryStore
  /// The remote and the state before anything was damaged.
  private let whole: [ObjectName: [UInt8]]
  private let copy: String
  /// Ids of the snapshots, oldest first.
  let snapshots: [String]

  init(messages: Int = 200) async throws {
    memory = MemoryStore()
    journey = Journey(site: try Site(messages: messages), store: memory)
    try await journey.initialise()
    let first = try await journey.backup()
    try journey.site.change(1)
    let second = try await journey.backup()
    snapshots = [first.snapshot, second.snapshot]
    whole = await memory.contents
    copy = journey.site.directory.path + "/whole-state"
    try copyDirectory(journey.site.state, to: copy)
  }

  /// Makes remote and state as they were at first.
  func reset() async throws {
    await memory.restore(whole)
    try copyDirectory(copy, to: journey.site.state)
  }

  func check(reading percent: Int? = nil, at time: Int64 = Timestamp.now()) async throws
    -> CheckReport
  {
    try await journey.check(reading: percent, at: time)
  }

  /// The objects of one directory.
  func objects(in directory: String) async -> [(name: ObjectName, bytes: [UInt8])] {
    await memory.contents.filter { $0.key.path.hasPrefix(directory) }
      .sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  /// Packs by contents, read with the keys of the kit.
  func packs(of contents: PackContents) async throws -> [PackReader] {
    let archive = try await Archive(store: memory, kit: try journey.kit.open(passphrase: nil))
    var packs: [PackReader] = []
    for pack in archive.listedPacks where pack.summary.contents == contents {
      packs.append(try await archive.pack(pack.summary.pack))
    }
    return packs
  }

  func name(_ path: String) throws -> ObjectName {
    guard let name = ObjectName(path) else { throw TestKitError("\(path) is no name") }
    return name
  }

  func flip(_ name: ObjectName, at offset: Int) async throws {
    guard var bytes = await memory.contents[name] else { throw TestKitError("no \(name)") }
    bytes[offset] ^= 0x20
    await memory.tamper(with: name, bytes)
  }
}

extension Journey {
  func check(reading percent: Int? = nil, at time: Int64 = Timestamp.now()) async throws
    -> CheckReport
  {
    try await Check(
      try configuration, store: store, reading: percent, now: time, progress: { _ in }
    ).run()
  }
}

/// Where in a pack a byte is flipped.
enum Spot: String, CaseIterable {
  case kind, identifier, headerLength, header, firstChunk, lastChunk, padding

  func offset(in pack: PackReader) throws -> Int {
    let bytes = pack.allBytes
    let body = PackPrefix.byteCount + (try PackPrefix.decode(bytes)).headerByteCount
    let end = pack.header.entries.reduce(body) { $0 + $1.sealedByteCount }
    return switch self {
    case .kind: 1
    case .identifier: 12
    case .headerLength: 25
    case .header: body - 3
    case .firstChunk: body
    case .lastChunk: end - 1
    case .padding: bytes.count - 1
    }
  }

  /// Whether a check finds it without reading the data.
  var isInHeader: Bool {
    switch self {
    case .kind, .identifier, .headerLength, .header: true
    case .firstChunk, .lastChunk, .padding: false
    }
  }
}
