import Glibc

/// TCP sockets on 127.0.0.1, blocking.
package enum Loopback {
  /// Listens on a free port and returns the descriptor and the port.
  package static func listener() throws -> (Int32, UInt16) {
    let descriptor = socket(AF_INET, stream, 0)
    var address = endpoint(0)
    var byteCount = socklen_t(MemoryLayout<sockaddr_in>.size)
    let status = withUnsafeMutableBytes(of: &address) { raw in
      let generic = raw.assumingMemoryBound(to: sockaddr.self).baseAddress
      return bind(descriptor, generic, byteCount) | listen(descriptor, 64)
        | getsockname(descriptor, generic, &byteCount)
    }
    guard status == 0 else { throw TestKitError("cannot listen on 127.0.0.1: errno \(errno)") }
    return (descriptor, UInt16(bigEndian: address.sin_port))
  }

  /// Connects, or returns nil when nobody listens.
  package static func connection(to port: UInt16) -> Int32? {
    let descriptor = socket(AF_INET, stream, 0)
    var address = endpoint(port)
    let status = withUnsafeBytes(of: &address) { raw in
      connect(
        descriptor, raw.assumingMemoryBound(to: sockaddr.self).baseAddress,
        socklen_t(raw.count))
    }
    if status == 0 { return descriptor }
    close(descriptor)
    return nil
  }

  /// Whether somebody listens on the port.
  package static func answers(on port: UInt16) -> Bool {
    guard let descriptor = connection(to: port) else { return false }
    close(descriptor)
    return true
  }

  /// Closes a descriptor.
  package static func close(_ descriptor: Int32) { Glibc.close(descriptor) }

  private static var stream: Int32 {
    Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
  }

  private static func endpoint(_ port: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    return address
  }
}
