internal import CZstd
internal import Foundation

extension Dictionary1 {
  /// The dictionary as the trainer wrote it.
  static let bytes: [UInt8] = {
    guard let data = Data(base64Encoded: base64) else {
      preconditionFailure("dictionary 1 is base64")
    }
    return Array(data)
  }()

  /// Digested for compressing.
  ///
  /// zstd only reads it, from any number of threads.
  nonisolated(unsafe) static let compressing: OpaquePointer = {
    guard let dictionary = ZSTD_createCDict(bytes, bytes.count, Compressor.level) else {
      preconditionFailure("no memory for a zstd dictionary")
    }
    return dictionary
  }()

  /// Digested for decompressing.
  ///
  /// zstd only reads it, from any number of threads.
  nonisolated(unsafe) static let decompressing: OpaquePointer = {
    guard let dictionary = ZSTD_createDDict(bytes, bytes.count) else {
      preconditionFailure("no memory for a zstd dictionary")
    }
    return dictionary
  }()
}
