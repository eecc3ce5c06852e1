/// The entries of one JSON object or Lua table while it is read.
struct TableRun {
  /// A value, as far as it matters to what it stands in.
  enum Value {
    case text([UInt8])
    /// A table about an erased person as a whole.
    case person
    case other
  }

  private let people: ErasedPeople
  private var elements = ElementRun()
  private var isPerson = false

  init(_ people: ErasedPeople) { self.people = people }

  /// What the table is when all of it has been read.
  var value: Value { isPerson ? .person : .other }

  mutating func begin(at position: Int, _ excision: inout Excision) {
    elements.begin(at: position, &excision)
  }

  /// The entry ends here; without a key it is an element of a list.
  ///
  /// A `jid` or `bare_jid` says whose the whole table is, such as an occupant of a room; so do the
  /// attributes (`attr`) of an element of a stanza.
  mutating func finish(
    key: [UInt8]?, _ value: Value, at position: Int, _ excision: inout Excision
  ) {
    let isValue = isMention(value)
    if isValue, let key, isIdentity(key, value) { isPerson = true }
    let isKey = key.map(people.names) ?? false
    elements.finish(at: position, isMention: isKey || isValue, &excision)
  }

  mutating func close(afterSeparator position: Int, _ excision: inout Excision) {
    elements.close(afterSeparator: position, &excision)
  }

  func isMention(_ value: Value) -> Bool {
    switch value {
    case .text(let text): people.names(text)
    case .person: true
    case .other: false
    }
  }

  private func isIdentity(_ key: [UInt8], _ value: Value) -> Bool {
    if case .person = value { return key.elementsEqual("attr".utf8) }
    return key.elementsEqual("jid".utf8) || key.elementsEqual("bare_jid".utf8)
  }
}
