/// Listings, of which a server could make as many names, and take as long, as it likes.
extension SFTPSession {
  /// Lists a directory.
  func list(_ directory: String) throws(StoreError) -> [StoredObject] {
    try StoreLayout.check(directory)
    var objects: [StoredObject] = []
    let channel = try ready(to: "listing \(directory)")
    // Each name is judged as it comes, so that one that is none of ours ends it at once.
    try visit(root + "/" + directory, channel) { (name, status) throws(StoreError) in
      let object = try StoreLayout.entry(
        named: name, in: directory, plainByteCount: status.plainByteCount)
      if let object { objects.append(object) }
    }
    return objects.sorted { $0.name < $1.name }
  }

  /// Throws where the root holds anything but a store's empty directories.
  func refuseOccupied(_ root: String, _ channel: SFTPChannel) throws(StoreError) {
    var directories: [String] = []
    try visit(root, channel) { (name, _) throws(StoreError) in
      let directory = String(decoding: name, as: UTF8.self)
      guard StoreLayout.directories.contains(directory), !directories.contains(directory) else {
        throw occupied(name)
      }
      directories.append(directory)
    }
    for directory in directories {
      try visit(root + "/" + directory, channel) { (_, _) throws(StoreError) in
        throw occupied(Array(directory.utf8))
      }
    }
  }

  private func occupied(_ name: [UInt8]) -> StoreError {
    StoreError(
      code: .refused,
      message: "\(root) on \(address) already holds \(String(escapingUntrusted: name));"
        + " give the repository an empty directory.")
  }

  /// Shows every name of a directory to the body, which may end it by an error.
  private func visit(
    _ path: String, _ channel: SFTPChannel,
    _ body: ([UInt8], RemoteStatus) throws(StoreError) -> Void
  ) throws(StoreError) {
    let (handle, verdict) = try channel.open(path, .listing)
    guard let handle else { throw try explain(verdict, "listing", path, 0, channel) }
    let start = ContinuousClock.now
    var count = 0
    do throws(StoreError) {
      while let (name, status) = try channel.nextEntry(of: handle) {
        count += 1
        try checkPace(count, since: start, path, channel)
        if name.elementsEqual(".".utf8) || name.elementsEqual("..".utf8) { continue }
        try body(name, status)
      }
    } catch {
      if !channel.connection.isBroken { try channel.close(handle) }
      throw error
    }
    try channel.close(handle)
  }

  /// A directory has an end, and no disk takes a second for ten names once it began.
  private func checkPace(
    _ count: Int, since start: ContinuousClock.Instant, _ path: String, _ channel: SFTPChannel
  ) throws(StoreError) {
    guard count <= StoreLayout.maximumEntryCount + 2 else {
      channel.connection.abandon()
      throw StoreError(
        code: .damaged,
        message: "\(path) on \(address) lists more than \(StoreLayout.maximumEntryCount) names.")
    }
    guard ContinuousClock.now - start <= patience + .milliseconds(100) * count else {
      channel.connection.abandon()
      throw StoreError(
        code: .damaged,
        message: "\(address) takes too long to list \(path): \(count) names so far; look at the"
          + " server's disk.")
    }
  }
}
