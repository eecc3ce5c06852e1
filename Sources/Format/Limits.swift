/// Every number of the format, each with the reason that chose it. [F-LIM]
package enum Limits {
  private static let kibibyte = 1 << 10
  private static let mebibyte = 1 << 20

  /// Content of a file is cut at multiples of this; a piece is one chunk.
  package static let filePieceByteCount = 4 * mebibyte

  /// Rows of one owner in one segment are cut into chunks of at most this many bytes.
  package static let rowChunkByteCount = 1 * mebibyte

  /// Room for the header of a row chunk: three names of at most 255 bytes, a bound, a part number.
  package static let chunkHeaderByteCount = 1 * kibibyte

  /// The largest single row, encoded.
  ///
  /// With it a segment bounds the memory of backup and restore, whatever the size of the database.
  package static let segmentByteCount = 32 * mebibyte

  /// A segment is closed when it has so many bytes of rows, before the next row: it never holds more
  /// than 16 MiB and one row of 32 MiB.
  package static let segmentSplitByteCount = 16 * mebibyte

  /// A segment is closed when it has so many rows: each may cost 10 bytes of key and, where every row
  /// has another owner, the head of a section besides.
  package static let segmentRowCount = 1 << 16

  /// The joined bodies of a segment, or of one owner in a segment of a tree, that a reader accepts: 16
  /// and 32 MiB of rows and 2^16 times 256 bytes of keys and heads.
  package static let bodyByteCount = 64 * mebibyte

  /// The largest plaintext of any chunk: a catalogue root of 2^17 segments of 48 bytes is 6 MiB, a
  /// part of 2^20 references of 12 bytes is 12 MiB.
  package static let chunkByteCount = 16 * mebibyte

  /// A full pack: four incompressible file pieces, each with its 16-byte tag, and 64 KiB for the
  /// header, so that large files fill packs without a gap.
  package static let packByteCount = 4 * filePieceByteCount + 64 * kibibyte

  /// The largest pack a reader accepts: one chunk of the largest plaintext (stored, when nothing
  /// compresses it) and its header.
  package static let maximumPackByteCount = chunkByteCount + 2 * mebibyte

  /// The last pack of its kind in a run is at least this, so that a quiet night looks like another.
  package static let minimumPackByteCount = 64 * kibibyte

  /// Entries of a pack: a full pack of the smallest chunks (17 sealed bytes and 20 of header each).
  package static let packEntryCount = packByteCount / 37

  /// A log entry: a first backup of 4 TiB lists 2^18 packs of 54 bytes, 14 MiB.
  package static let logEntryByteCount = 16 * mebibyte

  /// A keyring object: 400,000 accounts of 150 bytes are 57 MiB.
  package static let keyringByteCount = 64 * mebibyte

  /// The shortest account of a keyring: number, id, two secrets, and two lengths of nothing.
  package static let keyringAccountByteCount = 1 + 16 + 32 + 32 + 1 + 1

  /// Accounts in one keyring object.
  package static let keyringAccountCount = keyringByteCount / keyringAccountByteCount

  /// Runs in one keyring object: 28 days of a run every ten minutes are 4,032.
  package static let runCount = 1 << 16

  /// Segments of one origin: 2^30 rows in segments of 8,192 are 2^17.
  package static let segmentCount = 1 << 17

  /// Packs that one catalogue part or root refers to.
  package static let packReferenceCount = 1 << 17

  /// Chunk references of one catalogue part.
  package static let chunkReferenceCount = 1 << 20

  /// Origins of one configuration.
  package static let originCount = 256

  /// A name of an origin, which names a directory.
  package static let originNameByteCount = 64

  /// Rows, files or bytes of one origin or segment: the sums of all origins' (2^8 × 2^53) and of an
  /// origin's segments (2^17 × 2^45 in fact) fit 64 bits, and every reader of JSON keeps the number.
  package static let tallyCount = 1 << 53

  /// Names of tables and columns, in bytes.
  package static let nameByteCount = 255

  /// A Jabber address: three parts of at most 1,023 bytes and two separators (RFC 7622).
  package static let addressByteCount = 3 * 1023 + 2

  /// A birth mark.
  package static let birthMarkByteCount = 1024

  /// Packs that one log entry drops: 2^19 × 16 bytes are 8 MiB.
  package static let droppedPackCount = 1 << 19

  /// Accounts that one log entry erases, cancels or destroys: 2^17 × 62 bytes are 8 MiB.
  package static let erasureCount = 1 << 17

  /// A path below an origin's root; deeper than Linux's PATH_MAX, which bounds calls, not trees.
  package static let pathByteCount = 64 * kibibyte

  /// The text of one schema object.
  package static let schemaTextByteCount = 1 * mebibyte

  /// Objects of one database schema, and columns of one table (SQLite's own limit is 32,767).
  package static let schemaObjectCount = 1 << 16
  /// Columns of one table, or of one key: SQLite's own limit.
  package static let columnCount = 32_767

  /// Pieces of one file: 2^18 × 4 MiB are 1 TiB.
  package static let filePieceCount = 1 << 18

  /// Holes of one file.
  package static let holeCount = 1 << 16

  /// One half of the kit, as text.
  package static let kitByteCount = 64 * kibibyte
}
