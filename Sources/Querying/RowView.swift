/// Room for one row, filled anew by every step of a cursor and allocated once.
package struct RowView: ~Copyable {
  /// The rowid, or 0 in a table without one.
  package internal(set) var rowid: Int64 = 0

  /// The owner as UTF-8, valid until the next step; `nil` where the expression gives NULL.
  package internal(set) var owner: UnsafeRawBufferPointer?

  /// The time the row is from, in seconds since 1970; `nil` where nobody asked, and for NULL.
  package internal(set) var since: Int64?

  /// The values of the layout's `valueColumns`, in that order; their bytes are valid until the next
  /// step.
  package var values: UnsafeBufferPointer<RowValue> { UnsafeBufferPointer(storage) }

  let storage: UnsafeMutableBufferPointer<RowValue>

  /// Makes room for a row of that many values.
  package init(valueCount: Int) {
    storage = .allocate(capacity: valueCount)
    storage.initialize(repeating: .null)
  }

  deinit { storage.deallocate() }
}
