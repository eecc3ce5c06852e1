internal import CLinux
internal import Foundation

/// Finds out who exists in a data directory of Prosody's, and whose the files are that are not named
/// for their owners.
///
/// The server runs meanwhile: it replaces whole files by renaming and appends to lists, so that each
/// file is read as it was at some moment.
struct ProsodySurvey {
  private let root: String
  private let layout: ProsodyLayout
  private var accounts: [AccountListing.Account] = []
  private var survey = TreeSurvey()
  private var hosts: [String] = []

  /// Largest list of uploads: what 10,000 items, the most that the server keeps in one, never reach.
  private static let maximumByteCount = 64 << 20
  /// Of an archive the first item is looked at; a stanza has 10,000 bytes, or 256 KiB at most.
  private static let beginningByteCount = 512 << 10

  /// What every file of SQLite's begins with.
  private static let databaseMark = Array("SQLite format 3\0".utf8)

  private init(_ root: String, _ layout: ProsodyLayout) {
    self.root = root
    self.layout = layout
  }

  /// Looks through the hosts below a path.
  static func survey(_ root: String, _ layout: ProsodyLayout) throws(OriginError) -> TreeSurvey {
    var survey = Self(root, layout)
    for directory in try survey.names(in: []) ?? [] { try survey.visit(directory) }
    if survey.accounts.isEmpty { survey.survey.placeOfPeople = try survey.placeOfPeople() }
    survey.survey.listing = AccountListing(
      accounts: survey.accounts, localHosts: survey.hosts)
    return survey.survey
  }

  private mutating func visit(_ directory: [UInt8]) throws(OriginError) {
    if try bytes([directory], atMost: Self.databaseMark.count) == Self.databaseMark {
      survey.note(database: directory)
    }
    guard let name = PercentName.decode(directory),
      let host = String(validating: name, as: UTF8.self), let stores = try names(in: [directory])
    else { return }
    for (store, list) in layout.listed { try claim(directory, store, listedIn: list) }
    let names = stores.compactMap { PercentName.decode($0) }
      .map { String(decoding: $0, as: UTF8.self) }
    guard !layout.hostStores.isDisjoint(with: names) else { return }
    survey.hosts.insert(directory)
    hosts.append(host)
    for (store, key) in layout.named { try claim(directory, host, store, namedBy: key) }
    let people = try self.names(in: [directory, Array("accounts".utf8)]) ?? []
    for file in people where file.suffix(4).elementsEqual(".dat".utf8) {
      if let account = try account(directory, host, file) { accounts.append(account) }
    }
  }

  private func placeOfPeople() throws(OriginError) -> String? {
    for host in survey.hosts {
      for store in layout.hostStores.subtracting(layout.named.keys) {
        let directory = PercentName.encode(store.utf8, isStore: true)
        if try names(in: [host, directory])?.isEmpty == false { return "the store \(store)" }
      }
    }
    return nil
  }

  /// Who has the account of a file; nil if it went meanwhile.
  private func account(
    _ directory: [UInt8], _ host: String, _ file: [UInt8]
  ) throws(OriginError) -> AccountListing.Account? {
    guard let name = PercentName.stem(of: file),
      let node = String(validating: name, as: UTF8.self), !node.isEmpty,
      let own = try fields([directory, Array("accounts".utf8), file])
    else { return nil }
    let details = try fields([directory, Array("account_details".utf8), file]) ?? [:]
    let date = own[Array("created".utf8)] ?? details[Array("registered".utf8)]
    let account = AccountListing.Account(
      address: "\(node)@\(host)", birthMark: date ?? own[Array("salt".utf8)] ?? [],
      registered: date.flatMap(Self.seconds),
      oldest: date == nil ? try oldest(directory, file.dropLast(4)) : nil)
    guard account.isKeepable else {
      throw OriginError(
        .refused, "\(root): \(AccountListing.oversized(number: accounts.count + 1))")
    }
    return account
  }

  /// The time of the first message that the server kept of somebody.
  private func oldest(
    _ directory: [UInt8], _ person: ArraySlice<UInt8>
  ) throws(OriginError) -> Int64? {
    for store in ["archive", "offline"] {
      let path = [directory, Array(store.utf8), person + Array(".list".utf8)]
      guard let bytes = try bytes(path, atMost: Self.beginningByteCount) else { continue }
      let first = LuaFields.items(bytes, limit: 1).first
      if let time = first?[Array("when".utf8)].flatMap(Self.seconds) { return time }
    }
    return nil
  }

