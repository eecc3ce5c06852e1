/// What concerns the root as a whole.
extension SFTPSession {
  /// Makes a directory's names durable.
  func makeDurable(_ directory: String) throws(StoreError) {
    try StoreLayout.check(directory)
    try syncDirectory(root + "/" + directory, try ready(to: "making \(directory) durable"))
  }

  /// Measures the free space.
  func freeByteCount() throws(StoreError) -> Int? {
    try ready(to: "measuring the space").space(at: root)?.freeByteCount
  }

  /// Tries to make the entries of the root durable.
  func syncsDirectories() throws(StoreError) -> Bool {
    try syncDirectory(root, try ready(to: "syncing \(root)"))
    return !unsyncable.contains(root)
  }

  /// Makes the root and its directories.
  func create() throws(StoreError) {
    let channel = try ready(to: "creating \(root)")
    try makeDirectory(root, channel)
    try refuseOccupied(root, channel)
    for directory in StoreLayout.directories {
      try makeDirectory(root + "/" + directory, channel)
    }
    try syncDirectory(root, channel)
    // The parent may belong to somebody else, who then may not let us open it.
    try? syncDirectory(root + "/..", channel)
  }

  private func makeDirectory(_ path: String, _ channel: SFTPChannel) throws(StoreError) {
    let verdict = try channel.makeDirectory(path)
    if verdict == .done { return }
    let (status, examined) = try channel.status(of: path)
    if examined == .done, status?.plainByteCount == nil { return }
    throw try explain(verdict, "making the directory", path, 0, channel)
  }
}
