import CLinux
import Glibc

/// All of a tree that must come back, gathered by plain system calls and not by the module.
struct Inventory {
  struct Item: Equatable {
    var kind: mode_t
    var mode: mode_t
    var seconds: Int
    var nanoseconds: Int
    var byteCount = 0
    var content: [UInt8] = []
    var target: [UInt8] = []
    /// The first path of the same object.
    var firstName: [UInt8] = []
    /// Where data begins and ends.
    var extents: [Int] = []
  }

  private(set) var items: [[UInt8]: Item] = [:]
  private var firstNames: [ino_t: [UInt8]] = [:]

  /// Looks at everything beneath `path`, and at the directory itself.
  init(_ path: String) throws {
    let root = open(path, O_RDONLY | O_DIRECTORY)
    guard root >= 0 else { throw SetupFailure("open \(path)") }
    defer { close(root) }
    try add(root, [])
    items[[]] = try item(status(root, [0], linux_at_empty_path))
  }

  /// The paths at which two inventories differ.
  func differences(from other: Inventory) -> [String] {
    let paths = Set(items.keys).union(other.items.keys)
    return paths.filter { items[$0] != other.items[$0] }.map {
      "\($0): \(summary($0)) is not \(other.summary($0))"
    }
  }

  private func summary(_ path: [UInt8]) -> String {
    guard var item = items[path] else { return "absent" }
    item.content = []
    return "\(item)"
  }

  private mutating func add(_ directory: Int32, _ prefix: [UInt8]) throws {
    for name in try names(directory) {
      let path = prefix + name.dropLast().map { UInt8(bitPattern: $0) }
      let status = try status(directory, name, AT_SYMLINK_NOFOLLOW)
      var item = item(status)
      switch item.kind {
      case S_IFDIR:
        let child = openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        guard child >= 0 else { throw SetupFailure("openat") }
        defer { close(child) }
        try add(child, path + [UInt8(ascii: "/")])
      case S_IFLNK:
        var target = [UInt8](repeating: 0, count: 4_096)
        target.removeLast(4_096 - linux_read_link(directory, name, &target, 4_096))
        item.target = target
      default:
        try addContent(directory, name, &item)
      }
      if item.kind != S_IFDIR {
        // The order of names decides, so that both trees choose the same one.
        item.firstName = firstNames[status.st_ino] ?? path
        firstNames[status.st_ino] = item.firstName
      }
      items[path] = item
    }
  }

  private func addContent(_ directory: Int32, _ name: [CChar], _ item: inout Item) throws {
    let descriptor = openat(directory, name, O_RDONLY | O_NOFOLLOW)
    guard descriptor >= 0 else { throw SetupFailure("openat") }
    defer { close(descriptor) }
    var content = [UInt8](repeating: 0, count: item.byteCount)
    guard pread(descriptor, &content, item.byteCount, 0) == item.byteCount else {
      throw SetupFailure("pread")
    }
    item.content = content
    item.extents = dataExtents(descriptor)
  }

  private func item(_ status: stat) -> Item {
    Item(
      kind: status.st_mode & S_IFMT, mode: status.st_mode & 0o7777,
      seconds: status.st_mtim.tv_sec, nanoseconds: status.st_mtim.tv_nsec,
      byteCount: status.st_mode & S_IFMT == S_IFREG ? Int(status.st_size) : 0)
  }

  private func status(_ directory: Int32, _ name: [CChar], _ flags: Int32) throws -> stat {
    var result = stat()
    guard fstatat(directory, name, &result, flags) == 0 else { throw SetupFailure("fstatat") }
    return result
  }

  private func names(_ directory: Int32) throws -> [[CChar]] {
    let stream = fdopendir(openat(directory, ".", O_RDONLY | O_DIRECTORY))
    guard let stream else { throw SetupFailure("fdopendir") }
    defer { closedir(stream) }
    var names: [[CChar]] = []
    var error: Int32 = 0
    while let name = linux_next_name(stream, &error) {
      names.append(Array(UnsafeBufferPointer(start: name, count: strlen(name) + 1)))
    }
    return names.sorted { strcmp($0, $1) < 0 }
  }
}

/// Where data begins, ends, begins, … in an open file.
func dataExtents(_ descriptor: Int32) -> [Int] {
  var places: [Int] = []
  var place = lseek(descriptor, 0, linux_seek_data)
  while place >= 0 {
    let end = lseek(descriptor, place, linux_seek_hole)
    places += [place, end]
    place = lseek(descriptor, end, linux_seek_data)
  }
  return places
}
