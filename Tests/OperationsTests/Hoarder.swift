import Format
import Foundation
import Operations
@testable import Repository
import Sealing
import Storing
import TestKit

/// A store that remembers every object it ever held, whatever is removed.
actor HoardingStore: Store {
  private let store: MemoryStore
  private(set) var hoard: [ObjectName: [UInt8]] = [:]

  init(_ store: MemoryStore) { self.store = store }

  var traffic: Traffic { get async { await store.traffic } }
  func create() async throws(StoreError) { try await store.create() }
  func put(_ bytes: [UInt8], as name: ObjectName) async throws(StoreError) {
    try await store.put(bytes, as: name)
    hoard[name] = bytes
  }
  func get(_ name: ObjectName, upTo limit: Int) async throws(StoreError) -> [UInt8] {
    try await store.get(name, upTo: limit)
  }
  func get(_ name: ObjectName, range: Range<Int>) async throws(StoreError) -> [UInt8] {
    try await store.get(name, range: range)
  }
  func byteCount(of name: ObjectName) async throws(StoreError) -> Int? {
    try await store.byteCount(of: name)
  }
  func modificationTime(of name: ObjectName) async throws(StoreError) -> Int64? {
    try await store.modificationTime(of: name)
  }
  func list(_ directory: String) async throws(StoreError) -> [StoredObject] {
    try await store.list(directory)
  }
  func remove(_ name: ObjectName) async throws(StoreError) { try await store.remove(name) }
  func makeDurable(_ directory: String) async throws(StoreError) {
    try await store.makeDurable(directory)
  }
  func freeByteCount() async throws(StoreError) -> Int? { try await store.freeByteCount() }
  func close() async { await store.close() }
}

/// Whoever has every object of the past, a state and a kit, and opens what can be opened.
struct Hoarder {
  /// A chunk by its pack and ordinal.
  struct Target: Hashable {
    let pack: PackID
    let ordinal: UInt32
  }

  private let keys: MetadataKeys
  private let packs: [PackReader]
  private var shares: [RunID: SharedSecret] = [:]
  /// Every 32 bytes that may be the secret of somebody, or half of a key.
  private(set) var secrets: Set<[UInt8]> = []
  private(set) var accountIDs: Set<AccountID> = []
  /// Keys as keyrings and the state have them together.
  private var accounts: [KeyringContents.Account] = []
  /// Chunks that it opened.
  private(set) var opened: Set<Target> = []
  /// Halves found by which others may open.
  private var tried: [Target: Int] = [:]

  /// Takes what the state and the kit hold and opens every keyring and share that they open.
  init(_ hoard: [ObjectName: [UInt8]], state: String, kit: borrowing Kit) throws {
    keys = MetadataKeys(kit.metadataKey, repository: kit.repository)
    secrets = try Self.secrets(inState: state)
    accounts = try AgentState(opening: state).accounts().map(\.account)
    for known in [kit.metadataKey.copy, kit.recovery.secretKey.copy, kit.seed.copy] {
      secrets.insert(known)
    }
    var packs: [PackReader] = []
    let opener = try ShareOpener(kit)
    for (name, bytes) in hoard.sorted(by: { $0.key < $1.key }) {
      let last = String(name.path.split(separator: "/").last ?? "")
      if name.path.hasPrefix("packs/"), let id = PackID(hex(last)) {
        let pack = try PackReader(bytes, pack: id, keys: keys)
        packs.append(pack)
        if !pack.header.sealedShare.isEmpty { shares[pack.header.run] = try opener.open(pack) }
      } else if name.path.hasPrefix("keyring/"),
        let keyring = try? KeyringObject.open(bytes, of: nil, kit: kit, keys: keys)
      {
        accounts += keyring.accounts
        for account in keyring.accounts {
          accountIDs.insert(account.id)
          secrets.formUnion([account.secret, account.namingKey])
        }
        secrets.formUnion(keyring.runs.map(\.secret))
      } else if name.path.hasPrefix("log/"), let sequence = UInt64(last) {
        let entry = try Log(store: MemoryStore(), keys: keys).decode(bytes, sequence)
        if case .erasure(let items) = entry.event { accountIDs.formUnion(items.map(\.id)) }
      }
    }
    self.packs = packs
  }

