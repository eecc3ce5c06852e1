/// The bytes of a name or path as text that is safe to show on a terminal and in one line.
///
/// Letters, digits, punctuation, symbols and the plain space stay; a backslash is doubled; every
/// other byte (control characters, direction marks, what is not UTF-8) becomes `\xNN`. No two
/// different inputs give the same text.
package func escaped(_ bytes: some Sequence<UInt8>) -> String {
  var text = ""
  var rest = Array(bytes)[...]
  while let first = rest.first {
    if first == UInt8(ascii: "\\") {
      text += "\\\\"
      rest.removeFirst()
    } else if let scalar = leadingScalar(rest), isShowable(scalar) {
      text.unicodeScalars.append(scalar)
      rest.removeFirst(UTF8.width(scalar))
    } else {
      text += hexadecimal(first)
      rest.removeFirst()
    }
  }
  return text
}

/// Like ``escaped(_:)``, with the middle of very long paths left out, for messages.
func abbreviated(_ bytes: some Collection<UInt8>) -> String {
  // 512 bytes show two names of the greatest length; a whole path may have 65,535.
  guard bytes.count > 512 else { return escaped(bytes) }
  let omitted = bytes.count - 384
  return "\(escaped(bytes.prefix(192)))[… \(omitted) bytes …]\(escaped(bytes.suffix(192)))"
}

private func leadingScalar(_ bytes: ArraySlice<UInt8>) -> Unicode.Scalar? {
  var iterator = bytes.prefix(4).makeIterator()
  var decoder = UTF8()
  guard case .scalarValue(let scalar) = decoder.decode(&iterator) else { return nil }
  return scalar
}

private func isShowable(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.properties.generalCategory {
  case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
    .paragraphSeparator:
    false
  case .spaceSeparator: scalar == " "
  default: true
  }
}

private func hexadecimal(_ byte: UInt8) -> String {
  let digits = String(byte, radix: 16)
  return digits.utf8.count == 1 ? "\\x0\(digits)" : "\\x\(digits)"
}
