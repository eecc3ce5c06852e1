import Foundation

/// The memory of another process, as root sees it.
struct ProcessMemory {
  /// How often a needle was found.
  struct Hits: Equatable {
    /// In pages that are kept out of core dumps.
    var guarded = 0
    /// Anywhere else that can be written.
    var exposed = 0
  }

  private struct Region {
    let range: Range<UInt64>
    let isReadable: Bool
    var isGuarded = false
  }

  private let process: pid_t

  init(_ process: pid_t) { self.process = process }

  /// Looks for needles, each at least 16 bytes long, in everything that is not a file's.
  func hits(_ needles: [String: [UInt8]]) throws -> [String: Hits] {
    let memory = open("/proc/\(process)/mem", O_RDONLY)
    guard memory >= 0 else { throw CocoaError(.fileReadNoPermission) }
    defer { close(memory) }
    var hits = needles.mapValues { _ in Hits() }
    for region in try regions() where region.isReadable {
      var bytes = [UInt8](repeating: 0, count: region.range.count)
      let count = pread(
        memory, &bytes, bytes.count, off_t(truncatingIfNeeded: region.range.lowerBound))
      guard count > 0 else { continue }
      for (name, needle) in needles {
        let found = Self.count(of: needle, in: bytes, count)
        if region.isGuarded { hits[name]?.guarded += found } else { hits[name]?.exposed += found }
      }
    }
    return hits
  }

  private static func count(of needle: [UInt8], in bytes: [UInt8], _ byteCount: Int) -> Int {
    let (bytes, needle) = (Data(bytes[..<byteCount]), Data(needle))
    var (found, start) = (0, bytes.startIndex)
    while let hit = bytes.range(of: needle, in: start..<bytes.endIndex) {
      found += 1
      start = hit.lowerBound + 1
    }
    return found
  }

  /// A file of the kernel's, which gives a page at a time and tells no length.
  static func whole(_ path: String) throws -> [UInt8] {
    guard let handle = FileHandle(forReadingAtPath: path) else {
      throw CocoaError(.fileNoSuchFile)
    }
    var bytes: [UInt8] = []
    while let part = try handle.read(upToCount: 4096), !part.isEmpty { bytes += part }
    return bytes
  }

  /// Private memory, with what the kernel says of it.
  private func regions() throws -> [Region] {
    var regions: [Region] = []
    let text = String(decoding: try Self.whole("/proc/\(process)/smaps"), as: UTF8.self)
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ")
      let bounds = words[0].split(separator: "-").compactMap { UInt64($0, radix: 16) }
      if bounds.count == 2, words.count >= 5 {
        let isOurs = words[4] == "0" && words.last != "[vvar]" && words.last != "[vsyscall]"
        regions.append(
          Region(range: bounds[0]..<bounds[1], isReadable: isOurs && words[1].hasPrefix("r")))
      } else if words[0] == "VmFlags:", !regions.isEmpty {
        regions[regions.count - 1].isGuarded = words.contains("dd")
      }
    }
    return regions
  }
}
