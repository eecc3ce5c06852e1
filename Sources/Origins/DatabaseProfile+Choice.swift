extension DatabaseProfile {
  /// The first of some profiles that fits a database; `columns` gives those of a table.
  static func fitting(
    _ profiles: [DatabaseProfile], origin: String, place: String, parameters: [String: String],
    columns: (String) -> [String]?
  ) throws(OriginError) -> DatabaseProfile {
    let fitting = profiles.first { candidate in
      guard let name = candidate.table else { return true }
      guard let columns = columns(name) else { return false }
      return candidate.column.map(columns.contains) ?? true
        && !(candidate.absentColumn.map(columns.contains) ?? false)
    }
    guard let fitting else {
      throw OriginError(
        .missing,
        "origin \(origin): \(place) has none of the schemas of its profile "
          + "(\(profiles.map(\.name).joined(separator: ", "))): is it another server's database? Name "
          + "the right file or profile")
    }
    if let missing = fitting.parameters.first(where: { parameters[":\($0)"] == nil }) {
      throw OriginError(
        .refused,
        "origin \(origin): the \(fitting.name) schema does not say its \(missing); add "
          + "`\(missing):` to the origin in the configuration")
    }
    return fitting
  }

  /// An error of the database about a part of this profile.
  func misfit(_ part: String, _ message: String) -> String {
    "profile \(file), schema \(name), \(part): \(message)"
  }

  /// What to say of a table that the profile does not know.
  static func stranger(_ table: String, origin: String) -> String {
    "origin \(origin): table \(table) is unknown to its profile and is kept as shared data; "
      + "if it holds people's data, add its owner to the profile"
  }
}
