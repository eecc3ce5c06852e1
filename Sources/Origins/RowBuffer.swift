internal import Synchronization

/// The encoded rows of one segment, in memory that goes back to where it was taken from.
final class RowBuffer: Sendable {
  let bytes: [UInt8]
  private let shelf: Shelf?

  init(_ bytes: [UInt8], from shelf: Shelf? = nil) {
    self.bytes = bytes
    self.shelf = shelf
  }

  deinit { shelf?.put(bytes) }

  /// Buffers for as many segments as are in flight.
  ///
  /// New memory costs a page fault for each 4 KiB, a tenth of the time of a scan; used again it costs none.
  final class Shelf: Sendable {
    private let buffers = Mutex<[[UInt8]]>([])
    private let byteCount: Int

    /// Lends buffers of so many bytes.
    init(byteCount: Int) { self.byteCount = byteCount }

    /// One that is free, or a new one.
    func take() -> [UInt8] {
      if let buffer = buffers.withLock({ $0.popLast() }) { return buffer }
      var buffer: [UInt8] = []
      buffer.reserveCapacity(byteCount)
      return buffer
    }

    /// What grew larger than it was to be is not kept.
    fileprivate func put(_ bytes: [UInt8]) {
      guard bytes.capacity < 2 * byteCount else { return }
      buffers.withLock { $0.append(bytes) }
    }
  }
}
