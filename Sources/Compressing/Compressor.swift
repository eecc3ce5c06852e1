internal import CZstd

/// zstd frames of whole buffers, for one task at a time.
///
/// A context is made once and reused: a chunk of a few hundred bytes costs
/// microseconds, its context a hundred times that.
package struct Compressor: ~Copyable {
  /// What every peer's default is near; higher levels cost more than the link saves.
  package static let level: Int32 = 3

  private let context: OpaquePointer

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
    guard byteCount >= 0, ZSTD_getFrameContentSize(frame, frame.count) == UInt64(byteCount) else {
      throw CompressingError(message: "a frame does not state the \(byteCount) bytes promised")
    }
    guard ZSTD_findFrameCompressedSize(frame, frame.count) == frame.count else {
      throw CompressingError(message: "a frame is cut off, or something follows it")
    }
    var failure: CompressingError?
    let bytes = [UInt8](unsafeUninitializedCapacity: byteCount) { output, count in
      let written =
        withDictionary
        ? ZSTD_decompress_usingDDict(
          context, output.baseAddress, byteCount, frame, frame.count, Dictionary1.decompressing)
        : ZSTD_decompressDCtx(context, output.baseAddress, byteCount, frame, frame.count)
      if ZSTD_isError(written) != 0 {
        failure = CompressingError(message: String(cString: ZSTD_getErrorName(written)))
        count = 0
      } else {
        count = written
      }
    }
    if let failure { throw failure }
    guard bytes.count == byteCount else {
      throw CompressingError(
        message: "a frame gave \(bytes.count) bytes where \(byteCount) were promised")
    }
    return bytes
  }
}