  /// Every value of 32 bytes in the state, the secrets of files, and the ids of accounts.
  private static func secrets(inState directory: String) throws -> Set<[UInt8]> {
    var found: Set<[UInt8]> = []
    let state = try LiveDatabase(AgentState.path(directory))
    for table in try state.rows("SELECT name FROM sqlite_schema WHERE type = 'table'") {
      for column in try state.rows("SELECT name FROM pragma_table_info('\(table[0])')") {
        let blobs = try state.rows(
          "SELECT hex(\(column[0])) FROM \(table[0]) WHERE typeof(\(column[0])) = 'blob'")
        for blob in blobs.map({ hex($0[0]) }) where blob.count == 32 { found.insert(blob) }
      }
    }
    let agent = try AgentState(opening: directory)
    for row in try state.rows("SELECT origin, hex(path) FROM file") {
      for piece in try agent.file(hex(row[1]), of: row[0])?.pieces ?? [] {
        if case .chunk(_, let secret, _, _) = piece { found.insert(secret) }
      }
    }
    return found
  }

  /// Chunks of an account, by the number that the headers say.
  func chunks(of number: AccountNumber) -> Set<Target> {
    Set(
      packs.flatMap { pack -> [Target] in
        guard let id = PackID(hex(String(pack.name.dropFirst(5)))) else { return [] }
        return pack.header.entries.indices.compactMap { index in
          let entry = pack.header.entries[index]
          guard entry.account == number, entry.kind.rawValue <= ChunkKind.content.rawValue else {
            return nil
          }
          return Target(pack: id, ordinal: UInt32(index))
        }
      })
  }

  /// Tries every share, id, secret and half on every chunk of some accounts until nothing new opens.
  mutating func exhaust(_ numbers: Set<AccountNumber>) throws {
    var count = -1
    while count < opened.count {
      count = opened.count
      for pack in packs where shares[pack.header.run] != nil {
        for (index, entry) in pack.header.entries.enumerated() where numbers.contains(entry.account)
        {
          try attempt(UInt32(index), of: pack)
        }
      }
    }
  }

  /// Tries every combination on a few chunks.
  mutating func exhaust(_ targets: Set<Target>) throws {
    for pack in packs where shares[pack.header.run] != nil {
      for index in pack.header.entries.indices {
        guard let id = PackID(hex(String(pack.name.dropFirst(5)))) else { continue }
        let target = Target(pack: id, ordinal: UInt32(index))
        guard targets.contains(target) else { continue }
        tried[target] = nil
        try attempt(target.ordinal, of: pack)
      }
    }
  }

  /// As ``exhaust(_:)`` for every chunk, but tries the keys of an account only together: a chunk's
  /// header says whose it is.
  mutating func exhaustAll() throws {
    var count = -1
    while count < opened.count {
      count = opened.count
      for pack in packs where shares[pack.header.run] != nil {
        for index in pack.header.entries.indices {
          try attempt(UInt32(index), of: pack) { try $0.knownCombination($1, of: $2) }
        }
      }
    }
  }

  /// Chunks of some kinds in packs of some runs.
  func chunks(
    of kinds: Set<ChunkKind>, where isOfRun: (RunID) -> Bool
  ) -> Set<Target> {
    Set(
      packs.filter { isOfRun($0.header.run) }.flatMap { pack -> [Target] in
        guard let id = PackID(hex(String(pack.name.dropFirst(5)))) else { return [] }
        return pack.header.entries.indices.filter {
          kinds.contains(pack.header.entries[$0].kind)
        }.map { Target(pack: id, ordinal: UInt32($0)) }
      })
  }

