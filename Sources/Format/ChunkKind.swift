/// What a chunk means; bound into its seal, so that one kind cannot pass for another. [F-CHK-1]
package enum ChunkKind: UInt8, Sendable, CaseIterable {
  /// Rows of one owner in one segment of a database.
  case rows = 1
  /// File records of one owner in one segment of a directory tree.
  case records = 2
  /// One piece of one file's content.
  case content = 3
  /// The schema of a database, or the root of a directory tree.
  case description = 4
  /// The root of a snapshot's catalogue.
  case catalogueRoot = 5
  /// The chunk references of one segment.
  case cataloguePart = 6
}

/// How a chunk's plaintext became the bytes that are sealed. [F-CHK-2]
package enum Codec: UInt8, Sendable, CaseIterable {
  /// As it is.
  case stored = 0
  /// One zstd frame without dictionary.
  case zstd = 1
  /// One zstd frame with dictionary 1.
  case zstdDictionary1 = 2
}

/// Which kind of chunks a pack carries; packs of one kind are filled, padded and aged alike.
package enum PackContents: UInt8, Sendable, CaseIterable {
  case rows = 1
  case files = 2
  case catalogue = 3

  /// Whether a pack of these contents may hold a kind of chunk. [F-PACK-2]
  package func holds(_ kind: ChunkKind) -> Bool {
    switch kind {
    case .rows, .records, .description: self == .rows
    case .content: self == .files
    case .catalogueRoot, .cataloguePart: self == .catalogue
    }
  }
}

/// The eight bytes every object begins with: four letters, the version, three zeros. [F-OBJ-1]
package enum ObjectKind: String, Sendable, CaseIterable {
  case format = "LTHF"
  case log = "LTHL"
  case pack = "LTHP"
  case keyring = "LTHK"

  /// The version of the format that this program writes and reads.
  package static let version: UInt8 = 1
  /// Letters, version and zeros: 4 + 1 + 3.
  package static let prefixByteCount = 8

  /// The bytes themselves; where an object is sealed, the seal binds them. [F-KEY-2]
  package var prefix: [UInt8] { Array(rawValue.utf8) + [Self.version, 0, 0, 0] }

  /// Checks the first eight bytes of an object of this kind.
  package func check(_ bytes: some Collection<UInt8>) throws(FormatError) {
    let prefix = Array(bytes.prefix(Self.prefixByteCount))
    guard prefix.count == Self.prefixByteCount else {
      throw FormatError(.truncated, "a \(self) object is shorter than its prefix")
    }
    guard prefix.prefix(4).elementsEqual(rawValue.utf8) else {
      throw FormatError(.malformed, "not a \(self) object: it does not begin with \(rawValue)")
    }
    guard prefix[4] == Self.version else {
      throw FormatError(
        .unknownVersion,
        "a \(self) object of format version \(prefix[4]); this program knows \(Self.version)")
    }
    guard prefix.suffix(3).allSatisfy({ $0 == 0 }) else {
      throw FormatError(.malformed, "a \(self) object's reserved bytes are not zero")
    }
  }
}

/// The object `format`: the version and the repository's id, in the clear. [F-OBJ-2]
package enum FormatObject {
  /// Bytes of the object, no more and no fewer: 8 + 16.
  package static let byteCount = ObjectKind.prefixByteCount + RepositoryID.byteCount

  /// All bytes of the object.
  package static func encode(_ repository: RepositoryID) -> [UInt8] {
    ObjectKind.format.prefix + repository.bytes
  }

  /// Gives the repository's id; fewer bytes are `truncated`, more are `malformed`.
  ///
  /// It proves nothing, for whoever writes to the remote can write it: the seals of the log do.
  package static func decode(_ bytes: [UInt8]) throws(FormatError) -> RepositoryID {
    try ObjectKind.format.check(bytes)
    var reader = ByteReader(Array(bytes.dropFirst(ObjectKind.prefixByteCount)), subject: "format")
    let repository: RepositoryID = try reader.identifier()
    try reader.end()
    return repository
  }
}
