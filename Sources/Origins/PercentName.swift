/// Names as Prosody writes them in paths: every byte but ASCII letters and digits is `%` and two
/// hexadecimal digits.
enum PercentName {
  /// The name that a component of a path stands for; nil if a `%` is not followed by two digits.
  static func decode(_ component: some Collection<UInt8>) -> [UInt8]? {
    var name: [UInt8] = []
    var rest = component[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        name.append(byte)
        continue
      }
      guard let high = rest.popFirst()?.digit(base: 16), let low = rest.popFirst()?.digit(base: 16)
      else { return nil }
      name.append(UInt8(high << 4 | low))
    }
    return name
  }

  /// The component that stands for a name; that of a store keeps its `_`.
  static func encode(_ name: some Collection<UInt8>, isStore: Bool = false) -> [UInt8] {
    let digits = Array("0123456789abcdef".utf8)
    var component: [UInt8] = []
    for byte in name {
      if byte.isWordByte, byte != UInt8(ascii: "_") || isStore {
        component.append(byte)
      } else {
        component += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return component
  }

  /// The name that a file is of: of `zo%c3%ab.dat` or `zo%c3%ab.list~`, what stands before the dot.
  static func stem(of file: some Collection<UInt8>) -> [UInt8]? {
    decode(file.prefix { $0 != UInt8(ascii: ".") })
  }
}