  private static func seconds(_ number: [UInt8]) -> Int64? {
    Int64(String(decoding: number.prefix { $0 != UInt8(ascii: ".") }, as: UTF8.self))
  }

  private mutating func claim(
    _ directory: [UInt8], _ store: String, listedIn list: String
  ) throws(OriginError) {
    let file = PercentName.encode(list.utf8, isStore: true) + Array(".list".utf8)
    guard let bytes = try bytes([directory, file], atMost: Self.maximumByteCount) else { return }
    let store = PercentName.encode(store.utf8, isStore: true)
    for item in LuaFields.items(bytes) {
      guard let key = item[Array("key".utf8)], let owner = item[Array("with".utf8)] else {
        continue
      }
      survey.claims[Self.joined([directory, store, PercentName.encode(key)])] = owner
    }
  }

  private mutating func claim(
    _ directory: [UInt8], _ host: String, _ store: String, namedBy key: String
  ) throws(OriginError) {
    let store = PercentName.encode(store.utf8, isStore: true)
    for file in try names(in: [directory, store]) ?? [] {
      guard let node = try fields([directory, store, file])?[Array(key.utf8)] else { continue }
      let stem = Array(file.prefix { $0 != UInt8(ascii: ".") })
      survey.claims[Self.joined([directory, store, stem])] = node + Array("@\(host)".utf8)
    }
  }

  private func fields(_ path: [[UInt8]]) throws(OriginError) -> LuaFields.Fields? {
    try bytes(path, atMost: Self.beginningByteCount).map(LuaFields.fields)
  }
}

extension ProsodySurvey {
  static func joined(_ components: [some Collection<UInt8>]) -> [UInt8] {
    Array(components.joined(separator: [UInt8(ascii: "/")]))
  }

  private func path(_ components: [[UInt8]]) -> [CChar] {
    let bytes = Self.joined([Array(root.utf8)] + components)
    return bytes.map { CChar(bitPattern: $0) } + [0]
  }

  /// The names in a directory, in order; nil if there is none.
  private func names(in components: [[UInt8]]) throws(OriginError) -> [[UInt8]]? {
    guard let directory = opendir(path(components)) else {
      if errno == ENOENT || errno == ENOTDIR { return nil }
      throw failure(components, errno)
    }
    defer { closedir(directory) }
    var names: [[UInt8]] = []
    var error: Int32 = 0
    while let name = linux_next_name(directory, &error) {
      let bytes = UnsafeRawBufferPointer(start: name, count: strlen(name))
      if bytes.first != UInt8(ascii: ".") { names.append(Array(bytes)) }
    }
    guard error == 0 else { throw failure(components, error) }
    return names.sorted { $0.lexicographicallyPrecedes($1) }
  }

  /// The beginning of a file; nil if there is none, or something else is there.
  private func bytes(
    _ components: [[UInt8]], atMost limit: Int
  ) throws(OriginError) -> [UInt8]? {
    let flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC
    let descriptor = open(path(components), flags)
    guard descriptor >= 0 else {
      // A link or a socket: the server's own lies beside its data.
      if [ENOENT, ENOTDIR, ELOOP, ENXIO, ENODEV].contains(errno) { return nil }
      throw failure(components, errno)
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw failure(components, errno) }
    guard status.st_mode & S_IFMT == S_IFREG else { return nil }
    var bytes = [UInt8](repeating: 0, count: min(limit, Int(status.st_size)))
    var count = 0
    while count < bytes.count {
      let read = bytes.withUnsafeMutableBytes {
        Glibc.read(descriptor, $0.baseAddress?.advanced(by: count), $0.count - count)
      }
      guard read >= 0 else { throw failure(components, errno) }
      if read == 0 { break }
      count += read
    }
    return Array(bytes.prefix(count))
  }

  /// Names nobody: the path below the host may be somebody's.
  private func failure(_ components: [[UInt8]], _ number: Int32) -> OriginError {
    let reason = String(cString: strerror(number))
    let place = components.prefix(2).map { "/" + String(decoding: $0, as: UTF8.self) }.joined()
    return OriginError(
      .failed,
      "what is in \(root)\(place) cannot be read (\(reason)), so nobody knows who exists; run as root "
        + "or as the server's user")
  }
}
