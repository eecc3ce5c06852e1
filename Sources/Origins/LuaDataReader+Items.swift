extension LuaDataReader {
  /// What is to be taken out of a list; nil if it is none.
  ///
  /// An item `with` an erased person goes as a whole. So does the beginning of an item at the end,
  /// which the server was still writing: nobody can tell whom it is about, and with it the server
  /// could not read the list.
  static func readItems(_ bytes: [UInt8], _ people: ErasedPeople) -> Excision? {
    var reader = Self(bytes, people)
    reader.skipBlanks()
    while !reader.cursor.isAtEnd {
      let (start, mark) = (reader.cursor.position, reader.excision.mark)
      guard let isMention = reader.item(people) else {
        return reader.endsTorn(at: start, mark: mark)
      }
      guard isMention else { continue }
      reader.excision.forget(after: mark)
      reader.excision.cut(start..<reader.cursor.position, isMention: true)
    }
    return reader.excision
  }

  /// Passes one item; says whether it is about an erased person as a whole, nil if it is none.
  private mutating func item(_ people: ErasedPeople) -> Bool? {
    guard beginItem() else { return nil }
    let start = cursor.position
    guard let value = value(), endItem() else { return nil }
    if TableRun(people).isMention(value) { return true }
    return LuaFields.with(of: cursor.bytes[start..<cursor.position]).map(people.names) ?? false
  }

  /// What begins as an item and has no end is one that was being written: an item ends with the only
  /// line that its table's closing brace begins.
  private mutating func endsTorn(at start: Int, mark: Int) -> Excision? {
    let rest = cursor.bytes[start...]
    let (begin, end) = (Array("item({".utf8), Array("\n});".utf8))
    guard rest.prefix(begin.count).elementsEqual(begin.prefix(rest.count)),
      !rest.contains(sequence: end)
    else { return nil }
    excision.forget(after: mark)
    excision.cut(start..<cursor.bytes.count, isMention: true)
    return excision
  }
}

extension ArraySlice<UInt8> {
  fileprivate func contains(sequence: [UInt8]) -> Bool {
    guard let first = sequence.first else { return true }
    var rest = self
    while let place = rest.firstIndex(of: first) {
      rest = rest[place...]
      if rest.starts(with: sequence) { return true }
      rest = rest.dropFirst()
    }
    return false
  }
}
