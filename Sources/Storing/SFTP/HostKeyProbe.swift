extension HostKey {
  /// Fetches the key a server shows to whoever asks, for the operator to compare and to pin.
  ///
  /// Nothing is trusted and nobody logs in. The waits are as long as the patience.
  package static func shown(
    by address: SFTPAddress, patience: Duration = .seconds(15)
  ) async throws(StoreError) -> HostKey {
    try await HostKeyProbe().key(of: address, patience)
  }
}

/// A thread on which one host key is fetched.
private actor HostKeyProbe {
  private let executor = ThreadExecutor()

  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  func key(of address: SFTPAddress, _ patience: Duration) throws(StoreError) -> HostKey {
    let connection = try SSHConnection(to: address, patience: patience, meter: TrafficMeter())
    return try connection.shakeHands(accepting: HostKey.types)
  }
}
