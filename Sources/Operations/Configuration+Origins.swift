internal import Origins

extension Configuration.Origin {
  /// The origins of a configuration; none where it has no such key, which suffices for a restore.
  static func all(_ reader: inout SettingsReader) throws -> [Self] {
    guard let sections = try reader.optionalList("origins") else { return [] }
    var origins: [Self] = []
    for var section in sections {
      let origin = try Self(&section)
      guard !origins.contains(where: { $0.name == origin.name }) else {
        throw section.wrong("name", "\(origin.name) is there twice; names must differ")
      }
      for name in origin.accounts where !origins.contains(where: { $0.name == name }) {
        throw section.wrong(
          "accounts",
          "names \(name), which is no origin before this one; who says who exists comes first")
      }
      origins.append(origin)
    }
    guard !origins.isEmpty else { throw reader.wrong("origins", "names nothing to back up") }
    return origins
  }

  private init(_ section: inout SettingsReader) throws {
    name = try section.text("name")
    let isName =
      !name.isEmpty && name.utf8.count <= 64
      && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_".contains($0)) }
    guard isName else {
      throw section.wrong(
        "name", "may have letters, digits, - and _, at most 64: it names a directory")
    }
    let database = try section.optionalText("database")
    let directory = try section.optionalText("directory")
    profile = try section.text("profile")
    accounts = try section.texts("accounts")
    roll = try Self.roll(&section)
    switch (database, directory) {
    case (.some(let path), nil):
      source = try Self.database(path, section)
      prefix = try section.optionalText("prefix") ?? ""
      (owners, otherOwner) = try section.textOrTexts("owner")
    case (nil, .some(let path)):
      source = .directory(path: path)
      (prefix, owners, otherOwner) = ("", [:], nil)
    default: throw section.wrong("database", "or `directory`, one of the two, is needed")
    }
    let takesHost = database != nil || roll != nil
    parameters =
      takesHost ? try section.optionalText("host").map { ["host": $0] } ?? [:] : [:]
    try section.end()
  }

  /// A file's path, or the address of a database that PostgreSQL has.
  private static func database(
    _ text: String, _ section: SettingsReader
  ) throws -> Configuration.Source {
    guard PostgresOrigin.isAddress(text) else { return .database(path: text) }
    if let objection = PostgresOrigin.objection(to: text) {
      throw section.wrong("database", objection)
    }
    return .postgresql(uri: text)
  }

  private static func roll(_ section: inout SettingsReader) throws -> AccountRoll.Source? {
    let file = try section.optionalText("accounts-file")
    let command = try section.texts("accounts-command")
    guard let program = command.first else { return file.map(AccountRoll.Source.file) }
    guard file == nil else {
      throw section.wrong("accounts-command", "and `accounts-file` cannot both be meant")
    }
    guard program.hasPrefix("/") else {
      throw section.wrong(
        "accounts-command",
        "must be a list that begins with a program's full path: no shell runs it")
    }
    return .command(command)
  }
}
