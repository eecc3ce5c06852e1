internal import Format
internal import Origins
internal import Repository
internal import Sealing

/// Whose the rows of an origin are, besides what stands in them: while that is the same of the accounts in a
/// segment, and so are its rows, its chunks are the same.
struct Ownership: Sendable {
  private let hash: UniversalHash
  /// What concerns every row: the schema, and which addresses are this server's.
  private let head: [UInt8]
  /// Of each account by its number, ``UniversalHash/byteCount`` bytes; zeros where there is none.
  private let accounts: [UInt8]

  /// `description` is the origin's, encoded.
  init(_ census: Census, localHosts: [String], description: [UInt8], hash: UniversalHash) {
    self.hash = hash
    // An address of another server is nobody's unless it is an account's, whichever segment it stands in; one
    // of this server is left out, and the segment that it stands in read again, until it is somebody's.
    let nobody = OwnerTable(accounts: [], localHosts: localHosts)
    let foreign = census.accounts.values.map { Array($0.address.utf8) }
      .filter { address in address.withUnsafeBytes { nobody.owner(of: $0) } != .remains }
    var writer = ByteWriter()
    for part in [localHosts.map { Array($0.utf8) }, foreign] {
      writer.count(part.count)
      for text in part.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
        writer.count(text.count)
        writer.append(text)
      }
    }
    writer.append(description)
    head = writer.bytes.withUnsafeBytes { hash.of([$0]) }
    accounts = Self.fingerprints(of: census, hash)
  }

  private static func fingerprints(of census: Census, _ hash: UniversalHash) -> [UInt8] {
    let size = UniversalHash.byteCount
    let last = census.accounts.keys.max().map { Int($0.value) } ?? 0
    var result = [UInt8](repeating: 0, count: (last + 1) * size)
    for (number, account) in census.accounts {
      var writer = ByteWriter()
      writer.fixed32(number.value)
      writer.text(account.address)
      writer.byte(census.bornAt[number] == nil ? 0 : 1)
      writer.signed(census.bornAt[number] ?? 0)
      let start = Int(number.value) * size
      result.replaceSubrange(
        start..<start + size, with: writer.bytes.withUnsafeBytes { hash.of([$0]) })
    }
    return result
  }

  /// Of these accounts, which come in ascending order; nil if one of them is no more.
  func fingerprint(of numbers: some Sequence<AccountNumber>) -> [UInt8]? {
    let size = UniversalHash.byteCount
    var bytes = head
    var former: AccountNumber?
    for number in numbers where number != former {
      former = number
      let start = Int(number.value) * size
      guard start < accounts.count else { return nil }
      let account = accounts[start..<start + size]
      guard account.contains(where: { $0 != 0 }) else { return nil }
      bytes += account
    }
    return bytes.withUnsafeBytes { hash.of([$0]) }
  }
}
