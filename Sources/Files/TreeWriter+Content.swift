import CLinux
import Glibc

/// How the content of files is written.
extension TreeWriter {
  /// Writes bytes at a place in a file; what is never written stays a hole.
  ///
  /// Places may come in any order and files may take turns. Throws `damaged` when the bytes reach
  /// beyond the file's length, `full` when there is no space, `refused` after ``close(_:)``.
  package mutating func write(
    _ bytes: RawSpan, to file: File, at offset: UInt64
  ) throws(FileError) {
    guard !table[file.number].isSettled else {
      throw FileError(
        .refused, "\(subject(file.number)) was closed and gets more content; check the backup")
    }
    let byteCount = table[file.number].byteCount
    guard offset <= byteCount, UInt64(bytes.byteCount) <= byteCount - offset else {
      throw FileError(
        .damaged,
        "\(subject(file.number)) has \(byteCount) bytes but content for \(bytes.byteCount) bytes "
          + "from \(offset) on; check the backup")
    }
    let descriptor = try openFile(file.number)
    var done = 0
    while done < bytes.byteCount {
      let count = bytes.withUnsafeBytes { bytes in
        let piece = UnsafeRawBufferPointer(rebasing: bytes[done...])
        return pwrite(descriptor, piece.baseAddress, piece.count, Int(offset) + done)
      }
      if count < 0, errno != EINTR { throw .system(errno, "write", subject(file.number)) }
      done += max(count, 0)
    }
    report.writtenByteCount += UInt64(bytes.byteCount)
  }

  /// Makes the file shorter than it was made, before its content is written.
  package mutating func shorten(_ file: File, to byteCount: UInt64) throws(FileError) {
    precondition(byteCount <= table[file.number].byteCount, "a file is only made shorter")
    guard ftruncate(try openFile(file.number), Int(byteCount)) == 0 else {
      throw .system(errno, "shorten", subject(file.number))
    }
    table[file.number].byteCount = byteCount
  }

  /// Says that the file has all its content: gives it its owner, mode and time and closes it.
  ///
  /// Without this ``finish()`` does it, at the price of opening the file again.
  package mutating func close(_ file: File) throws(FileError) {
    guard !table[file.number].isSettled else { return }
    try settle(file.number, openFile(file.number))
    let error = files.close(file.number)
    guard error == 0 else { throw .system(error, "write", subject(file.number)) }
  }

  /// The open file, opened again if it was closed to make room.
  private mutating func openFile(_ number: UInt32) throws(FileError) -> Int32 {
    if let descriptor = files.descriptor(of: number) { return descriptor }
    let directory = try openDirectory(table[number].parent)
    let descriptor = resolution.open(
      table.name(of: number), beneath: directory, O_WRONLY | O_NONBLOCK)
    let checked = try check(descriptor, is: number)
    try keep(checked, ofFile: number)
    return checked
  }

  mutating func keep(_ descriptor: Int32, ofFile number: UInt32) throws(FileError) {
    guard let failure = files.insert(descriptor, for: number) else { return }
    throw .system(failure.error, "write", subject(failure.node))
  }
}
