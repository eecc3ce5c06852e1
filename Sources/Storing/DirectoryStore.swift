import CLinux
import Glibc

/// A store in a directory of this machine, or of one mounted here.
///
/// The actor runs on a thread of its own, so that a slow disk holds up nobody else.
package actor DirectoryStore: Store {
  private let executor = ThreadExecutor()
  private let root: String
  private var tally = Traffic()
  private var isClosed = false

  /// Keeps objects under the absolute path `root`, which ``create()`` makes.
  package init(root: String) {
    self.root = root
  }

  /// The thread all blocking calls are made on.
  package nonisolated var unownedExecutor: UnownedSerialExecutor {
    executor.asUnownedSerialExecutor()
  }

  /// Object bytes written and read; a local store has no round trips.
  package var traffic: Traffic { tally }

  /// See ``Store/create()``.
  package func create() throws(StoreError) {
    try begin("creating \(root)")
    try makeDirectory(root)
    for name in try names(in: root) {
      let path = root + "/" + name
      guard StoreLayout.directories.contains(name), try names(in: path).isEmpty else {
        throw StoreError(
          code: .refused,
          message: "\(root) already holds \(String(escapingUntrusted: name.utf8));"
            + " give the repository an empty directory.")
      }
    }
    for name in StoreLayout.directories { try makeDirectory(root + "/" + name) }
    try LocalFile(directory: root).sync()
    try LocalFile(directory: root + "/..").sync()
  }

  /// See ``Store/put(_:as:)``.
  package func put(_ bytes: [UInt8], as name: ObjectName) throws(StoreError) {
    try begin("writing \(name)")
    let temporary = path(.temporary())
    do {
      try write(bytes, to: temporary)
      try publish(temporary, as: name, bytes)
    } catch {
      unlink(temporary)
      throw error
    }
    try syncDirectory(of: name)
    tally.bytesSent += bytes.count
  }

  /// See ``Store/get(_:upTo:)``.
  package func get(_ name: ObjectName, upTo limit: Int) throws(StoreError) -> [UInt8] {
    try begin("reading \(name)")
    let file = try LocalFile(path(name), O_RDONLY)
    let byteCount = try file.byteCount()
    guard byteCount <= limit else { throw StoreError(oversized: name, byteCount, limit) }
    tally.bytesReceived += byteCount
    return try file.read(0..<byteCount)
  }

  /// See ``Store/get(_:range:)``.
  package func get(_ name: ObjectName, range: Range<Int>) throws(StoreError) -> [UInt8] {
    try begin("reading \(name)")
    try StoreError.check(range, of: name)
    let file = try LocalFile(path(name), O_RDONLY)
    guard try file.byteCount() >= range.upperBound else {
      throw StoreError(short: name, range)
    }
    tally.bytesReceived += range.count
    return try file.read(range)
  }

  /// See ``Store/byteCount(of:)``.
  package func byteCount(of name: ObjectName) throws(StoreError) -> Int? {
    try begin("examining \(name)")
    do {
      return try LocalFile(path(name), O_RDONLY).byteCount()
    } catch {
      guard error.code == .missing else { throw error }
      return nil
    }
  }

  /// See ``Store/modificationTime(of:)``.
  package func modificationTime(of name: ObjectName) throws(StoreError) -> Int64? {
    try begin("examining \(name)")
    do {
      return try LocalFile(path(name), O_RDONLY).modificationTime()
    } catch {
      guard error.code == .missing else { throw error }
      return nil
    }
  }

  /// See ``Store/list(_:)``.
  package func list(_ directory: String) throws(StoreError) -> [StoredObject] {
    try begin("listing \(directory)")
    try StoreLayout.check(directory)
    var objects: [StoredObject] = []
    for name in try names(in: root + "/" + directory) {
      var status = stat()
      guard lstat(root + "/" + directory + "/" + name, &status) == 0 else {
        if errno == ENOENT { continue }
        throw StoreError(errno: errno, doing: "examining", root + "/" + directory + "/" + name)
      }
      let isPlain = status.st_mode & S_IFMT == S_IFREG
      let object = try StoreLayout.entry(
        named: name.utf8, in: directory, plainByteCount: isPlain ? Int(status.st_size) : nil)
      if let object { objects.append(object) }
    }
    return objects.sorted { $0.name < $1.name }
  }

  /// See ``Store/remove(_:)``.
  package func remove(_ name: ObjectName) throws(StoreError) { try remove([name]) }

  /// Each directory is made durable once.
  package func remove(_ names: [ObjectName]) throws(StoreError) {
    var last: [String: ObjectName] = [:]
    for name in names {
      try begin("removing \(name)")
      guard unlink(path(name)) == 0 || errno == ENOENT else {
        throw StoreError(errno: errno, doing: "removing", path(name))
      }
      last[name.directory] = name
    }
    for name in last.values { try syncDirectory(of: name) }
  }

  /// See ``Store/makeDurable(_:)``.
  package func makeDurable(_ directory: String) throws(StoreError) {
    try begin("making \(directory) durable")
    try StoreLayout.check(directory)
    try LocalFile(directory: root + "/" + directory).sync()
  }

  /// See ``Store/freeByteCount()``.
  package func freeByteCount() throws(StoreError) -> Int? {
    try begin("measuring the space of \(root)")
    var status = statvfs()
    guard statvfs(root, &status) == 0 else {
      throw StoreError(errno: errno, doing: "measuring the space of", root)
    }
    let (count, overflow) = UInt(status.f_bavail).multipliedReportingOverflow(by: status.f_frsize)
    return overflow ? nil : Int(exactly: count)
  }

  /// See ``Store/close()``.
  package func close() {
    isClosed = true
  }
}

extension DirectoryStore {
  private func begin(_ what: String) throws(StoreError) {
    guard !isClosed else { throw StoreError(closedBefore: what) }
    try StoreError.checkCancellation(before: what)
  }

  private func path(_ name: ObjectName) -> String { root + "/" + name.path }

  private func makeDirectory(_ path: String) throws(StoreError) {
    guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
      throw StoreError(errno: errno, doing: "making the directory", path)
    }
  }

  private func write(_ bytes: [UInt8], to path: String) throws(StoreError) {
    let file = try LocalFile(path, O_WRONLY | O_CREAT | O_EXCL)
    try file.write(bytes)
    try file.sync()
  }

  /// Gives the temporary file its name, unless something has that name already.
  private func publish(_ temporary: String, as name: ObjectName, _ bytes: [UInt8])
    throws(StoreError)
  {
    let target = path(name)
    // Unlike a rename, a hard link never replaces anything, on network file systems as well.
    let status = link(temporary, target)
    let number = errno
    unlink(temporary)
    if status == 0 { return }
    guard number == EEXIST else { throw StoreError(errno: number, doing: "creating", target) }
    let file = try LocalFile(target, O_RDONLY)
    guard try file.byteCount() == bytes.count, try file.read(0..<bytes.count) == bytes else {
      throw StoreError(taken: name)
    }
  }

  private func syncDirectory(of name: ObjectName) throws(StoreError) {
    let directory = name.directory.isEmpty ? root : root + "/" + name.directory
    try LocalFile(directory: directory).sync()
  }

  private func names(in path: String) throws(StoreError) -> [String] {
    guard let directory = opendir(path) else {
      throw StoreError(errno: errno, doing: "listing", path)
    }
    defer { closedir(directory) }
    var names: [String] = []
    var error: Int32 = 0
    while let name = linux_next_name(directory, &error) { names.append(String(cString: name)) }
    guard error == 0 else { throw StoreError(errno: error, doing: "listing", path) }
    return names
  }
}
