extension Configuration.Hooks {
  /// The hooks of a configuration; none where it has none.
  init(_ reader: inout SettingsReader) throws {
    guard var section = try reader.optionalSection("hooks") else { return }
    onSuccess = try Self.program("on-success", &section)
    onFailure = try Self.program("on-failure", &section)
    onBrake = try Self.program("on-brake", &section)
    timeout = try section.duration("timeout", otherwise: timeout)
    guard timeout <= 600 else { throw section.wrong("timeout", "may be 10m at most") }
    try section.end()
  }

  private static func program(
    _ key: String, _ section: inout SettingsReader
  ) throws -> [String] {
    let words = try section.texts(key)
    guard words.first?.hasPrefix("/") ?? true else {
      throw section.wrong(key, "must begin with a program's full path: no shell runs it")
    }
    return words
  }
}
