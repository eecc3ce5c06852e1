/// One half of the kit as a text that can be printed, typed and checked by eye. [F-KIT-1]
package struct KitFile: Equatable, Sendable {
  /// Which of the two files it is; the raw value is the fourth word of the first line.
  package enum Half: String, Sendable, CaseIterable {
    /// Never changes; may be on paper.
    case fixed = "static"
    /// Moves forward; on media that can be erased.
    case epoch = "epoch"

    /// The name of the file in the kit's directory.
    package var fileName: String { "lethe-\(rawValue).kit" }
  }

  /// How the payload's key is made.
  package enum Wrap: Equatable, Sendable {
    /// Whoever holds the file opens it.
    case none
    /// Argon2id of a passphrase.
    case argon2id(memoryByteCount: Int, passes: Int, salt: [UInt8])
  }

  /// Bytes of the salt for Argon2id.
  package static let saltByteCount = 16
  /// A hostile kit must not make the reader allocate or compute without end.
  package static let maximumMemoryByteCount = 1 << 30
  /// What Argon2 needs for one lane: eight blocks of 1 KiB.
  package static let minimumMemoryByteCount = 8 << 10
  /// Passes beyond this are `over-limit`, as memory is.
  package static let maximumPasses = 32

  /// What the first line says; the caller compares it with the half that was asked for.
  package let half: Half
  /// The same in both halves, and in the object `format`; the caller compares them.
  package let repository: RepositoryID
  /// In the clear, for it is needed to open the rest; ``head`` binds it to the seal.
  package let wrap: Wrap
  /// Nonce, commitment, ciphertext and tag.
  package let sealed: [UInt8]

  /// Makes a file of its parts; nothing needs to be sealed yet where only ``head`` is wanted.
  package init(half: Half, repository: RepositoryID, wrap: Wrap, sealed: [UInt8]) {
    self.half = half
    self.repository = repository
    self.wrap = wrap
    self.sealed = sealed
  }

  /// The lines before the payload; they are bound to it as associated data. [F-KIT-2]
  package var head: String {
    let wrapText =
      switch wrap {
      case .none: "none"
      case .argon2id(let memory, let passes, let salt):
        "argon2id memory=\(memory) passes=\(passes) salt=\(Hexadecimal.encode(salt))"
      }
    return """
      LETHE KIT 1 \(half.rawValue)
      repository: \(repository.hex)
      wrap: \(wrapText)

      """
  }

  /// Hexadecimal lines of 64 digits, each ending in the sum of its bytes, so that a misread line
  /// of a paper copy is found by its number.
  package func encode() -> String {
    var text = head + "\n"
    var offset = 0
    while offset < sealed.count {
      let line = Array(sealed[offset..<min(offset + Self.lineByteCount, sealed.count)])
      text += "\(Hexadecimal.encode(line)) \(Self.sum(line))\n"
      offset += Self.lineByteCount
    }
    return text + "end\n"
  }

  /// Reads a text that somebody may have typed.
  ///
  /// The checks and their order are those of [F-KIT-1], but for the 64 KiB, beyond which the caller
  /// does not read. `unknown-version` is a kit of a later program.
  package static func decode(_ text: String) throws(FormatError) -> KitFile {
    let lines = words(of: text)
    guard lines.count >= 4, lines[0].count == 4, lines[0][0] == "LETHE", lines[0][1] == "KIT" else {
      throw FormatError(.malformed, "not a kit file: it does not begin with LETHE KIT")
    }
    guard lines[0][2] == "1" else {
      throw FormatError(.unknownVersion, "a kit file of version \(lines[0][2])")
    }
    guard let half = Half(rawValue: lines[0][3]), lines[1].count == 2,
      lines[1][0] == "repository:", let repository = RepositoryID(hex: lines[1][1]),
      lines[2].count >= 2, lines[2][0] == "wrap:"
    else { throw FormatError(.malformed, "the head of a kit file is not as specified") }
    guard lines.last == ["end"] else {
      throw FormatError(.truncated, "a kit file does not close with its end line")
    }
    return KitFile(
      half: half, repository: repository, wrap: try wrap(Array(lines[2].dropFirst())),
      sealed: try payload(lines.dropFirst(3).dropLast()))
  }

  /// The words of every line that has a byte; bytes, not characters, of which some eat a space.
  private static func words(of text: String) -> [[String]] {
    text.utf8.split(separator: UInt8(ascii: "\n"))
      .map { $0.last == UInt8(ascii: "\r") ? $0.dropLast() : $0 }
      .filter { !$0.isEmpty }
      .map { line in
        line.split(separator: UInt8(ascii: " ")).map { String(decoding: $0, as: UTF8.self) }
      }
  }

  private static func payload(_ lines: ArraySlice<[String]>) throws(FormatError) -> [UInt8] {
    var sealed: [UInt8] = []
    for (number, line) in lines.enumerated() {
      guard line.count == 2, let bytes = Hexadecimal.decode(line[0]), bytes.count <= lineByteCount,
        sum(bytes) == line[1]
      else {
        throw FormatError(.malformed, "line \(number + 1) of a kit file's payload is misread")
      }
      sealed += bytes
    }
    return sealed
  }

  private static func wrap(_ words: [String]) throws(FormatError) -> Wrap {
    if words == ["none"] { return .none }
    guard words.count == 4, words[0] == "argon2id",
      let memory = number(words[1], after: "memory="),
      let passes = number(words[2], after: "passes="),
      words[3].hasPrefix("salt="), let salt = Hexadecimal.decode(words[3].dropFirst(5)),
      salt.count == saltByteCount
    else { throw FormatError(.malformed, "the wrap of a kit file is not as specified") }
    guard memory >= minimumMemoryByteCount else {
      throw FormatError(.malformed, "a kit file asks for less memory than Argon2 has blocks")
    }
    guard memory <= maximumMemoryByteCount, passes <= maximumPasses else {
      throw FormatError(.overLimit, "a kit file asks for \(memory) bytes and \(passes) passes")
    }
    return .argon2id(memoryByteCount: memory, passes: passes, salt: salt)
  }

  private static func number(_ word: String, after prefix: String) -> Int? {
    guard word.hasPrefix(prefix), let value = Int(word.dropFirst(prefix.count)), value > 0,
      String(value) == word.dropFirst(prefix.count)
    else {
      return nil
    }
    return value
  }

  private static let lineByteCount = 32

  private static func sum(_ line: [UInt8]) -> String {
    Hexadecimal.encode([line.reduce(UInt8(0)) { $0 &* 31 &+ $1 }])
  }
}

