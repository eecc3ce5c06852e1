internal import CZstd

/// zstd frames of whole buffers, for one task at a time.
///
/// A context is made once and reused: a chunk of a few hundred bytes costs
/// microseconds, its context a hundred times that.
package struct Compressor: ~Copyable {
  /// What every peer's default is near; higher levels cost more than the link saves.
  package static let level: Int32 = 3

  private let context: OpaquePointer

  /// Makes the context that all frames share; traps where there is no memory for it.
  package init() {
    guard let context = ZSTD_createCCtx() else {
      preconditionFailure("no memory for a zstd context")
    }
    self.context = context
  }

  deinit { ZSTD_freeCCtx(context) }

  /// One frame, or nil where it would not be smaller than the bytes themselves.
  package func compress(_ bytes: [UInt8], withDictionary: Bool) -> [UInt8]? {
    let capacity = ZSTD_compressBound(bytes.count)
    let frame = [UInt8](unsafeUninitializedCapacity: capacity) { output, count in
      let written =
        withDictionary
        ? ZSTD_compress_usingCDict(
          context, output.baseAddress, capacity, bytes, bytes.count, Dictionary1.compressing)
        : ZSTD_compressCCtx(
          context, output.baseAddress, capacity, bytes, bytes.count, Self.level)
      count = ZSTD_isError(written) == 0 ? written : 0
    }
    return frame.isEmpty || frame.count >= bytes.count ? nil : frame
  }
}

/// The way back, with a bound on what may come out.
package struct Decompressor: ~Copyable {
  private let context: OpaquePointer

  /// Makes the context that all frames share; traps where there is no memory for it.
  package init() {
    guard let context = ZSTD_createDCtx() else {
      preconditionFailure("no memory for a zstd context")
    }
    self.context = context
  }

  deinit { ZSTD_freeDCtx(context) }

  /// Exactly `byteCount` bytes from one frame and nothing else; a frame cannot make it allocate more.
  ///
  /// A frame that does not itself state that byte count is refused before anything is allocated.
  package func decompress(
    _ frame: [UInt8], byteCount: Int, withDictionary: Bool
  ) throws(CompressingError) -> [UInt8] {
    var outcome: Result<[UInt8], CompressingError> = .success([])
    frame.withUnsafeBytes { frame in
      outcome = Result { () throws(CompressingError) in
        try decompress(frame, byteCount: byteCount, withDictionary: withDictionary)
      }
    }
    return try outcome.get()
  }

  /// As above, without a copy of the frame.
  package func decompress(
    _ frame: UnsafeRawBufferPointer, byteCount: Int, withDictionary: Bool
  ) throws(CompressingError) -> [UInt8] {
    try check(frame, byteCount: byteCount)
    var failure: CompressingError?
    let bytes = [UInt8](unsafeUninitializedCapacity: byteCount) { output, count in
      let room = UnsafeMutableRawBufferPointer(
        start: output.baseAddress, count: output.baseAddress == nil ? 0 : byteCount)
      failure = fill(room, from: frame, withDictionary: withDictionary)
      count = failure == nil ? byteCount : 0
    }
    if let failure { throw failure }
    return bytes
  }

  /// Fills the room exactly; what is there after a failure means nothing.
  package func decompress(
    _ frame: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer,
    withDictionary: Bool
  ) throws(CompressingError) {
    try check(frame, byteCount: output.count)
    if let failure = fill(output, from: frame, withDictionary: withDictionary) { throw failure }
  }

  private func check(
    _ frame: UnsafeRawBufferPointer, byteCount: Int
  ) throws(CompressingError) {
    let base = frame.baseAddress
    // A skippable frame would pass for one of no bytes.
    guard frame.count >= 4, frame.loadUnaligned(as: UInt32.self).littleEndian == ZSTD_MAGICNUMBER
    else { throw CompressingError(message: "a frame does not begin as one of zstd's") }
    guard byteCount >= 0, ZSTD_getFrameContentSize(base, frame.count) == UInt64(byteCount) else {
      throw CompressingError(message: "a frame does not state the \(byteCount) bytes promised")
    }
    guard ZSTD_findFrameCompressedSize(base, frame.count) == frame.count else {
      throw CompressingError(message: "a frame is cut off, or something follows it")
    }
  }

  private func fill(
    _ output: UnsafeMutableRawBufferPointer, from frame: UnsafeRawBufferPointer,
    withDictionary: Bool
  ) -> CompressingError? {
    let written =
      withDictionary
      ? ZSTD_decompress_usingDDict(
        context, output.baseAddress, output.count, frame.baseAddress, frame.count,
        Dictionary1.decompressing)
      : ZSTD_decompressDCtx(
        context, output.baseAddress, output.count, frame.baseAddress, frame.count)
    if ZSTD_isError(written) != 0 {
      return CompressingError(message: String(cString: ZSTD_getErrorName(written)))
    }
    guard written == output.count else {
      return CompressingError(
        message: "a frame gave \(written) bytes where \(output.count) were promised")
    }
    return nil
  }
}
