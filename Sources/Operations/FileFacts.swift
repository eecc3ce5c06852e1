internal import Foundation

/// What the file system says of a path.
struct FileFacts {
  let mode: UInt16
  let owner: UInt32
  let group: UInt32

  init(_ path: String) {
    let attributes = (try? FileManager.default.attributesOfItem(atPath: path)) ?? [:]
    mode = UInt16(truncatingIfNeeded: attributes[.posixPermissions] as? Int ?? 0o600) & 0o7777
    owner = UInt32(truncatingIfNeeded: attributes[.ownerAccountID] as? Int ?? 0)
    group = UInt32(truncatingIfNeeded: attributes[.groupOwnerAccountID] as? Int ?? 0)
  }

  static func byteCount(_ path: String) -> Int {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    return attributes?[.size] as? Int ?? 0
  }

  static func resolved(_ path: String) -> String {
    guard let resolved = realpath(path, nil) else { return path }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  static func isDirectory(_ path: String) -> Bool {
    var isDirectory: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory)
      && isDirectory.boolValue
  }
}
