/// The public key by which a server is known, written as in `known_hosts`: `ssh-ed25519 AAAA…`.
///
/// Only the types libssh2 1.10 can verify exist here. It knows RSA with SHA-1 alone, which today's
/// servers rightly refuse.
package struct HostKey: Sendable, Equatable {
  /// The types that work, the preferred one first.
  package static let types = [
    "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521",
  ]

  /// One of ``types``.
  package let type: String
  /// The key as it goes over the wire, its type first.
  package let blob: [UInt8]

  /// Reads a line such as `ssh-ed25519 AAAA… comment`, or says what is wrong with it.
  package init(parsing line: String) throws(StoreError) {
    let fields = line.split(whereSeparator: \.isWhitespace)
    let type = fields.first.map(String.init) ?? ""
    if type.hasPrefix("ssh-rsa") || type.hasPrefix("rsa-sha2") {
      throw StoreError(
        code: .refused,
        message: "the pinned host key is an RSA key, which libssh2 1.10 cannot verify;"
          + " pin the server's Ed25519 or ECDSA key (ssh-keyscan -t ed25519,ecdsa prints them).")
    }
    guard Self.types.contains(type) else {
      throw StoreError(
        code: .refused,
        message: "the pinned host key must begin with its type, one of"
          + " \(Self.types.joined(separator: ", ")), and go on with its base64 text.")
    }
    guard fields.count >= 2, let blob = Base64.decode(fields[1].utf8),
      let key = HostKey(blob: blob), key.type == type
    else {
      throw StoreError(
        code: .refused,
        message: "the pinned \(type) host key is not whole; copy the line from the server's"
          + " /etc/ssh/ssh_host_*_key.pub again.")
    }
    self = key
  }

  /// Takes a key as it goes over the wire; nil for a type that does not work here.
  init?(blob: [UInt8]) {
    // The type and the point, with the curve's name in between for ECDSA, and nothing after.
    var reader = WireReader(blob)
    var parts: [ArraySlice<UInt8>] = []
    while let part = reader.string() { parts.append(part) }
    let type = String(decoding: parts.first ?? [], as: UTF8.self)
    guard reader.isAtEnd, Self.types.contains(type) else { return nil }
    guard parts.count == (type == Self.types[0] ? 2 : 3) else { return nil }
    self.type = type
    self.blob = blob
  }

  /// The fingerprint as `ssh-keygen -l` prints it: `SHA256:` and 43 characters.
  package var fingerprint: String { "SHA256:" + Base64.unpadded(SHA256.digest(blob)) }

  /// The line to pin: the type and the base64 text.
  package var line: String { type + " " + Base64.padded(blob) }
}

/// Reads the length-prefixed strings SSH is made of.
struct WireReader {
  private var rest: ArraySlice<UInt8>

  init(_ bytes: some Collection<UInt8>) { rest = ArraySlice(bytes) }

  var isAtEnd: Bool { rest.isEmpty }

  /// The next 32-bit big-endian number, or nil at the end.
  mutating func number() -> Int? {
    guard rest.count >= 4 else { return nil }
    defer { rest = rest.dropFirst(4) }
    return rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
  }

  /// The next string, or nil when it is longer than what is left.
  mutating func string() -> ArraySlice<UInt8>? {
    guard let count = number(), count <= rest.count else { return nil }
    defer { rest = rest.dropFirst(count) }
    return rest.prefix(count)
  }
}
