/// Where an SFTP repository lives: `sftp://user@host:port/absolute/path`.
package struct SFTPAddress: Sendable, Equatable {
  /// The account to log in as.
  package let user: String
  /// A host name, or an IPv4 or IPv6 address without brackets.
  package let host: String
  /// The TCP port; 22 unless the address says otherwise.
  package let port: UInt16
  /// The root on the server, without a slash at its end.
  ///
  /// A path that begins without a slash begins at the login directory.
  package let path: String

  /// Makes an address of parts that are known to be good.
  package init(user: String, host: String, port: UInt16 = 22, path: String) {
    self.user = user
    self.host = host
    self.port = port
    self.path = path
  }

  /// Reads an address as the configuration spells it, or says what is wrong with it.
  ///
  /// `%41` stands for the byte 0x41 in the user and the path; a path of `/~/backups` begins at the
  /// login directory.
  package init(parsing text: String) throws(StoreError) {
    let scheme = "sftp://"
    guard text.hasPrefix(scheme) else { throw Self.wrong(text, "does not begin with \(scheme)") }
    let rest = text.dropFirst(scheme.count)
    guard let slash = rest.firstIndex(of: "/") else {
      throw Self.wrong(text, "names no directory on the server")
    }
    let authority = rest[..<slash]
    guard let at = authority.lastIndex(of: "@"), at != authority.startIndex else {
      throw Self.wrong(text, "names no user")
    }
    guard !authority[..<at].contains(":") else {
      throw Self.wrong(text, "holds a password; logging in takes the identity file only")
    }
    user = try Self.decoded(authority[..<at], in: text)
    (host, port) = try Self.server(authority[authority.index(after: at)...], in: text)
    path = try Self.root(rest[slash...], in: text)
  }

  /// `host:port`, the host in brackets where it has colons of its own.
  package var server: String { (host.contains(":") ? "[\(host)]" : host) + ":\(port)" }

  private static func wrong(_ text: String, _ reason: String) -> StoreError {
    StoreError(
      code: .refused,
      message: "the address \(String(escapingUntrusted: text.utf8)) \(reason);"
        + " it must look like sftp://user@host:22/srv/lethe.")
  }

  private static func server(_ part: Substring, in text: String) throws(StoreError)
    -> (String, UInt16)
  {
    var host = part
    var tail = Substring()
    if part.hasPrefix("[") {
      guard let end = part.firstIndex(of: "]") else { throw wrong(text, "lacks a ]") }
      host = part[part.index(after: part.startIndex)..<end]
      tail = part[part.index(after: end)...]
    } else if let colon = part.firstIndex(of: ":") {
      host = part[..<colon]
      tail = part[colon...]
    }
    let isPlain = host.utf8.allSatisfy { (0x21...0x7e).contains($0) }
    guard !host.isEmpty, isPlain else { throw wrong(text, "names no host") }
    if tail.isEmpty { return (String(host), 22) }
    let digits = tail.dropFirst()
    guard tail.hasPrefix(":"), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      let port = UInt16(digits), port > 0
    else { throw wrong(text, "has a port that is not a number from 1 to 65535") }
    return (String(host), port)
  }

  private static func root(_ part: Substring, in text: String) throws(StoreError) -> String {
    guard !part.contains("?"), !part.contains("#") else {
      throw wrong(text, "has a ? or # in its path, to be spelled %3F or %23")
    }
    var components = try decoded(part, in: text).split(separator: "/")
    guard !components.isEmpty else { throw wrong(text, "names no directory on the server") }
    guard !components.contains("."), !components.contains("..") else {
      throw wrong(text, "has . or .. in its path")
    }
    guard components.first == "~" else { return "/" + components.joined(separator: "/") }
    components.removeFirst()
    return components.isEmpty ? "." : components.joined(separator: "/")
  }

  private static func decoded(_ part: Substring, in text: String) throws(StoreError) -> String {
    var bytes: [UInt8] = []
    var rest = Array(part.utf8)[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      let digits = String(decoding: rest.prefix(2), as: UTF8.self)
      guard digits.utf8.count == 2, digits.utf8.first != UInt8(ascii: "+"),
        let value = UInt8(digits, radix: 16)
      else { throw wrong(text, "has a % that two hexadecimal digits do not follow") }
      bytes.append(value)
      rest = rest.dropFirst(2)
    }
    guard !bytes.contains(where: { $0 < 0x20 || $0 == 0x7f }),
      let decoded = String(validating: bytes, as: UTF8.self)
    else { throw wrong(text, "has control characters or broken UTF-8 in it") }
    return decoded
  }
}

extension SFTPAddress: CustomStringConvertible {
  /// `user@host:port`, for messages.
  package var description: String { "\(user)@\(server)" }
}
