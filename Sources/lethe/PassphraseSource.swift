import Glibc
import Operations
import Sealing

/// Where a passphrase comes from: a file or the terminal; never an argument or the environment.
enum PassphraseSource {
  /// That of a kit: from the file if there is one, else from the terminal; nil where it takes none.
  static func passphrase(of kit: KitDirectory, file: String?) throws -> Passphrase? {
    if let file { return try read(file) }
    return try kit.needsPassphrase() ? ask("Passphrase of the kit: ") : nil
  }

  /// The first line of a file, of at most 4,096 bytes.
  static func read(_ path: String) throws -> Passphrase {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
    guard descriptor >= 0 else {
      throw OperationError(.wrongKit, "cannot read the passphrase file \(path)")
    }
    defer { close(descriptor) }
    return try line(from: descriptor) {
      OperationError(.wrongKit, "the first line of the passphrase file \(path) is empty")
    }
  }

  /// Asks on the terminal, without showing what is typed.
  static func ask(_ prompt: String) throws -> Passphrase {
    let terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)
    guard terminal >= 0 else {
      throw OperationError(
        .wrongKit,
        "the kit has a passphrase and there is no terminal to ask for it; give "
          + "--passphrase-file")
    }
    defer { close(terminal) }
    var settings = termios()
    tcgetattr(terminal, &settings)
    let shown = settings
    // An interrupted prompt would leave the terminal without echo; its key comes as a character.
    settings.c_lflag &= ~tcflag_t(ECHO | ISIG)
    tcsetattr(terminal, TCSAFLUSH, &settings)
    var restored = shown
    defer {
      tcsetattr(terminal, TCSAFLUSH, &restored)
      _ = write(terminal, "\n", 1)
    }
    _ = write(terminal, prompt, prompt.utf8.count)
    return try line(from: terminal, interruptedBy: shown.interruptCharacter) {
      OperationError(.wrongKit, "no passphrase was given")
    }
  }

  /// Asks twice for a new one.
  static func askNew() throws -> Passphrase {
    let first = try ask("New passphrase for the kit: ")
    guard try ask("The same again: ").isSame(as: first) else {
      throw OperationError(.usage, "the two passphrases differ; nothing was made")
    }
    return first
  }

  /// Reads up to the end of a line, byte by byte, into memory that is wiped.
  private static func line(
    from descriptor: Int32, interruptedBy key: UInt8? = nil, whenEmpty: () -> OperationError
  ) throws -> Passphrase {
    var words = [UInt8](repeating: 0, count: 4096)
    defer { words.wipe() }
    var count = 0
    while count < words.count {
      var byte: UInt8 = 0
      guard Glibc.read(descriptor, &byte, 1) == 1, byte != UInt8(ascii: "\n"),
        byte != UInt8(ascii: "\r")
      else { break }
      if byte == key { throw CancellationError() }
      words[count] = byte
      count += 1
    }
    guard count > 0 else { throw whenEmpty() }
    return Passphrase(copying: words[..<count])
  }
}

extension termios {
  /// What the terminal takes for the key that interrupts.
  fileprivate var interruptCharacter: UInt8 { withUnsafeBytes(of: c_cc) { $0[Int(VINTR)] } }
}
