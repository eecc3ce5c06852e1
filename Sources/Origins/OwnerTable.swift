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
    var index = name.withUnsafeBytes { Self.hash($0) } & mask
    while slots[index].count != 0 { index = (index + 1) & mask }
    slots[index] = Slot(start: UInt32(names.count), count: UInt32(name.count), number: number)
    names += name
  }

  /// The owner of what belongs to an address; nil stands for shared data.
  package func owner(of address: UnsafeRawBufferPointer?) -> Owner {
    guard let address, !address.isEmpty else { return .server }
    var index = Self.hash(address) & mask
    while slots[index].count != 0 {
      if matches(slots[index], address) { return .account(AccountNumber(slots[index].number)) }
      index = (index + 1) & mask
    }
    return isLocal(address) ? .remains : .server
  }

  private func matches(_ slot: Slot, _ address: UnsafeRawBufferPointer) -> Bool {
    guard Int(slot.count) == address.count else { return false }
    let start = Int(slot.start)
    for offset in 0..<address.count where names[start + offset] != address[offset] { return false }
    return true
  }

  private func isLocal(_ address: UnsafeRawBufferPointer) -> Bool {
    guard let at = address.lastIndex(of: UInt8(ascii: "@")), at > 0 else { return false }
    let host = address[(at + 1)...]
    return localHosts.contains { $0.elementsEqual(host) }
  }

  /// The table holds nothing that a user could make slow by choosing names.
  private static func hash(_ bytes: UnsafeRawBufferPointer) -> Int {
    var hash = FNV1a()
    hash.mix(bytes)
    return Int(truncatingIfNeeded: hash.value ^ hash.value >> 32) & Int.max
  }
}

extension Int {
  fileprivate var nextPowerOfTwo: Int {
    self <= 1 ? 1 : 1 << (Int.bitWidth - (self - 1).leadingZeroBitCount)
  }
}
