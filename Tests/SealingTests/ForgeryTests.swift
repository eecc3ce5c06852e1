import Sealing
import TestKit
import Testing

@Suite struct `Whatever was changed does not open` {
  private let key = Random.bytes(32)
  private let nonce = Random.bytes(24)
  private let associated: [UInt8] = [1, 2, 3]

  private func code(_ body: () throws -> [UInt8]) -> SealingError.Code? {
    do {
      _ = try body()
      return nil
    } catch { return (error as? SealingError)?.code }
  }

  @Test func `every flipped bit of a seal is found`() {
    let sealed = Seal.seal(
      Array("thirteen byte".utf8), key: key, nonce: nonce, associated: associated)
    for bit in 0..<sealed.count * 8 {
      var forged = sealed
      forged[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(
        code { try Seal.open(forged, key: key, nonce: nonce, associated: associated) } == .forged)
    }
  }

  @Test func `every flipped bit of key, nonce and associated data is found`() {
    let sealed = Seal.seal([7], key: key, nonce: nonce, associated: associated)
    let whole = key + nonce + associated
    for bit in 0..<whole.count * 8 {
      var forged = whole
      forged[bit / 8] ^= 1 << UInt8(bit % 8)
      let found = code {
        try Seal.open(
          sealed, key: Array(forged[..<32]), nonce: Array(forged[32..<56]),
          associated: Array(forged[56...]))
      }
      #expect(found == .forged)
    }
  }

  @Test func `cut and lengthened bytes are found`() {
    let sealed = Seal.sealWithNonce([1, 2, 3], key: key, associated: associated)
    for count in 0..<sealed.count {
      #expect(
        code { try Seal.openWithNonce(sealed.prefix(count), key: key, associated: associated) }
          == .forged)
    }
    #expect(
      code { try Seal.openWithNonce(sealed + [0], key: key, associated: associated) } == .forged)
    #expect(
      code { try Seal.openWithNonce(sealed, key: [UInt8](key.dropLast()), associated: associated) }
        == .forged)
  }

  @Test func `a seal of nothing opens to nothing`() throws {
    let sealed = Seal.sealWithNonce([], key: key, associated: [])
    #expect(try Seal.openWithNonce(sealed, key: key, associated: []) == [])
  }

  @Test func `every flipped bit of a box is found, and another key opens nothing`() throws {
    let pair = KeyPair()
    let other = KeyPair()
    let box = try SealedBox.seal([1, 2, 3], to: pair.publicKey)
    #expect(
      try SealedBox.open(box, publicKey: pair.publicKey, secretKey: pair.secretKey) == [1, 2, 3])
    for bit in 0..<box.count * 8 {
      var forged = box
      forged[bit / 8] ^= 1 << UInt8(bit % 8)
      let found = code {
        try SealedBox.open(forged, publicKey: pair.publicKey, secretKey: pair.secretKey)
      }
      #expect(found == .forged, "bit \(bit)")
    }
    let found = code {
      try SealedBox.open(box, publicKey: other.publicKey, secretKey: other.secretKey)
    }
    #expect(found == .forged)
    for count in 0..<box.count {
      let cut = code {
        try SealedBox.open(
          Array(box.prefix(count)), publicKey: pair.publicKey, secretKey: pair.secretKey)
      }
      #expect(cut == .forged)
    }
  }

  @Test(arguments: [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
  ])
  func `nothing is sealed to a public key of low order`(_ publicKey: String) {
    #expect(code { try SealedBox.seal([1], to: hex(publicKey)) } == .unavailable)
  }

  @Test(arguments: [0, 31, 33])
  func `nothing is sealed to a key of another length`(_ byteCount: Int) {
    #expect(
      code { try SealedBox.seal([1], to: [UInt8](repeating: 9, count: byteCount)) } == .unavailable)
  }

  @Test(arguments: [0, 31, 33])
  func `a secret key of another length is refused`(_ byteCount: Int) {
    #expect(throws: SealingError.self) {
      _ = try KeyPair(secretKey: [UInt8](repeating: 9, count: byteCount))
    }
  }
}
