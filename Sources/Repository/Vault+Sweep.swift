internal import Format
internal import Storing

/// Removing keyrings that no entry names: what folds and epochs superseded, what cut-off runs left.
///
/// An agent writes a keyring for the entry behind the newest it knows. So what is listed before an entry is
/// appended is named by that entry, or, once it is in the log, by none ever: not by another agent's that
/// took over meanwhile, nor by a copy's of this one. What is listed later may be theirs. [F-ORD-4]
extension Vault {
  /// Keyrings that were there before an entry was appended.
  struct SweepList: Sendable {
    /// The number of that entry.
    let due: UInt64
    let names: [ObjectName]
    /// Whether the keyrings were among them that had to be there: otherwise others may be missing, too.
    let isWhole: Bool

    func encode() -> [UInt8] {
      var writer = ByteWriter()
      writer.fixed64(due)
      writer.byte(isWhole ? 1 : 0)
      return writer.bytes + Array(names.map(\.path).joined(separator: "\n").utf8)
    }

    static func decode(_ bytes: [UInt8]) throws -> SweepList {
      var reader = ByteReader(bytes, subject: "the keyrings to sweep in the agent's state")
      let (due, isWhole) = (try reader.fixed64(), try reader.byte() == 1)
      let names = bytes.dropFirst(UInt64.bitWidth / 8 + 1).split(separator: UInt8(ascii: "\n"))
      return SweepList(
        due: due, names: names.compactMap { ObjectName(String(decoding: $0, as: UTF8.self)) },
        isWhole: isWhole)
    }

    /// Lists what is there now, for the entry that is appended next.
    static func list(
      _ store: any Store, before due: UInt64, expecting expected: Set<String>
    ) async throws -> SweepList {
      let names: [ObjectName]
      do { names = try await store.list("keyring").map(\.name) } catch {
        throw VaultError(error, doing: "cannot list the keyrings")
      }
      return SweepList(
        due: due, names: names, isWhole: expected.isSubset(of: Set(names.map(\.path))))
    }
  }

  /// Remembers which keyrings are there; the entry about to be appended decides which of them stay.
  ///
  /// `references` are of keyrings that are there; a server that does not list them may have kept others
  /// back as well.
  func noteSweep(expecting references: [KeyringReference]) async throws {
    let sweep = try await SweepList.list(
      store, before: try head.sequence + 1, expecting: Self.paths(of: references))
    try state.set([.sweepList: sweep.encode()])
  }

  /// Removes what was there before an entry that is now in the log and is not named by the newest.
  ///
  /// Whoever writes a keyring notes beforehand that there may be something to sweep, so that an ordinary run spares
  /// the listing and an interrupted one is made up for by the next. A credential that may only add leaves them, and
  /// the note, to one that may also remove.
  func sweepKeyrings() async throws {
    guard let bytes = try state.value(.sweepList) else { return }
    let sweep = try SweepList.decode(bytes)
    // Cut off before its entry; the next one lists anew.
    guard sweep.due <= (try head.sequence) else { return }
    let kept = Self.paths(of: try state.lastEntry().keyring)
    do { try await store.remove(sweep.names.filter { !kept.contains($0.path) }) } catch {
      if error.code == .refused { return }
      throw VaultError(error, doing: "cannot remove superseded keyrings")
    }
    try state.remove(sweep.isWhole ? [.keyringSweep, .sweepList] : [.sweepList])
  }

  /// The names of all copies.
  static func paths(of references: [KeyringReference]) -> Set<String> {
    Set(
      references.flatMap { reference in
        reference.copies.indices.map { reference.name($0) }
      })
  }

  /// What to say where keyrings that were superseded are still on the remote; nil where none are.
  package func keyringDebt() throws -> String? {
    try state.time(.keyringSweep) == nil ? nil : Self.keyringDebt
  }

  /// Names nobody and no key.
  package static let keyringDebt =
    "keyrings of before are still on the remote, with keys that are destroyed here, since this "
    + "identity may not remove anything there; run `lethe prune` with a configuration whose "
    + "`identity` may"
}
