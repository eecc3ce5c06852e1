internal import Format
internal import Querying

extension RowWriter {
  /// Encodes the values of a row as the cursor gave them.
  mutating func append(_ row: borrowing RowView) {
    for value in row.values {
      switch value.kind {
      case .null: null()
      case .integer: integer(value.integer)
      case .real: real(bits: value.bits)
      case .text: text(value.bytes)
      case .blob: blob(value.bytes)
      }
    }
  }
}
