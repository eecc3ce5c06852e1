@testable import Storing
import Testing

@Suite struct `Digests and encodings match the published examples` {
  @Test func `SHA-256 of the examples in FIPS 180-4 and around a block's end`() {
    let examples: [([UInt8], String)] = [
      ([], "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU"),
      (Array("abc".utf8), "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0"),
      (
        Array("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq".utf8),
        "JI1qYdIGOLjlwCaTDD5gOaM85Flk/yFn9uzt1BnbBsE"
      ),
      ([UInt8](repeating: 0x61, count: 1_000_000), "zcduXJkU+5KBocfihNc+Z/GAmkiklyAOBG05zMcRLNA"),
    ]
    for (message, digest) in examples { #expect(Base64.unpadded(SHA256.digest(message)) == digest) }
  }

  @Test func `base64 of the examples in RFC 4648`() {
    let examples = [
      "": "", "f": "Zg==", "fo": "Zm8=", "foo": "Zm9v", "foob": "Zm9vYg==", "foobar": "Zm9vYmFy",
    ]
    for (text, encoded) in examples {
      #expect(Base64.padded(Array(text.utf8)) == encoded)
      #expect(Base64.decode(encoded.utf8) == Array(text.utf8))
    }
    for wrong in ["Z", "Zg=v", "Zh==", "Zm9v!", "Zg==="] {
      #expect(Base64.decode(wrong.utf8) == nil)
    }
  }
}
