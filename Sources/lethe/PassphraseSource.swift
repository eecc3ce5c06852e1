import Foundation
import Operations

/// Where a passphrase comes from: a file or the terminal; never an argument or the environment.
enum PassphraseSource {
  /// The first line of a file.
  static func read(_ path: String) throws -> [UInt8] {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw OperationError(.wrongKit, "cannot read the passphrase file \(path)")
    }
    let line = data.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
    guard !line.isEmpty else {
      throw OperationError(.wrongKit, "the first line of the passphrase file \(path) is empty")
    }
    return Array(line)
  }

  /// Asks on the terminal, without showing what is typed.
  static func ask(_ prompt: String) throws -> [UInt8] {
    guard let terminal = FileHandle(forUpdatingAtPath: "/dev/tty") else {
      throw OperationError(
        .wrongKit,
        "the kit has a passphrase and there is no terminal to ask for it; give "
          + "--passphrase-file")
    }
    var settings = termios()
    tcgetattr(terminal.fileDescriptor, &settings)
    let shown = settings
    // An interrupted prompt would leave the terminal without echo; its key comes as a character.
    settings.c_lflag &= ~tcflag_t(ECHO | ISIG)
    tcsetattr(terminal.fileDescriptor, TCSAFLUSH, &settings)
    var restored = shown
    defer {
      tcsetattr(terminal.fileDescriptor, TCSAFLUSH, &restored)
      terminal.write(Data("\n".utf8))
    }
    terminal.write(Data(prompt.utf8))
    var words: [UInt8] = []
    while let byte = try terminal.read(upToCount: 1)?.first, byte != UInt8(ascii: "\n") {
      if byte == shown.interruptCharacter { throw CancellationError() }
      words.append(byte)
    }
    guard !words.isEmpty else { throw OperationError(.wrongKit, "no passphrase was given") }
    return words
  }

  /// Asks twice for a new one.
  static func askNew() throws -> [UInt8] {
    let first = try ask("New passphrase for the kit: ")
    guard try ask("The same again: ") == first else {
      throw OperationError(.usage, "the two passphrases differ; nothing was made")
    }
    return first
  }
}

extension termios {
  /// What the terminal takes for the key that interrupts.
  fileprivate var interruptCharacter: UInt8 { withUnsafeBytes(of: c_cc) { $0[Int(VINTR)] } }
}
