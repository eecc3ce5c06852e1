import CSSH2

extension SSHConnection {
  /// Agrees on encryption and returns the key the server showed, of one of the types offered.
  func shakeHands(accepting types: [String]) throws(StoreError) -> HostKey {
    let preference = types.joined(separator: ",")
    guard libssh2_session_method_pref(session, LIBSSH2_METHOD_HOSTKEY, preference) == 0 else {
      throw failure(LIBSSH2_ERROR_METHOD_NOT_SUPPORTED, "offering \(preference)")
    }
    let what = "agreeing on encryption"
    let answer = try finish(what) { Int(libssh2_session_handshake(session, descriptor)) }
    guard answer == 0 else {
      let error = failure(answer, what)
      guard answer == LIBSSH2_ERROR_KEX_FAILURE else { throw error }
      throw StoreError(
        code: .refused,
        message: "\(address) has no host key of the type \(types.joined(separator: " or ")), or"
          + " only RSA, which libssh2 1.10 cannot verify; give the server an Ed25519 or ECDSA host"
          + " key and pin the one it has.")
    }
    // Banners, key exchange and new keys: three waits, each for one answer.
    meter.add(roundTrips: 3)
    var byteCount = 0
    var type: Int32 = 0
    guard let raw = libssh2_session_hostkey(session, &byteCount, &type),
      let key = HostKey(
        blob: raw.withMemoryRebound(to: UInt8.self, capacity: byteCount) {
          Array(UnsafeBufferPointer(start: $0, count: byteCount))
        })
    else { throw failure(LIBSSH2_ERROR_HOSTKEY_INIT, "reading the host key") }
    return key
  }

  /// Refuses any server but the one whose key is pinned.
  func verify(_ shown: HostKey, is pinned: HostKey) throws(StoreError) {
    guard shown != pinned else { return }
    abandon()
    throw StoreError(
      code: .refused,
      message: "\(address) showed the host key \(shown.fingerprint) where \(pinned.fingerprint) is"
        + " pinned: another machine answers, or the server was set up anew. If it was, compare with"
        + " ssh-keygen -lf on the server and pin its new key.")
  }

  /// Logs in with the key; a server that does not know it is `refused`.
  func logIn(with identity: borrowing Identity) throws(StoreError) {
    let path = identity.path
    let what = "logging in with \(path)"
    let answer = try identity.withBytes { (bytes) throws(StoreError) -> Int in
      try finish(what) {
        bytes.withMemoryRebound(to: CChar.self) { characters in
          Int(
            libssh2_userauth_publickey_frommemory(
              session, address.user, address.user.utf8.count, nil, 0, characters.baseAddress,
              characters.count, nil))
        }
      }
    }
    // The service, the offer of the key, and the signature.
    meter.add(roundTrips: 3)
    guard answer != 0 else { return }
    let error = failure(answer, what)
    switch Int32(answer) {
    case LIBSSH2_ERROR_AUTHENTICATION_FAILED, LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED:
      throw StoreError(
        code: .refused,
        message: "\(address) refused the identity \(path); add \(path).pub to the authorized_keys"
          + " of \(address.user), and check that the user may log in.")
    case LIBSSH2_ERROR_FILE, LIBSSH2_ERROR_METHOD_NONE, LIBSSH2_ERROR_METHOD_NOT_SUPPORTED:
      throw StoreError(
        code: .refused,
        message: "the identity \(path) is no private key libssh2 can use (\(reason)); make one with"
          + " ssh-keygen -t ed25519.")
    default:
      throw error
    }
  }
}
