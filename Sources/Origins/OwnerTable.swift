package import Format

/// Who owns a row or file.
package enum Owner: Equatable, Sendable {
  case account(AccountNumber)
  /// Shared data, or a person on another server.
  case server
  /// What a deleted account of this server left behind.
  case remains
}

/// Finds the owner that an address stands for, on raw bytes, without allocating.
package struct OwnerTable: Sendable {
  private struct Slot {
    var start: UInt32
    var count: UInt32
    var number: UInt32
  }

  private static let empty = Slot(start: 0, count: 0, number: 0)

  private var slots: [Slot]
  private let mask: Int
  private let seed = UInt64.random(in: .min ... .max)
  private var names: [UInt8] = []
  private let localHosts: [[UInt8]]

  /// Knows the accounts by bare address; an address on a local host that is none of them is remains.
  package init(accounts: [(address: String, number: AccountNumber)], localHosts: [String]) {
    // At most half full, so that a search ends after a step or two.
    let capacity = max(16, (accounts.count * 2).nextPowerOfTwo)
    slots = Array(repeating: Self.empty, count: capacity)
    mask = capacity - 1
    self.localHosts = localHosts.map { Array($0.utf8) }
    for (address, number) in accounts { insert(Array(address.utf8), number.value) }
  }

  private mutating func insert(_ name: [UInt8], _ number: UInt32) {
    var index = name.withUnsafeBytes { hash($0) }
    while slots[index].count != 0 { index = (index + 1) & mask }
    slots[index] = Slot(start: UInt32(names.count), count: UInt32(name.count), number: number)
    names += name
  }

  /// The owner of what belongs to an address; nil stands for shared data.
  package func owner(of address: UnsafeRawBufferPointer?) -> Owner {
    guard let address, !address.isEmpty else { return .server }
    var index = hash(address)
    while slots[index].count != 0 {
      if matches(slots[index], address) { return .account(AccountNumber(slots[index].number)) }
      index = (index + 1) & mask
    }
    return isLocal(address) ? .remains : .server
  }

  private func matches(_ slot: Slot, _ address: UnsafeRawBufferPointer) -> Bool {
    guard Int(slot.count) == address.count else { return false }
    return names.withUnsafeBytes {
      UnsafeRawBufferPointer(rebasing: $0[Int(slot.start)..<Int(slot.start) + address.count])
        .isSame(as: address)
    }
  }

  private func isLocal(_ address: UnsafeRawBufferPointer) -> Bool {
    guard let at = address.lastIndex(of: UInt8(ascii: "@")), at > 0 else { return false }
    let host = address[(at + 1)...]
    return localHosts.contains { $0.elementsEqual(host) }
  }

  /// Eight bytes at a time, from a random beginning: whoever chooses names cannot choose where they fall.
  private func hash(_ bytes: UnsafeRawBufferPointer) -> Int {
    var hash = seed ^ UInt64(bytes.count)
    var offset = 0
    while offset + 8 <= bytes.count {
      Self.mix(&hash, bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
      offset += 8
    }
    var last: UInt64 = 0
    while offset < bytes.count {
      last = last << 8 | UInt64(bytes[offset])
      offset += 1
    }
    Self.mix(&hash, last)
    return Int(truncatingIfNeeded: hash) & mask
  }

  /// Both halves of a product of 128 bits: every bit of the word changes about half of those of the hash.
  private static func mix(_ hash: inout UInt64, _ word: UInt64) {
    let product = (hash ^ word).multipliedFullWidth(by: 0x9e37_79b9_7f4a_7c15)
    hash = product.high ^ product.low
  }
}

extension UnsafeRawBufferPointer {
  /// Whether both hold the same bytes, looking at eight of them at a time.
  func isSame(as other: UnsafeRawBufferPointer) -> Bool {
    guard count == other.count else { return false }
    var offset = 0
    while offset + 8 <= count {
      guard
        loadUnaligned(fromByteOffset: offset, as: UInt64.self)
          == other.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
      else { return false }
      offset += 8
    }
    while offset < count {
      guard self[offset] == other[offset] else { return false }
      offset += 1
    }
    return true
  }
}

extension Int {
  fileprivate var nextPowerOfTwo: Int {
    self <= 1 ? 1 : 1 << (Int.bitWidth - (self - 1).leadingZeroBitCount)
  }
}
