import Foundation
import Testing

@testable import Format
@testable import Repository

/// One golden vector: the bytes of an object, the keys it needs, and what a reader must make of it.
struct Vector: CustomTestStringConvertible, Sendable {
  let name: String
  let bytes: [UInt8]
  private let headers: [String: String]

  var testDescription: String { name }

  /// The directory of the vectors, beside this test target.
  static let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Vectors")

  /// Every vector by name; empty where none can be read, which a test of its own notices.
  static let all: [Vector] = {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []
    return names.filter { $0.hasSuffix(".txt") }.sorted().compactMap { try? Vector($0) }
  }()

  private init(_ name: String) throws {
    self.name = name
    let text = try String(contentsOf: Self.directory.appendingPathComponent(name), encoding: .utf8)
    let parts = text.split(separator: "\n\n", maxSplits: 1, omittingEmptySubsequences: false)
    var headers: [String: String] = [:]
    for line in parts[0].split(separator: "\n") {
      let sides = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      guard sides.count == 2 else { throw Unusable(what: "a header of \(name): \(line)") }
      headers[String(sides[0])] = sides[1].trimmingCharacters(in: .whitespaces)
    }
    self.headers = headers
    let digits = parts.count == 2 ? parts[1].filter { $0 != "\n" } : ""
    guard let bytes = Hexadecimal.decode(digits) else {
      throw Unusable(what: "the bytes of \(name)")
    }
    self.bytes = bytes
  }

  private init(name: String, bytes: [UInt8], headers: [String: String]) {
    self.name = name
    self.bytes = bytes
    self.headers = headers
  }

  /// The same vector with other bytes.
  func replacing(_ bytes: [UInt8]) -> Vector {
    Vector(name: name, bytes: bytes, headers: headers)
  }

  /// A vector that is not what the generator writes.
  struct Unusable: Error {
    let what: String
  }

  func has(_ header: String) -> Bool { headers[header] != nil }

  func text(_ header: String) throws -> String {
    guard let text = headers[header] else { throw Unusable(what: "\(name) lacks \(header)") }
    return text
  }

  func number(_ header: String) throws -> Int {
    guard let number = Int(try text(header)) else {
      throw Unusable(what: "\(header) of \(name) is no number")
    }
    return number
  }

  func bytes(_ header: String) throws -> [UInt8] {
    guard let bytes = Hexadecimal.decode(try text(header)) else {
      throw Unusable(what: "\(header) of \(name) is not hexadecimal")
    }
    return bytes
  }

  func identifier<Kind>(_ header: String) throws -> Identifier<Kind> {
    guard let identifier = Identifier<Kind>(try bytes(header)) else {
      throw Unusable(what: "\(header) of \(name) is no identifier")
    }
    return identifier
  }

  func digest(_ header: String) throws -> Digest {
    guard let digest = Digest(try bytes(header)) else {
      throw Unusable(what: "\(header) of \(name) is no hash")
    }
    return digest
  }

  var keys: MetadataKeys {
    get throws {
      MetadataKeys(try bytes("metadata key"), repository: try identifier("repository"))
    }
  }

  /// A kit of the vector's keys; keys that it does not need are zero.
  func kit() throws -> Kit {
    let zero = [UInt8](repeating: 0, count: 31) + [1]
    let repository: RepositoryID = try identifier("repository")
    let fixed = StaticKit(
      recoverySecret: has("recovery secret") ? try bytes("recovery secret") : zero,
      metadataKey: try bytes("metadata key"), repositoryURL: "", hostKey: "")
    let epoch = EpochKit(
      epoch: has("kit epoch") ? UInt32(try number("kit epoch")) : 1,
      seed: has("kit seed") ? try bytes("kit seed") : zero)
    func text(_ half: KitFile.Half, _ payload: [UInt8]) throws -> String {
      try KitSeal.seal(payload, half: half, repository: repository, passphrase: nil).encode()
    }
    return try Kit(
      fixed: try text(.fixed, fixed.encode()), epoch: try text(.epoch, epoch.encode()),
      passphrase: nil)
  }
}
