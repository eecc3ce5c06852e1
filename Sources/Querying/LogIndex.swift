/// The index of a write-ahead log, which tells how much of the log a transaction that begins now will see.
///
/// SQLite's file format, section 4.6: two copies of a head of 48 bytes in the byte order of the machine, then how
/// many frames have been copied to the database. A head holds at 8 a counter of changes, at 14 the size of a page,
/// at 16 the number of frames, at 20 that of the database's pages, at 32 both salts as the log has them.
struct LogIndex {
  /// A state of the index.
  struct Moment {
    fileprivate let head: [UInt8]
    /// Whether all frames are in the database too, so that the log need not be looked into.
    fileprivate(set) var isCopied = false

    /// Frames that a transaction sees.
    var lastFrame: UInt32 { word(at: 16) }
    /// Pages that it sees.
    var pageCount: UInt32 { word(at: 20) }
    /// Eight bytes that each frame of this log carries.
    var salts: ArraySlice<UInt8> { head[32..<40] }

    /// Bytes of a page; 65,536 does not fit and is stored as 1.
    var pageByteCount: Int {
      let stored = head.withUnsafeBytes {
        Int($0.loadUnaligned(fromByteOffset: 14, as: UInt16.self))
      }
      return stored == 1 ? 65_536 : stored
    }

    private func word(at offset: Int) -> UInt32 {
      head.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: UInt32.self) }
    }
  }

  private static let headByteCount = 48
  /// How often another transaction may come between; each try takes some tens of microseconds.
  private static let tryCount = 10

  private let file: DatabaseFile
  private let region: UnsafeRawPointer

  /// The index of a connection that has read the database.
  init?(_ connection: Connection) {
    guard let file = DatabaseFile(mainOf: connection), let region = file.sharedIndex() else {
      return nil
    }
    self.file = file
    self.region = region
  }

  /// Begins a transaction of which it is known what it sees.
  ///
  /// `begin` begins one; where somebody else's ended meanwhile, `end` ends it and there is another try. After
  /// ``tryCount`` of them, for others write without a pause, the transaction stands and nil says that what it
  /// sees is not known.
  func whileStill(
    begin: () throws(QueryError) -> Void, end: () throws(QueryError) -> Void
  ) throws(QueryError) -> Moment? {
    for attempt in 1...Self.tryCount {
      let before = head()
      try begin()
      // A log is started anew by its head first, then by the number of copied frames: one that was started
      // between has another head below.
      file.barrier()
      let copiedCount = region.loadUnaligned(
        fromByteOffset: 2 * Self.headByteCount, as: UInt32.self)
      if let before, before == head() {
        var moment = Moment(head: before)
        moment.isCopied = copiedCount >= moment.lastFrame
        return moment
      }
      if attempt < Self.tryCount { try end() }
    }
    return nil
  }

  /// The head, nil while it is being written.
  private func head() -> [UInt8]? {
    file.barrier()
    let first = copy(at: 0)
    file.barrier()
    return first == copy(at: Self.headByteCount) ? first : nil
  }

  private func copy(at offset: Int) -> [UInt8] {
    Array(UnsafeRawBufferPointer(start: region + offset, count: Self.headByteCount))
  }
}
