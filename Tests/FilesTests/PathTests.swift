import Files
import Testing

@Suite struct `A relative path names something beneath the root` {
  @Test(arguments: [
    "", "/", ".", "..", "/a", "a/", "a//b", "./a", "a/.", "a/..", "../a", "a/../b", "a\0b", "\0",
    "a/\0",
  ])
  func `anything else is no path`(text: String) {
    #expect(RelativePath(Array(text.utf8)) == nil)
  }

  @Test(arguments: [
    "a", "...", "a/..b", ".hidden", "a/b/c", "line\nbreak", "\u{1b}[2J", " ", "~", "-rf", "c:\\x",
    "a/...", "..a/b",
  ])
  func `any other name is one`(text: String) {
    #expect(RelativePath(Array(text.utf8))?.bytes == Array(text.utf8))
  }

  @Test func `names have up to 255 bytes and paths up to 65535`() {
    let name = [UInt8](repeating: 0xff, count: 255)
    #expect(RelativePath(name) != nil)
    #expect(RelativePath(name + [0xff]) == nil)
    let long = Array([[UInt8]](repeating: name, count: 256).joined(separator: [0x2f]))
    #expect(long.count == 65_535)
    let path = RelativePath(long)
    #expect(path?.components.count == 256)
    #expect(path?.appending([0x61]) == nil)
    #expect(RelativePath(Array(long.dropLast(2)) + [0x2f, 0x61]) != nil)
    #expect(RelativePath(long + [0x61]) == nil)
  }

  @Test func `parent, name and appending fit together`() throws {
    let path = try relative("a/b/c")
    #expect(path.name.elementsEqual("c".utf8))
    #expect(try path.parent == relative("a/b"))
    #expect(path.parent?.appending("c".utf8) == path)
    #expect(try relative("a").parent == nil)
    #expect(path.appending("d/e".utf8) == nil)
    #expect(path.appending("..".utf8) == nil)
  }

  @Test(arguments: UInt64(1)...20)
  func `order is that of the lists of names`(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let alphabet: [UInt8] = [0x01, 0x2e, 0x2f, 0x30, 0x61, 0xff]
    let paths = (0..<200).compactMap { _ in
      RelativePath(
        (0..<6).compactMap { _ in
          Bool.random(using: &generator) ? alphabet.randomElement(using: &generator) : nil
        })
    }
    for (left, right) in zip(paths, paths.reversed()) {
      let names = (left.components.map(Array.init), right.components.map(Array.init))
      #expect(
        (left < right) == names.0.lexicographicallyPrecedes(names.1) { $0.precedes($1) },
        "seed \(seed): \(left), \(right)")
    }
  }

  @Test func `escaped text is one harmless line and keeps apart what differs`() {
    #expect(escaped(Array("plain näme.txt".utf8)) == "plain näme.txt")
    #expect(escaped([0x1b, 0x5b, 0x32, 0x4a]) == "\\x1b[2J")
    #expect(escaped([0x61, 0x0a, 0x62]) == "a\\x0ab")
    #expect(escaped([0xff, 0xc3, 0x28]) == "\\xff\\xc3(")
    #expect(escaped(Array("\u{202e}txt".utf8)) == "\\xe2\\x80\\xaetxt")
    #expect(escaped(Array("\u{85}\u{2028}".utf8)) == "\\xc2\\x85\\xe2\\x80\\xa8")
    #expect(escaped(Array("\\x0a".utf8)) == "\\\\x0a")
    #expect(escaped([0x0a]) == "\\x0a")
  }
}

extension [UInt8] {
  fileprivate func precedes(_ other: [UInt8]) -> Bool {
    lexicographicallyPrecedes(other)
  }
}
