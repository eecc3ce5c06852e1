import Glibc

/// Open descriptors by the number of the node they belong to, at most ``capacity`` of them.
///
/// A descriptor handed out stays open until the next `insert`, `close` or the cache's end.
struct DescriptorCache: ~Copyable, Sendable {
  /// How many stay open.
  ///
  /// Two caches of 64 lie far below the usual limit of 1,024 open files.
  static let capacity = 64

  private struct Slot {
    let descriptor: Int32
    var lastUse: UInt64
  }

  private var slots: [UInt32: Slot] = [:]
  private var clock: UInt64 = 0

  /// An empty cache.
  init() {}

  deinit {
    for slot in slots.values { _ = Glibc.close(slot.descriptor) }
  }

  /// The open descriptor of that node, if there is one.
  mutating func descriptor(of node: UInt32) -> Int32? {
    guard let found = slots[node]?.descriptor else { return nil }
    clock += 1
    slots[node]?.lastUse = clock
    return found
  }

  /// Keeps a descriptor.
  ///
  /// To make room, closes the one unused for longest, and returns its node and the error number of
  /// a close that failed.
  mutating func insert(_ descriptor: Int32, for node: UInt32) -> (node: UInt32, error: Int32)? {
    var failure: (node: UInt32, error: Int32)?
    if slots.count >= Self.capacity,
      let oldest = slots.min(by: { $0.value.lastUse < $1.value.lastUse })?.key
    {
      let error = close(oldest)
      if error != 0 { failure = (oldest, error) }
    }
    clock += 1
    slots[node] = Slot(descriptor: descriptor, lastUse: clock)
    return failure
  }

  /// Closes the node's descriptor if it is open; returns the error number, or 0.
  mutating func close(_ node: UInt32) -> Int32 {
    guard let slot = slots.removeValue(forKey: node) else { return 0 }
    return Glibc.close(slot.descriptor) == 0 ? 0 : errno
  }
}
