@testable import Compressing
import Sealing
import TestKit
import Testing

@Suite struct `A dictionary never changes` {
  /// The hash in the dictionary's own comment; chunks in repositories need exactly these bytes.
  @Test func `dictionary 1 is the one that repositories were written with`() {
    #expect(Dictionary1.bytes.count == 65_536)
    #expect(
      Hash.digest(Dictionary1.bytes)
        == hex("e9c5a30bc5a68baf2987d9e246de53e5b850fbd79292350588a3bfb6a01935d1"))
  }
}
