import Sealing
import TestKit
import Testing

/// Answers that others published, or that another implementation gave.
@Suite struct `The primitives are the published ones` {
  @Test(arguments: [
    ("", "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8"),
    ("abc", "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319"),
  ])
  func `a digest is BLAKE2b with 32 bytes`(_ text: String, _ answer: String) {
    #expect(Hash.digest(Array(text.utf8)) == hex(answer))
  }

  @Test func `a keyed hash is BLAKE2b with a key, over the parts joined`() {
    let key = Array(UInt8(0)..<64)
    #expect(
      Hash.keyed(key, [], byteCount: 64)
        == hex(
          "10ebb67700b1868efb4417987acf4690ae9d972fb7a590c2f02871799aaa4786"
            + "b5e996e8f0f4eb981fc214b005f42d2ff4233499391653df7aefcbc13fc51568"))
    let three = hex(
      "33d0825dddf7ada99b0e7e307104ad07ca9cfd9692214f1561356315e784f3e5"
        + "a17e364ae9dbb14cb2036df932b77f4b292761365fb328de7afdc6d8998f5fc1")
    #expect(Hash.keyed(key, [[0, 1, 2]], byteCount: 64) == three)
    #expect(Hash.keyed(key, [[0], [], [1, 2]], byteCount: 64) == three)
    #expect(Hash.keyed(Secret(copying: key), [[0, 1], [2]], byteCount: 64) == three)
  }

  @Test func `a seal is XChaCha20-Poly1305 of draft-irtf-cfrg-xchacha, A.3`() throws {
    let text = """
      Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, \
      sunscreen would be it.
      """
    let (key, nonce) = (Array(UInt8(0x80)..<0xa0), Array(UInt8(0x40)..<0x58))
    let associated = hex("50515253c0c1c2c3c4c5c6c7")
    let sealed = Seal.seal(Array(text.utf8), key: key, nonce: nonce, associated: associated)
    let answer = """
      bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb
      731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b452
      2f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9
      21f9664c97637da9768812f615c68b13b52e c0875924c1c7987947deafd8780acf49
      """
    #expect(sealed == hex(answer))
    #expect(
      try Seal.open(sealed, key: key, nonce: nonce, associated: associated) == Array(text.utf8))
  }

  @Test func `a public key is X25519 of the secret one, RFC 7748, 6.1`() throws {
    let pair = try KeyPair(
      secretKey: hex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"))
    #expect(
      pair.publicKey == hex("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"))
  }

  @Test(arguments: [
    (64 << 10, 1, "92dc5d67019623868bde079275e522f4b7e8213d3414ed85cbc2ac8a41117288"),
    (8 << 20, 3, "947312f62e4ac86f63c9b622f147b0061846739f53dd00f2d2236cd03db413ac"),
  ])
  func `a passphrase's key is Argon2id with the memory and the passes asked for`(
    _ memoryByteCount: Int, _ passes: Int, _ answer: String
  ) throws {
    let key = try Passphrase(copying: "correct horse battery staple".utf8).key(
      salt: Array(0..<16), memoryByteCount: memoryByteCount, passes: passes)
    #expect(key.copy == hex(answer))
  }

  @Test(arguments: [(15, 1 << 20, 1), (17, 1 << 20, 1), (16, 0, 1), (16, 1 << 20, 0), (16, -1, -1)])
  func `impossible costs and salts are refused`(
    _ saltByteCount: Int, _ memoryByteCount: Int, _ passes: Int
  ) {
    #expect(throws: SealingError.self) {
      _ = try Passphrase(copying: [1]).key(
        salt: [UInt8](repeating: 0, count: saltByteCount), memoryByteCount: memoryByteCount,
        passes: passes)
    }
  }
}
