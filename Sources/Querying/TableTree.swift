/// Where the rows of a table lie: the leaves of its tree in the order of the row ids.
///
/// SQLite's file format, sections 1.6 and 1.7: an inner page of a table has kind 5, from 3 on the number of its
/// cells, from 8 on its last child, from 12 on the offsets of the cells; each cell is a child and the greatest row
/// id below it. A leaf has kind 13 and its offsets from 8 on; each cell is the length of a row, its id and as much
/// of the row as fits, then the first of the pages with the rest, each of which begins with the next.
package struct TableTree {
  /// Pages of one depth, from left to right; two arrays, for in one of pairs a quarter would be empty.
  private struct Level {
    var pages: [UInt32] = []
    /// The greatest row id that may be below each.
    var lasts: [Int64] = []

    mutating func append(_ page: UInt32, last: Int64) {
      pages.append(page)
      lasts.append(last)
    }

    /// Leaves out the room that arrays make for what may come.
    func compacted() -> Level { Level(pages: pages.map { $0 }, lasts: lasts.map { $0 }) }
  }

  private let reader: PageReader
  private let leaves: Level

  /// More leaves, 16 GiB of pages of 4 KiB, would take more than 48 MiB here.
  private static let maximumLeafCount = 1 << 22
  /// Two billion pages with two children each are thirty levels; SQLite itself stops at twenty.
  private static let maximumDepth = 20
  private static let innerKind: UInt8 = 5
  private static let leafKind: UInt8 = 13

  /// Reads the inner pages of the tree below `root`; nil if something there is not as it must be.
  init?(_ reader: PageReader, root: UInt32) {
    self.reader = reader
    var page = [UInt8](repeating: 0, count: reader.pageByteCount)
    // The first page begins with the header of the file, and is no table that anybody scans.
    guard root > 1 else { return nil }
    var level = Level(pages: [root], lasts: [.max])
    for _ in 0..<Self.maximumDepth {
      guard Self.read(level.pages[0], &page, reader) else { return nil }
      if page[0] == Self.leafKind {
        leaves = level.compacted()
        return
      }
      var below = Level()
      for (number, last) in zip(level.pages, level.lasts) {
        guard Self.read(number, &page, reader), page[0] == Self.innerKind,
          Self.addChildren(of: page, through: last, to: &below)
        else { return nil }
      }
      level = below
    }
    return nil
  }

  private static func read(_ number: UInt32, _ page: inout [UInt8], _ reader: PageReader) -> Bool {
    page.withUnsafeMutableBytes { reader.read(number, into: $0) }
  }

  private static func addChildren(
    of page: [UInt8], through greatest: Int64, to children: inout Level
  ) -> Bool {
    page.withUnsafeBytes { page in
      let count = page.bigEndian16(at: 3)
      guard 12 + 2 * count <= page.count, children.pages.count + count < maximumLeafCount else {
        return false
      }
      for index in 0..<count {
        var cell = Cell(page, at: page.bigEndian16(at: 12 + 2 * index))
        guard let child = cell.word(), let last = cell.varint().map({ Int64(bitPattern: $0) }),
          last <= greatest, children.lasts.last.map({ $0 <= last }) ?? true
        else { return false }
        children.append(child, last: last)
      }
      children.append(page.bigEndian32(at: 8), last: greatest)
      return true
    }
  }

  /// Lends every page on which a row with an id in `rows` may lie, in an order that these pages alone decide.
  ///
  /// False if one of them cannot be read, or is not what it must be: where row ids do not ascend, SQLite finds other
  /// rows when it is asked for a part than when it is asked for all.
  package func withPages(
    of rows: ClosedRange<Int64>, _ body: (UnsafeRawBufferPointer) -> Void
  ) -> Bool {
    var page = [UInt8](repeating: 0, count: reader.pageByteCount)
    var rest = page
    let first = index(of: rows.lowerBound)
    var former = first > 0 ? leaves.lasts[first - 1] : nil
    for index in first..<leaves.pages.count {
      let last = leaves.lasts[index]
      guard Self.read(leaves.pages[index], &page, reader), page[0] == Self.leafKind else {
        return false
      }
      let isWhole = page.withUnsafeBytes { page in
        body(page)
        return withRests(of: page, after: former, through: last, &rest, body)
      }
      former = last
      guard isWhole else { return false }
      if last >= rows.upperBound { return true }
    }
    return true
  }

  /// The first leaf that may hold a row with this id or a greater one.
  private func index(of row: Int64) -> Int {
    var (low, high) = (0, leaves.lasts.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if leaves.lasts[middle] < row { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// Lends the pages with what did not fit on a leaf, whose row ids must ascend between two bounds.
  private func withRests(
    of page: UnsafeRawBufferPointer, after former: Int64?, through last: Int64,
    _ rest: inout [UInt8],
    _ body: (UnsafeRawBufferPointer) -> Void
  ) -> Bool {
    let count = page.bigEndian16(at: 3)
    guard 8 + 2 * count <= page.count else { return false }
    var former = former
    for index in 0..<count {
      var cell = Cell(page, at: page.bigEndian16(at: 8 + 2 * index))
      guard let length = cell.varint(), length <= UInt64(Int32.max),
        let row = cell.varint().map({ Int64(bitPattern: $0) }), row <= last,
        former.map({ $0 < row }) ?? true
      else { return false }
      former = row
      let local = localByteCount(of: Int(length))
      if local == Int(length) { continue }
      guard cell.skip(local), var next = cell.word() else { return false }
      var remaining = Int(length) - local
      while remaining > 0 {
        guard Self.read(next, &rest, reader) else { return false }
        next = rest.withUnsafeBytes { rest in
          body(rest)
          return rest.bigEndian32(at: 0)
        }
        remaining -= reader.usableByteCount - 4
      }
    }
    return true
  }

  /// How much of a row lies on its leaf: all of it, or what makes the rest fill whole pages.
  private func localByteCount(of length: Int) -> Int {
    let usable = reader.usableByteCount
    let most = usable - 35
    if length <= most { return length }
    let least = (usable - 12) * 32 / 255 - 23
    let filling = least + (length - least) % (usable - 4)
    return filling <= most ? filling : least
  }
}

/// A cell of a page, read from its beginning; hostile until proved otherwise.
private struct Cell {
  private let page: UnsafeRawBufferPointer
  private var offset: Int

  init(_ page: UnsafeRawBufferPointer, at offset: Int) {
    self.page = page
    self.offset = offset
  }

  mutating func word() -> UInt32? {
    guard offset + 4 <= page.count else { return nil }
    defer { offset += 4 }
    return page.bigEndian32(at: offset)
  }

  /// Seven bits a byte, the most significant first; of a ninth byte all eight.
  mutating func varint() -> UInt64? {
    var value: UInt64 = 0
    for index in 0..<9 {
      guard offset < page.count else { return nil }
      let byte = page[offset]
      offset += 1
      if index == 8 { return value << 8 | UInt64(byte) }
      value = value << 7 | UInt64(byte & 0x7f)
      if byte < 0x80 { return value }
    }
    return value
  }

  mutating func skip(_ count: Int) -> Bool {
    offset += count
    return offset <= page.count
  }
}