  private func knownCombination(
    _ ordinal: UInt32, of pack: PackReader
  ) throws -> Combination? {
    let number = try pack.entry(ordinal).account
    var keys: [[UInt8]: AccountID] = [:]
    for account in accounts where account.number == number { keys[account.secret] = account.id }
    return try combination(
      ordinal, of: pack, ids: Set(keys.values), secrets: Array(keys.keys))
  }

  private mutating func attempt(_ ordinal: UInt32, of pack: PackReader) throws {
    try attempt(ordinal, of: pack) {
      try $0.combination($1, of: $2, ids: $0.accountIDs, secrets: Array($0.secrets))
    }
  }

  private mutating func attempt(
    _ ordinal: UInt32, of pack: PackReader,
    by search: (Hoarder, UInt32, PackReader) throws -> Combination?
  ) throws {
    guard let id = PackID(hex(String(pack.name.dropFirst(5)))) else { return }
    let target = Target(pack: id, ordinal: ordinal)
    guard !opened.contains(target), tried[target] != secrets.count else { return }
    tried[target] = secrets.count
    guard let found = try search(self, ordinal, pack) else { return }
    opened.insert(target)
    guard try pack.entry(ordinal).kind == .records else { return }
    let body = try ChunkHeader.decode(try plaintext(ordinal, of: pack, found)).body
    for record in try FileRecord.decodeAll(Array(body)) {
      guard case .regular(_, _, let pieces) = record.body else { continue }
      for case .chunk(_, let secret) in pieces { secrets.insert(secret) }
    }
  }

  /// What a chunk opens by.
  private struct Combination {
    let id: AccountID
    let secret: [UInt8]
    let half: [UInt8]
  }

  private func combination(
    _ ordinal: UInt32, of pack: PackReader, ids: Set<AccountID>, secrets owners: [[UInt8]]
  ) throws -> Combination? {
    let entry = try pack.entry(ordinal)
    guard let share = shares[pack.header.run] else { return nil }
    let sealed = pack.withSealedBytes(ordinal) { Array($0) }
    for id in ids {
      let context = ChunkContext(
        repository: keys.repository, kind: entry.kind, account: id, run: pack.header.run,
        name: entry.name, plainByteCount: entry.plainByteCount, codec: entry.codec)
      let (nonce, associated) = context.withBytes { (Array($0), Array($1)) }
      for secret in owners {
        let owner = account(id, secret, namingKey: secret, number: entry.account)
        for half in secrets {
          let key = ChunkKeys.chunkKey(
            share: share, repository: keys.repository, run: pack.header.run, owner: owner,
            secret: entry.kind == .content ? .file(half) : .run(half))
          let bytes = try? Seal.open(sealed, key: key, nonce: nonce, associated: associated)
          if bytes != nil { return Combination(id: id, secret: secret, half: half) }
        }
      }
    }
    return nil
  }

  private func account(
    _ id: AccountID, _ secret: [UInt8], namingKey: [UInt8], number: AccountNumber
  ) -> KeyringContents.Account {
    KeyringContents.Account(
      number: number, id: id, secret: secret, namingKey: namingKey, address: "", birthMark: [])
  }

  /// Reads a chunk that opens, whichever of the secrets is its naming key.
  private func plaintext(
    _ ordinal: UInt32, of pack: PackReader, _ found: Combination
  ) throws -> [UInt8] {
    let number = try pack.entry(ordinal).account
    guard let share = shares[pack.header.run] else { throw TestKitError("a share is lost") }
    for naming in secrets {
      let owner = account(found.id, found.secret, namingKey: naming, number: number)
      if let bytes = try? ChunkOpener(repository: keys.repository).open(
        ordinal, of: pack, as: .records, share: share, owner: owner, secret: .run(found.half))
      {
        return bytes
      }
    }
    throw TestKitError("a chunk opens, but its naming key is not known")
  }
}
