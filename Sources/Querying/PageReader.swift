/// Reads the pages of a live database as its read transaction sees them, without cursors and cache.
///
/// SQLite's file format, sections 4.2 to 4.6, from which this could be written again: a transaction sees the
/// log's frames up to the last one that the log's index named when it began, of each page the newest; other
/// pages it finds in the file. While it lasts nobody starts the log anew, unless all of its frames are in the
/// file, and nobody copies later frames over the file's pages.
///
/// Files are read through SQLite's own handles: closing another descriptor of the database would drop the locks
/// of this process.
final class PageReader {
  /// Bytes of a page.
  let pageByteCount: Int
  /// Bytes of a page without what extensions reserve at its end.
  private(set) var usableByteCount = 0
  /// Pages that the transaction sees at most.
  let pageCount: UInt32

  /// The files' handles are valid as long as it is.
  private let connection: Connection
  private let hooks: ReadingHooks
  /// Pages that may still be read: trees and chains of a hostile file go in circles.
  private var budget: Int
  private let main: DatabaseFile
  private let log: DatabaseFile?
  /// The last frame of each page in the log, from 1.
  private let frames: [UInt32: UInt32]

  /// Bytes in front of the first frame, and in front of each frame's page.
  private static let logHeadByteCount = 32
  private static let frameHeadByteCount = 24
  /// How often all pages may be read: what an honest database needs is a few times.
  private static let readingCount = 16
  /// Pages between two questions whether to stop: some milliseconds.
  private static let pagesBetweenQuestions = 4096
  /// Of a log with more frames, 4 GiB of pages, no list is made.
  private static let maximumFrameCount = 1 << 20

  /// Takes the pages of the transaction that began while the log's index was at `moment`; nil where SQLite
  /// would have to be asked for them.
  init?(
    _ connection: Connection, _ hooks: ReadingHooks, at moment: LogIndex.Moment, pageByteCount: Int
  ) {
    guard let main = DatabaseFile(mainOf: connection) else { return nil }
    self.connection = connection
    self.hooks = hooks
    self.main = main
    self.pageByteCount = pageByteCount
    if moment.isCopied {
      // The index of an empty log says nothing of the database.
      (log, frames) = (nil, [:])
      pageCount = UInt32(clamping: main.byteCount / pageByteCount)
    } else {
      guard moment.pageByteCount == pageByteCount, let log = DatabaseFile(logOf: connection),
        let frames = Self.frames(of: log, moment, pageByteCount)
      else { return nil }
      (self.log, self.frames, pageCount) = (log, frames, moment.pageCount)
    }
    budget = Self.readingCount * Int(pageCount)
    var first = [UInt8](repeating: 0, count: pageByteCount)
    guard first.withUnsafeMutableBytes({ read(1, into: $0) }) else { return nil }
    // The header of the transaction itself; SQLite takes no usable size below 480.
    let bytes = Array(first.prefix(DatabaseHeader.byteCount))
    let header = try? DatabaseHeader(bytes: bytes, path: connection.path)
    usableByteCount = pageByteCount - Int(first[20])
    guard header?.pageByteCount == pageByteCount, usableByteCount >= 480 else { return nil }
  }

  private static func frames(
    of log: DatabaseFile, _ moment: LogIndex.Moment, _ pageByteCount: Int
  ) -> [UInt32: UInt32]? {
    guard moment.lastFrame <= maximumFrameCount else { return nil }
    var frames: [UInt32: UInt32] = [:]
    var head = [UInt8](repeating: 0, count: frameHeadByteCount)
    for frame in 0..<moment.lastFrame {
      let offset = logHeadByteCount + Int(frame) * (frameHeadByteCount + pageByteCount)
      let isRead = head.withUnsafeMutableBytes { log.read($0, at: offset) }
      // A frame of an earlier log has other salts.
      guard isRead, head[8..<16].elementsEqual(moment.salts) else { return nil }
      frames[head.withUnsafeBytes { $0.bigEndian32(at: 0) }] = frame + 1
    }
    return frames
  }

  /// Fills a buffer of ``pageByteCount`` with a page, from 1; false if there is none or it cannot be read, if the
  /// run is to stop, and if far too many have been read.
  func read(_ page: UInt32, into buffer: UnsafeMutableRawBufferPointer) -> Bool {
    guard page >= 1, page <= pageCount, buffer.count == pageByteCount, budget > 0 else {
      return false
    }
    budget -= 1
    if budget % Self.pagesBetweenQuestions == 0, hooks.shouldStop?() == true { return false }
    guard let log, let frame = frames[page] else {
      return main.read(buffer, at: Int(page - 1) * pageByteCount)
    }
    let before = Int(frame - 1) * (Self.frameHeadByteCount + pageByteCount)
    return log.read(buffer, at: Self.logHeadByteCount + before + Self.frameHeadByteCount)
  }
}

extension UnsafeRawBufferPointer {
  /// Two bytes, the most significant first; the caller has checked that they are there.
  func bigEndian16(at offset: Int) -> Int {
    Int(UInt16(bigEndian: loadUnaligned(fromByteOffset: offset, as: UInt16.self)))
  }

  /// Four bytes, likewise.
  func bigEndian32(at offset: Int) -> UInt32 {
    UInt32(bigEndian: loadUnaligned(fromByteOffset: offset, as: UInt32.self))
  }
}
