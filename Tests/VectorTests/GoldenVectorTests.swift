import Testing

@testable import Format
@testable import Repository

@Suite struct `The code reads what the specification says` {
  @Test(arguments: Vector.all)
  func `every golden vector is opened or refused for its reason`(vector: Vector) async throws {
    let outcome = try await VectorReading.outcome(of: vector)
    let (expected, clause) = (try vector.text("expect"), try vector.text("clause"))
    #expect(outcome.class == expected, "\(clause)")
    if let read = outcome.bytes {
      let written = vector.has("plaintext") ? try vector.bytes("plaintext") : vector.bytes
      #expect(read == written, "what was read is not what was written")
    }
  }

  @Test func `a person's tags are those that an erasure has`() async throws {
    let vectors = Vector.all.filter { $0.has("birth mark") }
    #expect(vectors.count >= 3)
    for vector in vectors {
      let plaintext = try vector.bytes("plaintext")
      guard case .erasure(let erasures) = try LogEntry.decode(plaintext).event else {
        Issue.record("\(vector.name) is no erasure")
        continue
      }
      let address = String(decoding: try vector.bytes("address"), as: UTF8.self)
      let keys = try vector.keys
      #expect(erasures.map(\.addressTag) == [keys.addressTag(address)], "\(vector.name)")
      #expect(
        erasures.map(\.birthTag) == [keys.birthTag(address, try vector.bytes("birth mark"))],
        "\(vector.name)")
    }
  }

  @Test func `every object has vectors that open, and every class of failure has some`() throws {
    #expect(Vector.all.count >= 700)
    let objects = Set(try Vector.all.map { try $0.text("object") })
    #expect(objects.count == 12)
    for object in objects {
      let classes = Set(
        try Vector.all.filter { try $0.text("object") == object }.map { try $0.text("expect") })
      #expect(classes.isSuperset(of: ["opened", "malformed", "truncated"]), "\(object)")
    }
    let all = Set(try Vector.all.map { try $0.text("expect") })
    #expect(
      all == [
        "opened", "forged", "truncated", "malformed", "unknown-version", "over-limit", "wrong-key",
      ])
  }
}
