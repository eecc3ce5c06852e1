internal import Format
internal import Repository
package import Storing

/// What a drill on another machine gives, for the agent to tell the log. [F-LOG-11]
package struct DrillReceipt: Sendable {
  private let drill: DrillEntry
  private let tag: [UInt8]

  init(_ drill: DrillEntry, keys: MetadataKeys) {
    self.drill = drill
    tag = keys.tag(of: drill)
  }

  /// Reads the text; whether it is right is seen when it is recorded.
  package init(_ text: String) throws {
    guard let bytes = Hexadecimal.decode(text), bytes.count > Self.tagByteCount,
      let drill = try? DrillEntry.decode(Array(bytes.dropLast(Self.tagByteCount)))
    else {
      throw OperationError(
        .usage, "this is no receipt of a drill; copy the whole line that `lethe drill` printed")
    }
    self.drill = drill
    tag = Array(bytes.suffix(Self.tagByteCount))
  }

  private static let tagByteCount = 16

  /// Hexadecimal digits.
  package var text: String { Hexadecimal.encode(drill.encode() + tag) }

  /// Tells the log of the drill, on the agent's machine; gives the time at which it ended.
  ///
  /// One that is older than the last that is known changes nothing.
  package func record(_ configuration: Configuration, store: any Store, time: Int64) async throws
    -> String
  {
    let lock = try StateLock(configuration.state)
    defer { withExtendedLifetime(lock) {} }
    let state = try AgentState(opening: configuration.state)
    let vault = try await Vault(state: state, store: store)
    guard vault.keys.tag(of: drill) == tag else {
      throw OperationError(
        .refused,
        "the receipt is not of a drill of this repository; run the drill again with this repository's "
          + "address and kit")
    }
    let known = try VerifiedRestore.load(state)?.ended ?? .min
    if drill.ended > known { try await vault.note(drill, time: time) }
    return Timestamp.text(max(known, drill.ended))
  }
}
