internal import Postgres

/// The text of a restored database's file around its rows.
struct PostgresScript {
  let tables: [PostgresDescription.Table]
  /// The line before the rows of each table.
  let copyLines: [[UInt8]]
  private let numbers: [[UInt8]: Int]
  private let description: PostgresDescription
  private let word: String

  /// The line after the rows of a table.
  static let endOfRows = Array("\\.\n".utf8)

  /// The file of a database; `word` has letters and digits, and is a new one for every file.
  init(_ description: PostgresDescription, word: String) {
    self.description = description
    self.word = word
    tables = description.tables
    copyLines = tables.map { table in
      let columns = table.columns.map(SQLName.quoted).joined(separator: ", ")
      return Array("COPY \(table.sql) (\(columns)) FROM stdin;\n".utf8)
    }
    numbers = Dictionary(
      copyLines.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// The table whose rows follow a line; nil if none do.
  func number(ofCopyLine line: [UInt8]) -> Int? { numbers[line] }

  /// Everything before the rows.
  var head: [UInt8] {
    var head = Array((Self.opening + restriction).utf8)
    head += "\(Self.block(guards))\n\n".utf8
    head += "BEGIN;\n\n".utf8
    head += description.before
    for (name, value) in PostgresSource.settings {
      head += "SELECT pg_catalog.set_config('\(name)', '\(value)', false);\n".utf8
    }
    return head
  }

  /// What stands first; then commands of psql are refused where psql can do that, for what follows is
  /// SQL and nothing else, whoever wrote it.
  private static let opening = """
    -- A PostgreSQL database, restored by Lethe. Load it into a new and empty database with
    --   psql -X -d NAME -f FILE
    -- It is loaded whole or not at all.
    \\set ON_ERROR_STOP on
    \\set QUIET on
    \\pset format unaligned
    \\pset tuples_only on
    \\o /dev/null
    SELECT CASE WHEN :VERSION_NUM >= 180000 OR :VERSION_NUM BETWEEN 170006 AND 179999
      OR :VERSION_NUM BETWEEN 160010 AND 169999 OR :VERSION_NUM BETWEEN 150014 AND 159999
      OR :VERSION_NUM BETWEEN 140019 AND 149999 OR :VERSION_NUM BETWEEN 130022 AND 139999

    """

  /// Makes psql refuse its own commands from there on.
  ///
  /// Until it is told a word that nobody who wrote the snapshot knows. A variable's value is read as if
  /// it stood there.
  private var restriction: String {
    """
      THEN E'\\\\restrict \(word)' ELSE '' END AS restriction
    \\gset
    :restriction

    """
  }

  /// A statement that runs plpgsql, which is quoted whole.
  static func block(_ statements: [String]) -> String {
    let body = "BEGIN\n\(statements.joined(separator: "\n"))\nEND"
    return "DO LANGUAGE plpgsql \(SQLName.literal(body));"
  }

  /// A statement of plpgsql that ends the loading with a message if a condition holds.
  private static func stop(if condition: String, _ message: String) -> String {
    "IF \(condition) THEN RAISE EXCEPTION USING MESSAGE = \(SQLName.literal(message)); END IF;"
  }

  /// What the database must be before anything is made in it.
  private var guards: [String] {
    let major = description.version / 10_000
    let roles = description.roles.map { role in
      Self.stop(
        if: "NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = \(SQLName.literal(role)))",
        "there is no role \(role), to which something in this database belongs: createuser \(role)")
    }
    return [
      Self.stop(
        if: "current_setting('server_version_num')::int < \(major * 10_000)",
        "this server is older than PostgreSQL \(major), where the database comes from"),
      Self.stop(
        if: "getdatabaseencoding() <> \(SQLName.literal(description.encoding))",
        "this database has another encoding than \(description.encoding); make one with: "
          + "CREATE DATABASE name TEMPLATE template0 \(description.creation)"),
      Self.stop(
        if: "EXISTS (SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
          + "WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema')",
        "this database is not empty; load the file into a new one"),
    ] + roles
  }

  /// Everything after the rows, given how many each table has.
  func tail(_ rowCounts: [Int]) -> [UInt8] {
    var tail = Array("\n".utf8)
    for sequence in description.sequences {
      tail +=
        """
        SELECT pg_catalog.setval(\(SQLName.literal(sequence.sql)), \(sequence.value), \
        \(sequence.isCalled));\n
        """.utf8
    }
    let checks = zip(tables, rowCounts).map { table, count in
      Self.stop(
        if: "(SELECT count(*) FROM ONLY \(table.sql)) <> \(count)",
        "table \(table.label) has not the \(count) rows of the snapshot")
    }
    if !checks.isEmpty { tail += "\(Self.block(checks))\n\n".utf8 }
    return tail + ForeignKeys.lenient(description.after) + Array("\nCOMMIT;\n".utf8)
  }
}
