import CPostgres

/// Where a database is: a URI of libpq, which holds no secret.
package struct PostgresAddress: Sendable, Equatable {
  /// The URI as it stands in the configuration.
  package let uri: String

  /// Whether a text is meant as such an address.
  package static func isOne(_ text: String) -> Bool {
    text.hasPrefix("postgresql://") || text.hasPrefix("postgres://")
  }

  /// Checks a URI.
  ///
  /// - Throws: `refused` for one with a password, or that libpq does not understand. The message does
  ///   not repeat the URI.
  package init(_ uri: String) throws(PostgresError) {
    var reason: UnsafeMutablePointer<CChar>?
    guard Self.isOne(uri), let options = PQconninfoParse(uri, &reason) else {
      PQfreemem(reason)
      throw PostgresError(
        .refused,
        "is no address of a PostgreSQL database; write postgresql://[USER@][HOST]/DATABASE, with the "
          + "directory of a socket as ?host=/var/run/postgresql")
    }
    defer { PQconninfoFree(options) }
    var index = 0
    while let keyword = options[index].keyword {
      let name = String(cString: keyword)
      if options[index].val != nil, ["password", "sslpassword"].contains(name) {
        throw PostgresError(
          .refused,
          "has a password in it, and secrets do not belong in the configuration; leave it out and use "
            + "peer authentication, or a file that ~/.pgpass or ?passfile=PATH names")
      }
      index += 1
    }
    self.uri = uri
  }
}
