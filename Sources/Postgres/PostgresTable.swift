/// A table with rows of its own, and the order in which they are read.
package struct PostgresTable: Sendable, Equatable {
  /// What orders the rows, so that two runs read them alike.
  package enum Key: Sendable, Equatable {
    /// A column of integers that new rows count up, at this place in `columns`.
    case number(Int)
    /// Columns that no two rows have alike, by their places in `columns`.
    case columns([Int])
    /// Nothing but the whole row; some may be there twice.
    case row
  }

  /// The schema that it is in.
  package var schema: String
  /// Its name there.
  package var name: String
  /// What profiles and snapshots call it: its name, in another than the current schema after that
  /// schema's and a dot.
  package var label: String
  /// The label and name of the partitioned table that it is a part of, whose rule is its own as well.
  package var root: String?
  /// Its columns but for generated ones.
  package var columns: [PostgresColumn]
  /// What orders its rows.
  package var key: Key
  /// A query for the highest number, where an index or a sequence makes that cheap.
  package var highest: String?

  /// Creates a table from its parts.
  package init(
    schema: String, name: String, label: String, root: String?, columns: [PostgresColumn],
    key: Key, highest: String?
  ) {
    self.schema = schema
    self.name = name
    self.label = label
    self.root = root
    self.columns = columns
    self.key = key
    self.highest = highest
  }

  /// Which of the rows are read.
  package enum Part: Sendable, Equatable {
    case whole
    /// Those with a number below this one; the table must be numbered.
    case below(Int64)
    /// Those with this number and above.
    case from(Int64)
  }

  /// The place of the column that is the key itself and has no value beside it.
  package var numberPosition: Int? {
    if case .number(let position) = key { position } else { nil }
  }

  /// Its name as SQL that means it whatever the search path.
  package var sql: String { "\(SQLName.quoted(schema)).\(SQLName.quoted(name))" }

  /// The name by which expressions of a profile call it.
  var alias: String { SQLName.quoted(root ?? name) }

  /// What is true for the rows of a part.
  func condition(_ part: Part) -> String {
    guard case .number(let position) = key else {
      precondition(part == .whole, "only a numbered table has parts")
      return "true"
    }
    let number = "\(alias).\(columns[position].sql)"
    return switch part {
    case .whole: "true"
    case .below(let bound): "\(number) < \(bound)"
    case .from(let bound): "\(number) >= \(bound)"
    }
  }

  /// What orders the rows; byte by byte where texts are compared, so that no update of a library's
  /// rules moves them.
  var order: String {
    switch key {
    case .number(let position): "\(alias).\(columns[position].sql), \(alias).ctid"
    case .columns(let positions):
      positions.map { position in
        "\(alias).\(columns[position].sql)" + (columns[position].isText ? " COLLATE \"C\"" : "")
      }.joined(separator: ", ")
    case .row: "(\(alias).*)::text COLLATE \"C\""
    }
  }
}

/// A column whose values are stored.
package struct PostgresColumn: Sendable, Equatable {
  /// Its name.
  package var name: String
  /// Whether its values are compared by a collation.
  var isText = false
  /// Whether it holds integers.
  var isInteger = false
  /// Whether it is never NULL.
  var isFilled = false
  /// The sequence that numbers it, as SQL.
  var sequence: String?

  /// A column by its name alone.
  package init(name: String) { self.name = name }

  /// Its name as SQL.
  package var sql: String { SQLName.quoted(name) }
}

/// A sequence and where it stands.
package struct PostgresSequence: Sendable, Equatable {
  /// Its name as SQL, with its schema.
  package var sql: String
  /// The number that it gave last, or gives next.
  package var value: Int64
  /// Whether it gave that number already.
  package var isCalled: Bool

  /// Creates a sequence from its parts.
  package init(sql: String, value: Int64, isCalled: Bool) {
    self.sql = sql
    self.value = value
    self.isCalled = isCalled
  }
}

/// Names in SQL.
package enum SQLName {
  /// A name in double quotes.
  package static func quoted(_ name: String) -> String {
    "\"\(name.replacing("\"", with: "\"\""))\""
  }

  /// A text in single quotes, backslashes and all.
  package static func literal(_ text: String) -> String {
    let quoted = text.replacing("'", with: "''")
    return text.contains("\\") ? "E'\(quoted.replacing("\\", with: "\\\\"))'" : "'\(quoted)'"
  }

  /// An expression with its parameters (`:name`) replaced by texts; what is in quotes stays.
  static func filled(_ sql: String, _ parameters: [String: String]) -> String {
    var output = ""
    var rest = sql[...]
    while let character = rest.first {
      if character == "'" || character == "\"" {
        let inside = rest.dropFirst().prefix { $0 != character }
        let quoted = rest.prefix(inside.count + 2)
        output += quoted
        rest = rest.dropFirst(quoted.count)
      } else if rest.hasPrefix("::") {
        output += "::"
        rest = rest.dropFirst(2)
      } else if character == ":" {
        let name = rest.dropFirst().prefix { $0.isLetter || $0.isNumber || $0 == "_" }
        let key = ":\(name)"
        output += parameters[key].map(literal) ?? key
        rest = rest.dropFirst(key.count)
      } else {
        output.append(character)
        rest = rest.dropFirst()
      }
    }
    return output
  }
}
