import Glibc

/// The private key a session logs in with, in memory only while it does, then wiped.
///
/// libssh2 makes copies of its own, which it does not wipe.
struct Identity: ~Copyable {
  /// The file it was read from, for messages.
  let path: String
  /// What is in the file, and a NUL: libssh2 is given a length, and looks for the end of a text all the same.
  private let terminated: UnsafeMutableBufferPointer<UInt8>

  /// Largest file accepted: an Ed25519 key has about 400 bytes, an RSA key of 16,384 bits 13,000.
  private static let maximumByteCount = 65_536

  private init(path: String, byteCount: Int) {
    self.path = path
    terminated = .allocate(capacity: byteCount + 1)
    terminated.initialize(repeating: 0)
  }

  /// The bytes of the file.
  private var bytes: UnsafeMutableBufferPointer<UInt8> {
    UnsafeMutableBufferPointer(rebasing: terminated.dropLast())
  }

  /// Reads the key file and refuses what cannot work, with the remedy.
  static func read(_ path: String) throws(StoreError) -> Identity {
    do throws(StoreError) {
      let file = try LocalFile(followingLinks: path)
      let byteCount = try file.byteCount()
      guard (1...maximumByteCount).contains(byteCount) else {
        throw unusable(path, "is not a private key")
      }
      let identity = Identity(path: path, byteCount: byteCount)
      try file.read(0..<byteCount, into: UnsafeMutableRawBufferPointer(identity.bytes))
      try examine(UnsafeBufferPointer(identity.bytes), path)
      return identity
    } catch {
      guard error.code != .missing else { throw unusable(path, "does not exist") }
      throw StoreError(code: .refused, message: error.message)
    }
  }

  deinit {
    if let base = terminated.baseAddress { explicit_bzero(base, terminated.count) }
    terminated.deallocate()
  }

  /// Lends the bytes of the file, behind which a NUL stands.
  func withBytes<R>(_ body: (UnsafeBufferPointer<UInt8>) throws(StoreError) -> R)
    throws(StoreError) -> R
  {
    try body(UnsafeBufferPointer(bytes))
  }

  private static func unusable(_ path: String, _ reason: String) -> StoreError {
    StoreError(
      code: .refused,
      message: "the identity \(path) \(reason); make one with ssh-keygen -t ed25519 -N '' -f"
        + " \(path) and add \(path).pub to the server's authorized_keys.")
  }

  /// Finds out what libssh2 would only answer with a failed login.
  private static func examine(_ bytes: UnsafeBufferPointer<UInt8>, _ path: String)
    throws(StoreError)
  {
    let lines = bytes.split { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
    let beginning = lines.prefix(2).map { String(decoding: $0, as: UTF8.self) }
    switch beginning.first {
    case "-----BEGIN OPENSSH PRIVATE KEY-----":
      var text = Array(lines.dropFirst().dropLast().joined())
      defer { text.wipe() }
      try examine(openSSH: text, path)
    case "-----BEGIN RSA PRIVATE KEY-----", "-----BEGIN DSA PRIVATE KEY-----":
      throw unusable(path, "is an RSA or DSA key, with which libssh2 1.10 cannot log in")
    case "-----BEGIN ENCRYPTED PRIVATE KEY-----":
      throw encrypted(path)
    case "-----BEGIN EC PRIVATE KEY-----", "-----BEGIN PRIVATE KEY-----":
      if beginning.last == "Proc-Type: 4,ENCRYPTED" { throw encrypted(path) }
    default:
      throw unusable(path, "is not a private key")
    }
  }

  private static func examine(openSSH text: [UInt8], _ path: String) throws(StoreError) {
    var decoded = Base64.decode(text) ?? []
    defer { decoded.wipe() }
    guard let (cipher, type) = publicPart(of: decoded) else { throw unusable(path, "is damaged") }
    guard cipher == "none" else { throw encrypted(path) }
    guard HostKey.types.contains(type) else {
      let shown = String(escapingUntrusted: type.utf8)
      throw unusable(path, "has the type \(shown), with which libssh2 1.10 cannot log in")
    }
  }

  /// The cipher and the key type of a decoded OpenSSH key file, which precede its secrets.
  private static func publicPart(of decoded: [UInt8]) -> (cipher: String, type: String)? {
    let magic = Array("openssh-key-v1\0".utf8)
    guard decoded.starts(with: magic) else { return nil }
    var reader = WireReader(decoded.dropFirst(magic.count))
    guard let cipher = reader.string(), reader.string() != nil, reader.string() != nil,
      reader.number() == 1, let publicKey = reader.string()
    else { return nil }
    var keyReader = WireReader(publicKey)
    guard let type = keyReader.string() else { return nil }
    return (String(decoding: cipher, as: UTF8.self), String(decoding: type, as: UTF8.self))
  }

  private static func encrypted(_ path: String) -> StoreError {
    StoreError(
      code: .refused,
      message: "the identity \(path) is protected by a passphrase, which nobody is there to type;"
        + " remove it with ssh-keygen -p -N '' -f \(path), or make another key for backups alone.")
  }
}

extension [UInt8] {
  /// Overwrites the bytes where they are; call it while nothing else shares them.
  fileprivate mutating func wipe() {
    withUnsafeMutableBytes { buffer in
      guard let base = buffer.baseAddress else { return }
      explicit_bzero(base, buffer.count)
    }
  }
}
