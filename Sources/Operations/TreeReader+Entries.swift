internal import Files
internal import Format
internal import Origins
internal import Repository

extension KnownPiece {
  /// As the file's record says it.
  var recorded: FileRecord.Piece {
    switch self {
    case .hole: .hole
    case .chunk(let name, let secret, _, _): .chunk(name: name, secret: secret)
    }
  }
}

extension KnownFile {
  /// The content chunks in order, holes left out.
  func chunks(owner: AccountNumber) -> [KnownChunk] {
    pieces.compactMap { piece in
      guard case .chunk(let name, _, let pack, let ordinal) = piece else { return nil }
      return KnownChunk(
        kind: .content, account: owner, name: name, pack: pack, ordinal: ordinal)
    }
  }
}

extension TreeOrigin.OpenFile {
  /// Whether a piece is nothing but hole.
  func isHole(_ index: Int) -> Bool {
    let start = index * Limits.filePieceByteCount
    let end = min(start + Limits.filePieceByteCount, byteCount)
    return holes.contains { $0.lowerBound <= start && $0.upperBound >= end }
  }
}

extension FileEntry {
  /// A file of one piece and one name: nothing waits for it.
  var isSmall: Bool {
    guard case .regular(let byteCount) = kind else { return false }
    return byteCount <= UInt64(Limits.filePieceByteCount) && linkCount == 1
  }

  /// Whether the record of the file has as few pieces as its reader accepts.
  var fitsRecord: Bool {
    guard case .regular(let byteCount) = kind else { return true }
    return byteCount <= UInt64(Limits.filePieceCount * Limits.filePieceByteCount)
  }

  func record(_ body: FileRecord.Body) -> FileRecord {
    FileRecord(
      path: path.bytes, mode: attributes.mode, owner: attributes.owner, group: attributes.group,
      modified: attributes.modificationTime.seconds,
      modifiedNanoseconds: attributes.modificationTime.nanoseconds, body: body)
  }

  static func ownerBytes(_ owner: AccountNumber) -> [UInt8] {
    var writer = ByteWriter()
    writer.fixed32(owner.value)
    return writer.bytes
  }

  /// What tells an unchanged file without reading it.
  ///
  /// The change time cannot be set by programs.
  func identityBytes(owner: AccountNumber) -> [UInt8] {
    var writer = ByteWriter()
    writer.fixed32(owner.value)
    writer.fixed64(identity.device)
    writer.fixed64(identity.inode)
    if case .regular(let byteCount) = kind { writer.fixed64(byteCount) }
    for time in [attributes.modificationTime, changeTime] {
      writer.signed(time.seconds)
      writer.fixed32(time.nanoseconds)
    }
    return writer.bytes
  }
}
