import Glibc

/// Everything a restore has created: one node per name, found by number or by path.
///
/// A node is 80 bytes, its name, and a place in the lookup. With room to grow, 220 bytes per node
/// were measured: 130 MB for 600,000 names.
struct NodeTable: Sendable {
  /// What a node is.
  enum Kind: Sendable {
    case directory
    case file
    case link
    /// One more name of an earlier node.
    case alias
  }

  /// One created name.
  struct Node: Sendable {
    /// The number of the directory that holds it; the target's own node is its own parent.
    let parent: UInt32
    fileprivate let nameStart: Int
    fileprivate let nameByteCount: UInt8
    let kind: Kind
    /// Whether mode, owner and times are already those of `attributes`.
    var isSettled = false
    /// What the node gets in the end; nil for a directory no record has described yet.
    var attributes: FileAttributes?
    /// Which object was created, so that another in its place is noticed.
    var identity: FileIdentity
    /// The length of a file, in bytes.
    var byteCount: UInt64 = 0

    /// Whether this is the status of what was created: the number of a removed object may be used
    /// again, so its kind counts too.
    func isCreated(_ status: stat) -> Bool {
      guard FileIdentity(status) == identity else { return false }
      return switch kind {
      case .directory: status.st_mode & S_IFMT == S_IFDIR
      case .file: status.st_mode & S_IFMT == S_IFREG
      case .link: status.st_mode & S_IFMT == S_IFLNK
      case .alias: [S_IFREG, S_IFLNK].contains(status.st_mode & S_IFMT)
      }
    }
  }

  /// The number of the target itself.
  static let target: UInt32 = 0

  private(set) var nodes: [Node]
  private var names: [UInt8] = []
  private var numbers: [UInt64: UInt32] = [:]

  /// A table that knows only the target.
  init(target identity: FileIdentity) {
    nodes = [
      Node(
        parent: Self.target, nameStart: 0, nameByteCount: 0, kind: .directory, identity: identity)
    ]
  }

  subscript(_ number: UInt32) -> Node {
    get { nodes[Int(number)] }
    set { nodes[Int(number)] = newValue }
  }

  /// The node's name in its directory.
  func name(of number: UInt32) -> ArraySlice<UInt8> {
    let node = self[number]
    return names[node.nameStart..<(node.nameStart + Int(node.nameByteCount))]
  }

  /// The node's path beneath the target, without a leading slash; empty for the target.
  func path(of number: UInt32) -> [UInt8] {
    var path: [ArraySlice<UInt8>] = []
    var number = number
    while number != Self.target {
      path.append(name(of: number))
      number = self[number].parent
    }
    return Array(path.reversed().joined(separator: [UInt8(ascii: "/")]))
  }

  /// The number of the node of that name in that directory.
  func number(of name: ArraySlice<UInt8>, in parent: UInt32) -> UInt32? {
    var hash = hash(of: name, in: parent)
    while let number = numbers[hash] {
      if self[number].parent == parent, isNamed(number, name) { return number }
      hash &+= 1
    }
    return nil
  }

  private func isNamed(_ number: UInt32, _ name: ArraySlice<UInt8>) -> Bool {
    let own = self.name(of: number)
    guard own.count == name.count else { return false }
    return own.withUnsafeBytes { own in
      name.withUnsafeBytes { name in
        guard let own = own.baseAddress, let other = name.baseAddress else { return true }
        return memcmp(own, other, name.count) == 0
      }
    }
  }

  /// The number of the node at that path.
  func number(at path: RelativePath) -> UInt32? {
    var number = Self.target
    for name in path.components {
      guard let next = self.number(of: name, in: number) else { return nil }
      number = next
    }
    return number
  }

  /// Adds a node that is not there yet and returns its number.
  mutating func add(
    _ name: ArraySlice<UInt8>, in parent: UInt32, _ kind: Kind, _ identity: FileIdentity
  ) -> UInt32 {
    let number = UInt32(nodes.count)
    nodes.append(
      Node(
        parent: parent, nameStart: names.count, nameByteCount: UInt8(name.count), kind: kind,
        identity: identity))
    names.append(contentsOf: name)
    var hash = hash(of: name, in: parent)
    // Nothing is ever removed, so the next free place after the own hash is always found again.
    while numbers[hash] != nil { hash &+= 1 }
    numbers[hash] = number
    return number
  }

  private func hash(of name: ArraySlice<UInt8>, in parent: UInt32) -> UInt64 {
    var hasher = Hasher()
    hasher.combine(parent)
    name.withUnsafeBytes { hasher.combine(bytes: $0) }
    return UInt64(truncatingIfNeeded: hasher.finalize())
  }
}
