package import Format
package import Sealing

/// The keys for everything that is metadata, one for each type of object. [F-KEY-1]
///
/// A different key for each type, not a flag: an object of one type can never be taken for another.
package final class MetadataKeys: Sendable {
  /// What a key is for; the raw value is the word that it is derived with. [F-KEY-1]
  package enum Purpose: String, Sendable {
    case log, pack, keyring, catalogue
    case catalogueName = "catalogue-name"
    case person
    case drill
    case boundary
  }

  private let metadataKey: Secret
  /// The id that every seal is bound to. [F-KEY-2]
  package let repository: RepositoryID

  /// Takes the 32-byte metadata key.
  package init(_ bytes: [UInt8], repository: RepositoryID) {
    metadataKey = Secret(copying: bytes)
    self.repository = repository
  }

  /// Takes a copy of the metadata key.
  package init(_ key: borrowing Secret, repository: RepositoryID) {
    metadataKey = key.duplicate()
    self.repository = repository
  }

  /// The 32 bytes for a purpose, derived anew at each call. [F-KEY-1]
  package func key(_ purpose: Purpose) -> [UInt8] {
    Hash.keyed(metadataKey, [Array("lethe1 metadata \(purpose.rawValue)".utf8)])
  }

  /// What an erased address is recognised by. [F-LOG-7]
  package func addressTag(_ address: String) -> PersonTag {
    tag([[0], Array(address.utf8)])
  }

  /// What one person behind an address is recognised by. [F-LOG-7]
  package func birthTag(_ address: String, _ birthMark: [UInt8]) -> PersonTag {
    tag([[1], Array(address.utf8), [0], birthMark])
  }

  /// By which the agent knows that a drill was told by somebody who has the kit. [F-LOG-11]
  package func tag(of drill: DrillEntry) -> [UInt8] {
    Hash.keyed(key(.drill), [drill.encode()], byteCount: 16)
  }

  private func tag(_ parts: [[UInt8]]) -> PersonTag {
    let bytes = Hash.keyed(key(.person), parts, byteCount: PersonTag.byteCount)
    guard let tag = PersonTag(bytes) else { preconditionFailure("a hash of sixteen bytes") }
    return tag
  }

  /// Seals a log entry, pack header or keyring as the whole object or its part. [F-KEY-2]
  func seal(
    _ plaintext: [UInt8], as kind: ObjectKind, for purpose: Purpose, named name: [UInt8]
  ) -> [UInt8] {
    Seal.sealWithNonce(plaintext, key: key(purpose), associated: associated(kind, name))
  }

  func open(
    _ sealed: some Collection<UInt8>, as kind: ObjectKind, for purpose: Purpose,
    named name: [UInt8]
  ) throws(SealingError) -> [UInt8] {
    try Seal.openWithNonce(sealed, key: key(purpose), associated: associated(kind, name))
  }

  private func associated(_ kind: ObjectKind, _ name: [UInt8]) -> [UInt8] {
    kind.prefix + repository.bytes + name
  }

  /// What sealing adds to a plaintext.
  static let overheadByteCount = Seal.nonceByteCount + Seal.tagByteCount
}
