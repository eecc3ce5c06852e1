import Testing

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

  @Test func `every object has vectors that open, and every class of failure has some`() throws {
    #expect(Vector.all.count >= 600)
    let objects = Set(try Vector.all.map { try $0.text("object") })
    #expect(objects.count == 11)
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
