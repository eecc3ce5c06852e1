import Storing
import Testing

/// Runs the body, expects it to fail with the code, and expects the message to contain the words.
func expect(
  _ code: StoreError.Code, saying words: String..., at location: SourceLocation = #_sourceLocation,
  _ body: () async throws -> Void
) async {
  do {
    try await body()
    Issue.record("success where \(code) was expected", sourceLocation: location)
  } catch let error as StoreError {
    #expect(error.code == code, "\(error.message)", sourceLocation: location)
    for word in words {
      #expect(error.message.contains(word), "\(error.message)", sourceLocation: location)
    }
  } catch {
    Issue.record("\(error) where \(code) was expected", sourceLocation: location)
  }
}
