internal import Format

/// The proof, before anything is committed, that a reader will accept what a run seals. [F-ORD-3]
///
/// What breaks a limit of the format is found here, on the day on which the source still exists, and
/// not by the restore that needs it.
enum Readability {
  /// Reads the bytes as a restore would; `object` names them, as in "the description of origin x".
  static func prove<Object>(
    _ bytes: [UInt8], of object: String, as decode: ([UInt8]) throws(FormatError) -> Object
  ) throws {
    do throws(FormatError) {
      guard bytes.count <= Limits.chunkByteCount else {
        throw FormatError(.overLimit, "\(bytes.count) bytes, more than \(Limits.chunkByteCount)")
      }
      _ = try decode(bytes)
    } catch {
      throw OperationError(
        .refused,
        "\(object) is beyond what a snapshot can hold: \(error.message); nothing is committed. "
          + "Leave what causes it out of the configuration, or report it")
    }
  }
}
