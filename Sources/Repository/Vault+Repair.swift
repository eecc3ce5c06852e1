package import Format
internal import Sealing
internal import Storing

/// What can be mended without the source and without the kit.
extension Vault {
  /// Writes the object `format` anew where it is missing or damaged.
  package func repairFormat() async throws {
    try await replace("format", with: FormatObject.encode(keys.repository))
  }

  /// Writes a copy of a keyring anew from the bytes of the other, which must have the log's hash.
  package func repair(_ copy: Int, of reference: KeyringReference, with bytes: [UInt8]) async throws
  {
    guard Hash.digest(bytes) == reference.digest.bytes else {
      throw VaultError(
        .damaged, "the bytes given for \(reference.name(copy)) do not have the log's hash")
    }
    try await replace(reference.name(copy), with: bytes)
  }

  /// Removes packs that the log dropped and this agent removed already, as far as the remote said.
  package func removeAgain(_ packs: [PackID]) async throws {
    let names = packs.map { ObjectName("packs/\($0.hex)") }
    do { try await store.remove(names.compactMap(\.self)) } catch {
      throw VaultError(error, doing: "cannot remove packs that were dropped")
    }
  }

  /// Sees to it that keyrings which the log does not name are removed by the next run.
  package func sweepLater(time: Int64) throws { try state.set(.keyringSweep, time: time) }

  private func replace(_ path: String, with bytes: [UInt8]) async throws {
    guard let name = ObjectName(path) else { preconditionFailure("\(path) is a name") }
    do { try await store.remove(name) } catch {
      throw VaultError(error, doing: "cannot take the damaged \(name) away")
    }
    do { try await Ballast.put(bytes, as: [name], in: store) } catch {
      throw VaultError(error, doing: "cannot store \(name)")
    }
  }
}
