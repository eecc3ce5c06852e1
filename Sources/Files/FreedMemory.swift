internal import CLinux

/// Memory that the program has freed and the C library still holds.
package enum FreedMemory {
  /// Gives whole pages of it back to the system; takes milliseconds, for between two phases of a run.
  ///
  /// The many small buffers of one phase leave holes in which the large ones of the next do not fit.
  package static func giveBack() { linux_trim_heaps() }
}
