/// Bytes written as hexadecimal digits, for known answers; what is no digit is passed over.
package func hex(_ text: String) -> [UInt8] {
  let digits = text.compactMap(\.hexDigitValue)
  return stride(from: 0, to: digits.count - digits.count % 2, by: 2).map {
    UInt8(digits[$0] << 4 | digits[$0 + 1])
  }
}
