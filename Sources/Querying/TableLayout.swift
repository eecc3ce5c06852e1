/// How the rows of one table are stored: their key, their columns and their indexes.
package struct TableLayout: Sendable, Equatable {
  /// How the rows of a table are addressed and ordered.
  package enum Kind: Sendable, Equatable {
    /// By rowid, under a name that no column hides; `aliasPosition` is the place in `columns` of
    /// the INTEGER PRIMARY KEY, which is the rowid itself and has no stored value.
    case rowid(name: String, aliasPosition: Int?)
    /// By a primary key of these columns.
    case withoutRowid(key: [KeyColumn])
  }

  /// The table's name.
  package var name: String

  /// How its rows are addressed and ordered.
  package var kind: Kind

  /// Its columns in their order, without the generated ones that are not stored.
  package var columns: [StoredColumn]

  /// Its indexes in the order of the schema table.
  package var indexes: [IndexLayout]

  /// Creates a layout from its parts.
  package init(name: String, kind: Kind, columns: [StoredColumn], indexes: [IndexLayout]) {
    self.name = name
    self.kind = kind
    self.columns = columns
    self.indexes = indexes
  }

  /// The place of the rowid's alias in `columns`.
  package var aliasPosition: Int? {
    if case .rowid(_, let position) = kind { position } else { nil }
  }

  /// Whether the rows have a rowid.
  package var hasRowid: Bool {
    if case .rowid = kind { true } else { false }
  }

  /// The columns whose values a row carries: all but the rowid's alias.
  package var valueColumns: [StoredColumn] {
    columns.indices.filter { $0 != aliasPosition }.map { columns[$0] }
  }
}

/// A column whose values are stored.
package struct StoredColumn: Sendable, Equatable {
  /// The column's name.
  package var name: String

  /// Whether the value was computed when the row was written.
  package var isGenerated: Bool

  /// Creates a column from its parts.
  package init(name: String, isGenerated: Bool) {
    self.name = name
    self.isGenerated = isGenerated
  }
}

/// The comparisons of text that every SQLite library knows.
package enum Collation: String, Sendable, Equatable {
  /// Byte by byte.
  case binary = "BINARY"
  /// Without regard to the case of ASCII letters.
  case caseInsensitive = "NOCASE"
  /// Without regard to spaces at the end.
  case trailingSpaceInsensitive = "RTRIM"
}

/// One column of a primary key or index.
package struct KeyColumn: Sendable, Equatable {
  /// The place of the column in the layout's `columns`.
  package var position: Int

  /// How text is compared.
  package var collation: Collation

  /// Whether the order is descending.
  package var isDescending: Bool

  /// Creates a key column from its parts.
  package init(position: Int, collation: Collation, isDescending: Bool) {
    self.position = position
    self.collation = collation
    self.isDescending = isDescending
  }
}

/// An index with pages of its own.
package struct IndexLayout: Sendable, Equatable {
  /// The index's name.
  package var name: String

  /// Its columns, with those of the primary key that end it.
  ///
  /// `nil` if it is partial or computes something, so that only its own text tells its content.
  package var key: [KeyColumn]?

  /// Creates an index from its parts.
  package init(name: String, key: [KeyColumn]?) {
    self.name = name
    self.key = key
  }
}
