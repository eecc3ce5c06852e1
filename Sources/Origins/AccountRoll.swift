internal import Foundation

/// A list of accounts that live outside of an origin, such as in LDAP: one bare address a line.
package actor AccountRoll {
  /// Where the list comes from.
  package enum Source: Sendable, Equatable {
    /// A file's path.
    case file(String)
    /// A program's path and its arguments; no shell is involved.
    case command([String])
  }

  private let executor: BlockingExecutor
  private let origin: String
  private let source: Source
  private let host: String?

  /// Largest list: the most accounts, with 32 bytes each.
  static let maximumByteCount = 128 << 20
  /// Seconds that a command may take.
  static let deadline = 60

  /// The queue of its own, on which it may block.
  package nonisolated var unownedExecutor: UnownedSerialExecutor {
    executor.asUnownedSerialExecutor()
  }

  /// The list of an origin; `host` completes lines that are nodes alone, as ejabberdctl prints them.
  package init(origin: String, source: Source, host: String?) {
    executor = BlockingExecutor(label: "lethe.accounts.\(origin)")
    self.origin = origin
    self.source = source
    self.host = host
  }

  /// Reads the list.
  ///
  /// A list that cannot be had, or is not one, says nothing: nobody is missing from it.
  package func listing() throws(OriginError) -> AccountListing {
    do throws(OriginError) {
      return try Self.parse(try bytes(), host: host, place: place)
    } catch {
      throw OriginError(
        error.code,
        "origin \(origin): \(error.message); until it is right nobody is taken for deleted")
    }
  }

  private var place: String {
    switch source {
    case .file(let path): path
    case .command(let words): "the answer of \(words.first ?? "")"
    }
  }

  private func bytes() throws(OriginError) -> [UInt8] {
    switch source {
    case .command(let words):
      return try CommandOutput.of(
        words, seconds: Self.deadline, maximumByteCount: Self.maximumByteCount)
    case .file(let path):
      guard let handle = FileHandle(forReadingAtPath: path),
        let data = try? handle.read(upToCount: Self.maximumByteCount + 1) ?? Data()
      else { throw OriginError(.failed, "the list of accounts \(path) cannot be read") }
      guard data.count <= Self.maximumByteCount else {
        throw OriginError(
          .failed, "\(path) has more than \(Self.maximumByteCount >> 20) MiB, too much for a list")
      }
      return Array(data)
    }
  }

  /// Lines of a bare address each, or a node where there is a host; after a tab, a birth mark.
  static func parse(
    _ bytes: [UInt8], host: String?, place: String
  ) throws(OriginError) -> AccountListing {
    var accounts: [AccountListing.Account] = []
    var hosts: Set<String> = host.map { [$0] } ?? []
    for (index, line) in bytes.split(
      separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false
    ).enumerated() {
      let words = line.split(
        separator: UInt8(ascii: "\t"), maxSplits: 1, omittingEmptySubsequences: false)
      guard let first = words.first, !line.isEmpty else { continue }
      guard let (address, domain) = address(first, host: host),
        accounts.count < AccountListing.maximumAccountCount
      else {
        throw OriginError(
          .failed, "\(place), line \(index + 1) is no bare address; write node@host, nothing else")
      }
      let account = AccountListing.Account(
        address: address, birthMark: words.count > 1 ? Array(words[1]) : [])
      guard account.isKeepable else {
        throw OriginError(.failed, "\(place): \(AccountListing.oversized(number: index + 1))")
      }
      accounts.append(account)
      hosts.insert(domain)
    }
    return AccountListing(accounts: accounts, localHosts: hosts.sorted())
  }

  /// An address and its host; nil for what is none.
  private static func address(
    _ line: ArraySlice<UInt8>, host: String?
  ) -> (address: String, host: String)? {
    let isPlain = line.allSatisfy { $0 > 0x20 && $0 != 0x7f && $0 != UInt8(ascii: "/") }
    guard isPlain, let text = String(validating: line, as: UTF8.self) else { return nil }
    let parts = text.split(separator: "@", omittingEmptySubsequences: false)
    guard parts.allSatisfy({ !$0.isEmpty }) else { return nil }
    if parts.count == 1, let host { return ("\(text)@\(host)", host) }
    return parts.count == 2 ? (text, String(parts[1])) : nil
  }
}
