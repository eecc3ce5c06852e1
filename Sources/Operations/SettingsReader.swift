internal import Yams

/// Takes one mapping of the configuration apart and remembers which keys were asked for.
///
/// A variable of the environment comes before the file: `LETHE_REPOSITORY_URL` before `url` under
/// `repository`. Items of lists, such as the origins, have none.
struct SettingsReader {
  private let mapping: Node.Mapping
  private let place: String
  private let environment: [String: String]
  /// How the variables for these keys begin; nil where there are none.
  private let variables: String?
  private var asked: Set<String> = []

  init(
    _ mapping: Node.Mapping, place: String, environment: [String: String] = [:],
    variables: String? = nil
  ) {
    self.mapping = mapping
    self.place = place
    self.environment = environment
    self.variables = variables
  }

  private mutating func node(_ key: String) -> Node? {
    asked.insert(key)
    return variable(for: key).flatMap { environment[$0] }.map { Node($0) } ?? mapping[key]
  }

  private func variable(for key: String) -> String? {
    variables.map { "\($0)_" + key.uppercased().replacing("-", with: "_") }
  }

  mutating func optionalText(_ key: String) throws -> String? {
    guard let node = node(key) else { return nil }
    guard let text = node.scalar?.string, !text.isEmpty else {
      throw wrong(key, "must be a text")
    }
    return text
  }

  mutating func text(_ key: String) throws -> String {
    guard let text = try optionalText(key) else { throw wrong(key, "is missing") }
    return text
  }

  /// One text or a list of them; absent is an empty list.
  mutating func texts(_ key: String) throws -> [String] {
    guard let node = node(key) else { return [] }
    if let text = node.scalar?.string { return [text] }
    guard let items = node.sequence else { throw wrong(key, "must be a text or a list") }
    return try items.map { item in
      guard let text = item.scalar?.string else { throw wrong(key, "must be a list of texts") }
      return text
    }
  }

  /// A mapping of texts, or one text for everything else.
  mutating func textOrTexts(_ key: String) throws -> (texts: [String: String], text: String?) {
    guard let node = node(key) else { return ([:], nil) }
    if let text = node.scalar?.string, !text.isEmpty { return ([:], text) }
    guard let mapping = node.mapping else { throw wrong(key, "must be a text or a mapping") }
    var texts: [String: String] = [:]
    for (name, value) in mapping {
      guard let name = name.scalar?.string, let value = value.scalar?.string, !value.isEmpty else {
        throw wrong(key, "must be a mapping of texts")
      }
      texts[name] = value
    }
    return (texts, nil)
  }

  mutating func number(
    _ key: String, otherwise standard: Int, in range: ClosedRange<Int>
  ) throws -> Int {
    guard let text = try optionalText(key) else { return standard }
    guard let number = Int(text), range.contains(number) else {
      throw wrong(key, "must be a number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  /// Bytes, written with a binary unit: `500K`, `2M`.
  mutating func byteCount(_ key: String) throws -> Int? {
    guard let text = try optionalText(key) else { return nil }
    let units: [Character: Int] = ["K": 1 << 10, "M": 1 << 20, "G": 1 << 30]
    guard let unit = text.last.flatMap({ units[$0] }), let count = Int(text.dropLast()),
      (1...100_000).contains(count)
    else { throw wrong(key, "must be a number with a unit, such as 500K or 2M") }
    return count * unit
  }

  /// Seconds, written with a unit: `30m`, `4h`, `14d`.
  mutating func duration(_ key: String, otherwise standard: Int) throws -> Int {
    guard let text = try optionalText(key) else { return standard }
    let units: [Character: Int] = ["m": 60, "h": 3600, "d": 86400]
    guard let unit = text.last.flatMap({ units[$0] }), let count = Int(text.dropLast()),
      (1...100_000).contains(count)
    else { throw wrong(key, "must be a number with a unit, such as 30m, 4h or 14d") }
    return count * unit
  }

  mutating func optionalSection(_ key: String) throws -> SettingsReader? {
    asked.insert(key)
    let prefix = variable(for: key)
    let isNamed = prefix.map { prefix in
      environment.keys.contains { $0.hasPrefix(prefix + "_") }
    }
    let empty = Node.mapping(Node.Mapping([]))
    guard let node = mapping[key] ?? (isNamed == true ? empty : nil) else { return nil }
    guard let mapping = node.mapping else { throw wrong(key, "must be a mapping of keys") }
    return SettingsReader(
      mapping, place: "\(place), \(key)", environment: environment, variables: prefix)
  }

  mutating func section(_ key: String) throws -> SettingsReader {
    guard let section = try optionalSection(key) else { throw wrong(key, "is missing") }
    return section
  }

  mutating func optionalList(_ key: String) throws -> [SettingsReader]? {
    asked.insert(key)
    guard let node = mapping[key] else { return nil }
    guard let items = node.sequence else { throw wrong(key, "must be a list") }
    return try items.enumerated().map { index, item in
      guard let mapping = item.mapping else { throw wrong(key, "must be a list of mappings") }
      return SettingsReader(mapping, place: "\(place), \(key)[\(index + 1)]")
    }
  }

  /// Every key of the mapping must have been asked for.
  func end() throws {
    for key in mapping.keys.compactMap(\.scalar?.string) where !asked.contains(key) {
      throw wrong(
        key, "is not a key that is known here; known are \(asked.sorted().joined(separator: ", "))")
    }
  }

  func wrong(_ key: String, _ rule: String) -> OperationError {
    OperationError(.usage, "\(place): `\(key)` \(rule)")
  }
}