/// What the static half seals. [F-KIT-3]
package struct StaticKit: Equatable, Sendable {
  /// Wiped by whoever is done with it, as the other secrets of the kit.
  package var recoverySecret: [UInt8]
  /// 32 bytes, used for nothing but to derive a key for each purpose. [F-KEY-1]
  package var metadataKey: [UInt8]
  /// Where the repository was when it was made; at most 4,096 bytes.
  package let repositoryURL: String
  /// The line of the host key that was pinned then, at most 4,096 bytes; empty for `file://`.
  package let hostKey: String

  /// Takes 32 bytes for each of the two keys.
  package init(
    recoverySecret: [UInt8], metadataKey: [UInt8], repositoryURL: String, hostKey: String
  ) {
    self.recoverySecret = recoverySecret
    self.metadataKey = metadataKey
    self.repositoryURL = repositoryURL
    self.hostKey = hostKey
  }

  /// The contents that the payload seals; the caller wipes them.
  package func encode() -> [UInt8] {
    var writer = ByteWriter()
    writer.append(recoverySecret)
    writer.append(metadataKey)
    writer.text(repositoryURL)
    writer.text(hostKey)
    return writer.bytes
  }

  /// Reads the opened contents; a text of more than 4,096 bytes is `over-limit`.
  package static func decode(_ bytes: [UInt8]) throws(FormatError) -> StaticKit {
    var reader = ByteReader(bytes, subject: "the static half of the kit")
    let kit = StaticKit(
      recoverySecret: Array(try reader.take(32)), metadataKey: Array(try reader.take(32)),
      repositoryURL: try reader.text(limit: 4096), hostKey: try reader.text(limit: 4096))
    try reader.end()
    return kit
  }
}

/// What the epoch half seals. [F-KIT-4]
package struct EpochKit: Equatable, Sendable {
  /// The epoch that the kit stands at: it opens this one and later ones. [F-KEY-7]
  package let epoch: UInt32
  /// 32 bytes, from which all later seeds follow; wiped by whoever is done with it.
  package var seed: [UInt8]

  /// Takes the 32 bytes of this very epoch's seed.
  package init(epoch: UInt32, seed: [UInt8]) {
    self.epoch = epoch
    self.seed = seed
  }

  /// The contents that the payload seals, 36 bytes; the caller wipes them.
  package func encode() -> [UInt8] {
    var writer = ByteWriter()
    writer.fixed32(epoch)
    writer.append(seed)
    return writer.bytes
  }

  /// Reads 36 bytes; fewer are `truncated`, more are `malformed`.
  package static func decode(_ bytes: [UInt8]) throws(FormatError) -> EpochKit {
    var reader = ByteReader(bytes, subject: "the epoch half of the kit")
    let kit = EpochKit(epoch: try reader.fixed32(), seed: Array(try reader.take(32)))
    try reader.end()
    return kit
  }
}
