internal import Foundation
internal import Format
internal import Storing

/// A pack on its way to the remote.
struct Upload: Sendable {
  enum Source: Sendable {
    case memory([UInt8])
    /// A file of the spool, deleted once its bytes are stored.
    case spool(path: String)
  }

  let summary: PackSummary
  let source: Source
}

/// Finished packs between the run that makes them and the sessions that store them.
///
/// Packs in memory are bounded: whoever adds one too many waits. Packs in the spool are not: the
/// snapshot's read transaction must never wait for the network.
actor UploadQueue {
  private let memoryLimit: Int
  private var waiting: [Upload] = []
  private var inMemory = 0
  private var isClosed = false
  private var takers: [CheckedContinuation<Upload?, Never>] = []
  private var helpers: [CheckedContinuation<Upload?, Never>] = []
  private var adders: [CheckedContinuation<Void, Never>] = []

  init(memoryLimit: Int) { self.memoryLimit = memoryLimit }

  /// Adds a pack; returns at once after the queue was closed, since nobody will take it.
  func add(_ upload: Upload) async {
    if case .memory = upload.source {
      while inMemory >= memoryLimit, !isClosed {
        callHelper()
        await withCheckedContinuation { adders.append($0) }
      }
      inMemory += 1
    }
    waiting.append(upload)
    if !takers.isEmpty {
      takers.removeFirst().resume(returning: waiting.removeFirst())
    } else if isLong {
      callHelper()
    }
  }

  private func callHelper() {
    guard !helpers.isEmpty, !waiting.isEmpty else { return }
    helpers.removeFirst().resume(returning: waiting.removeFirst())
  }

  /// The next pack, or nil when there will be none.
  ///
  /// A helper is given one only when so much waits, or the memory for more is full, that a further session is
  /// worth its login of eleven round trips: more than a run of every four hours has at once.
  func next(asHelper: Bool) async -> Upload? {
    if !waiting.isEmpty, !asHelper || isLong { return waiting.removeFirst() }
    if isClosed { return nil }
    return await withCheckedContinuation { continuation in
      if asHelper { helpers.append(continuation) } else { takers.append(continuation) }
    }
  }

  private var isLong: Bool {
    waiting.reduce(0) { $0 + $1.summary.byteCount } >= Self.helpedByteCount
  }

  private static let helpedByteCount = 16 << 20

  /// Says that a pack taken from memory is stored.
  func didStore(_ upload: Upload) {
    guard case .memory = upload.source else { return }
    inMemory -= 1
    if !adders.isEmpty { adders.removeFirst().resume() }
  }

  /// No more packs: takers get what is left, then nil.
  func close() {
    isClosed = true
    for taker in takers + helpers { taker.resume(returning: nil) }
    (takers, helpers) = ([], [])
    for adder in adders { adder.resume() }
    adders = []
  }
}
