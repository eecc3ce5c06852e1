/// Reads single values out of what Prosody writes to `.dat` and `.list` files.
///
/// Nothing is evaluated; what is no such file, or is cut off, gives what stands before.
enum LuaFields {
  typealias Fields = [[UInt8]: [UInt8]]

  /// The texts and numbers of a `.dat` file's table by their keys, numbers as they are written.
  static func fields(_ bytes: [UInt8]) -> Fields {
    var reader = LuaDataReader(bytes, ErasedPeople { _ in false })
    reader.skipBlanks()
    _ = reader.cursor.take(word: "return")
    reader.skipBlanks()
    var fields: Fields = [:]
    _ = reader.fields(into: &fields)
    return fields
  }

  /// The whole items of a `.list` file, at most `limit`.
  static func items(_ bytes: [UInt8], limit: Int = .max) -> [Fields] {
    var reader = LuaDataReader(bytes, ErasedPeople { _ in false })
    var items: [Fields] = []
    while items.count < limit {
      var fields: Fields = [:]
      guard reader.beginItem(), reader.fields(into: &fields), reader.endItem() else { break }
      items.append(fields)
    }
    return items
  }

  /// With whom an item is, which stands in its own table and not in one below.
  static func with(of item: ArraySlice<UInt8>) -> [UInt8]? {
    var reader = LuaDataReader(Array(item), ErasedPeople { _ in false })
    var fields: Fields = [:]
    _ = reader.fields(into: &fields)
    return fields[Array("with".utf8)]
  }
}

extension LuaDataReader {
  /// Passes `item(`.
  mutating func beginItem() -> Bool {
    skipBlanks()
    guard cursor.take(word: "item") else { return false }
    skipBlanks()
    guard cursor.take("(") else { return false }
    skipBlanks()
    return true
  }

  /// Passes `);` and the end of the line.
  mutating func endItem() -> Bool {
    skipBlanks()
    guard cursor.take(")") else { return false }
    skipBlanks()
    _ = cursor.take(";")
    skipBlanks()
    return true
  }

  /// Takes the texts and numbers of one table; false where it is cut off or none.
  fileprivate mutating func fields(into fields: inout LuaFields.Fields) -> Bool {
    guard cursor.take("{") else { return false }
    skipBlanks()
    while !cursor.take("}") {
      guard let (key, value) = entry() else { return false }
      switch (key, value) {
      case (let key?, .text(let text)): fields[key] = text
      case (let key?, .other): fields[key] = number(endingAt: cursor.position)
      default: break
      }
      skipBlanks()
      guard cursor.take(";") || cursor.take(",") else { return cursor.take("}") }
      skipBlanks()
    }
    return true
  }

  /// The number that ends here, as it is written; nil if something else does, or an exponent.
  private func number(endingAt end: Int) -> [UInt8]? {
    var start = end
    while start > 0, cursor.bytes[start - 1].isDigit || cursor.bytes[start - 1] == 0x2e {
      start -= 1
    }
    let isWhole = start > 0 && [0x20, 0x3d].contains(cursor.bytes[start - 1])
    return start < end && isWhole ? Array(cursor.bytes[start..<end]) : nil
  }
}
