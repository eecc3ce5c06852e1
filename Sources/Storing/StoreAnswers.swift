extension StoreError {
  /// An exclusive create met other bytes.
  package init(taken name: ObjectName) {
    self.init(
      code: .exists, message: "\(name) already exists with different bytes; it was left as it is.")
  }

  /// There is no such object.
  package init(missing name: ObjectName) {
    self.init(code: .missing, message: "\(name) does not exist in the store.")
  }

  /// The object is longer than anything that may bear its name.
  package init(oversized name: ObjectName, _ byteCount: Int, _ limit: Int) {
    self.init(
      code: .oversized,
      message: "\(name) has \(byteCount) bytes where at most \(limit) are possible.")
  }

  /// The object ends before the range does.
  package init(short name: ObjectName, _ range: Range<Int>) {
    self.init(
      code: .short,
      message: "\(name) does not hold all of its bytes \(range.lowerBound) to \(range.upperBound).")
  }

  /// The store was closed before.
  package init(closedBefore what: String) {
    self.init(code: .refused, message: "\(what) is impossible: the store was closed.")
  }

  /// Throws `damaged` for a range no object can have; ranges come from sealed metadata, not code.
  package static func check(_ range: Range<Int>, of name: ObjectName) throws(StoreError) {
    guard range.lowerBound >= 0 else {
      throw StoreError(
        code: .damaged, message: "\(name) was asked for bytes before its beginning.")
    }
  }
}
