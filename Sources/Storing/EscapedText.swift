extension String {
  /// Makes bytes somebody else chose safe to print: printable ASCII stays, the rest becomes `\xNN`.
  ///
  /// At most 96 bytes are shown; an ellipsis stands for the rest.
  init(escapingUntrusted bytes: some Collection<UInt8>) {
    let shown = 96
    var text = ""
    for byte in bytes.prefix(shown) {
      if (0x20...0x7e).contains(byte), byte != UInt8(ascii: "\\") {
        text.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        text += "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
      }
    }
    self = bytes.count > shown ? text + "…" : text
  }
}
