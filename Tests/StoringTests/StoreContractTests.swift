import Storing
import TestKit
import Testing

@Suite struct `Every store keeps the same promises` {
  @Test(arguments: StoreKind.allCases, StoreContract.promises)
  func `a promise is kept`(kind: StoreKind, promise: StoreContract.Promise) async throws {
    try await kind.withStore { store in try await promise.check(store) }
  }
}
