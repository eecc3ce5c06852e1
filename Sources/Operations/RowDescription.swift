internal import Format
internal import Origins

/// Everything about a database but its rows, by the engine that keeps it.
enum RowDescription: Sendable {
  case sqlite(DatabaseDescription)
  case postgresql(PostgresDescription)

  /// What the catalogue calls it.
  var kind: CatalogueOrigin.Kind {
    switch self {
    case .sqlite: .database
    case .postgresql: .postgresql
    }
  }

  /// The bytes that a reader will accept.
  func encode(of origin: String) throws -> [UInt8] {
    let object = "the schema of origin \(origin)"
    switch self {
    case .sqlite(let description):
      let bytes = description.encode()
      try Readability.prove(bytes, of: object, as: DatabaseDescription.decode)
      return bytes
    case .postgresql(let description):
      let bytes = description.encode()
      try Readability.prove(bytes, of: object, as: PostgresDescription.decode)
      return bytes
    }
  }
}
