package import Format
internal import Sealing

/// Seals keyrings to an epoch, inside a layer under the metadata key. [F-KEY-5]
///
/// The inner layer is for the kit: the agent that wrote it cannot open it again. The outer one keeps
/// every public-key ciphertext from whoever has only the remote.
package enum KeyringObject {
  private static let context = Array("lethe1 keyring".utf8)
  private static let prefixByteCount = ObjectKind.prefixByteCount + 4

  static func seal(
    _ contents: KeyringContents, epoch: UInt32, to epochKey: [UInt8], keys: MetadataKeys
  ) throws(SealingError) -> [UInt8] {
    let binding = binding(epoch, keys)
    let contentKey = Random.bytes(Seal.keyByteCount)
    let box = try SealedBox.seal(binding + contentKey, to: epochKey)
    let inner = Seal.sealWithNonce(contents.encode(), key: contentKey, associated: binding)
    let name = epochBytes(epoch)
    return ObjectKind.keyring.prefix + name
      + keys.seal(box + inner, as: .keyring, for: .keyring, named: name)
  }

  /// Opens a keyring with the seed of its epoch, or of an earlier one, which leads to it.
  ///
  /// The epoch must be the one that the log entry says, where there is one. [F-LOG-6]
  package static func open(
    _ object: [UInt8], of expected: UInt32?, kit: borrowing Kit, keys: MetadataKeys
  ) throws -> KeyringContents {
    guard object.count <= Limits.keyringByteCount else {
      throw FormatError(.overLimit, "a keyring of \(object.count) bytes")
    }
    try ObjectKind.keyring.check(object)
    guard object.count > prefixByteCount else {
      throw FormatError(.truncated, "a keyring ends within its prefix")
    }
    let name = Array(object[ObjectKind.prefixByteCount..<prefixByteCount])
    let epoch = name.reversed().reduce(0) { $0 << 8 | UInt32($1) }
    guard epoch == expected ?? epoch else {
      throw FormatError(.malformed, "it is of epoch \(epoch), which the log does not say")
    }
    let layers = try keys.open(
      object[prefixByteCount...], as: .keyring, for: .keyring, named: name)
    return try KeyringContents.decode(try openInner(layers, of: epoch, kit: kit, keys: keys))
  }

  /// Opens the layers that are for the kit.
  private static func openInner(
    _ layers: [UInt8], of epoch: UInt32, kit: borrowing Kit, keys: MetadataKeys
  ) throws -> [UInt8] {
    let pair = try kit.epochPair(epoch)
    let binding = binding(epoch, keys)
    let boxByteCount = binding.count + Seal.keyByteCount + SealedBox.overheadByteCount
    guard layers.count > boxByteCount else {
      throw FormatError(.truncated, "a keyring ends within its sealed key")
    }
    let opened: [UInt8]
    do {
      opened = try SealedBox.open(
        Array(layers.prefix(boxByteCount)), publicKey: pair.publicKey, secretKey: pair.secretKey)
    } catch {
      throw VaultError(
        .wrongKit,
        "the epoch half of the kit does not open the keyring of epoch \(epoch): it belongs to "
          + "another repository; use the half that `init` or `kit advance` last wrote",
        failure: .wrongKey)
    }
    guard opened.starts(with: binding) else {
      throw SealingError(.forged, "a keyring's key belongs to another epoch")
    }
    return try Seal.openWithNonce(
      layers.dropFirst(boxByteCount), key: Array(opened.dropFirst(binding.count)),
      associated: binding)
  }

  private static func binding(_ epoch: UInt32, _ keys: MetadataKeys) -> [UInt8] {
    context + keys.repository.bytes + epochBytes(epoch)
  }

  private static func epochBytes(_ epoch: UInt32) -> [UInt8] {
    var writer = ByteWriter()
    writer.fixed32(epoch)
    return writer.bytes
  }
}
