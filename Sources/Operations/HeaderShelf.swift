internal import Format
internal import Repository

/// What pack headers say of their chunks, as far as references are compared with it.
struct HeaderShelf {
  /// Kind and owner of each chunk: five bytes instead of the header's twenty-four.
  private struct Header: Sendable {
    let kinds: [UInt8]
    let accounts: [UInt32]

    init(_ header: PackHeader) {
      kinds = header.entries.map(\.kind.rawValue)
      accounts = header.entries.map(\.account.value)
    }
  }

  private let source: PackSource
  private var headers: [PackID: Header] = [:]
  private var entryCount = 0

  /// 12 million chunks are 60 MB; of a larger repository some headers are read more than once.
  private static let budget = 12_000_000
  /// Headers read at a time: enough to hide the round trips.
  private static let flight = 4

  init(_ source: PackSource) { self.source = source }

  /// Opens the headers of packs, and notes those that do not open.
  mutating func load(_ packs: [PackID], _ faults: inout PackFaults) async throws {
    for start in stride(from: 0, to: packs.count, by: Self.flight) {
      try Task.checkCancellation()
      let batch = packs[start..<min(start + Self.flight, packs.count)]
      let results = try await withThrowingTaskGroup(
        of: (PackID, Result<Header, any Error>).self
      ) { [source] group in
        for pack in batch {
          group.addTask {
            do { return (pack, .success(Header(try await source.header(of: pack)))) } catch {
              return (pack, .failure(error))
            }
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      for (pack, result) in results {
        switch result {
        case .success(let header): hold(header, of: pack)
        case .failure(let error): try faults.note(pack, error)
        }
      }
    }
  }

  private mutating func hold(_ header: Header, of pack: PackID) {
    if entryCount + header.kinds.count > Self.budget { (headers, entryCount) = ([:], 0) }
    headers[pack] = header
    entryCount += header.kinds.count
  }

  /// Why a reference cannot be followed; nil where it can, or where the pack is damaged anyway.
  mutating func objection(
    to location: ChunkLocation, as kind: ChunkKind, of account: AccountNumber,
    _ faults: inout PackFaults
  ) async throws -> String? {
    if headers[location.pack] == nil, !faults.contains(location.pack) {
      try await load([location.pack], &faults)
    }
    guard let header = headers[location.pack] else { return nil }
    let ordinal = Int(location.ordinal)
    guard ordinal < header.kinds.count else {
      return "there is no chunk \(ordinal) in pack \(location.pack.hex)"
    }
    guard header.kinds[ordinal] == kind.rawValue, header.accounts[ordinal] == account.value else {
      return "chunk \(ordinal) of pack \(location.pack.hex) is of another kind or owner"
    }
    return nil
  }
}
