import Testing

@Suite struct `Arrows go down only and siblings never meet` {
  /// The table of Package.swift.
  private static let layers: [String: Int] = [
    "lethe": 4, "Operations": 3, "Origins": 2, "Repository": 2, "Querying": 1, "Postgres": 1,
    "Files": 1, "Format": 1, "Sealing": 1, "Compressing": 1, "Storing": 1,
  ]

  /// Who may touch what is not ours.
  ///
  /// C names appear only in the module that owns their door.
  private static let owners: [String: Set<String>] = [
    "CSQLite": ["Querying"], "CPostgres": ["Postgres"],
    "CLinux": ["Files", "Storing", "Origins", "lethe"],
    "CSodium": ["Sealing"],
    "CZstd": ["Compressing"], "CSSH2": ["Storing"], "GRDB": ["Repository"],
    "Yams": ["Origins", "Operations"], "ArgumentParser": ["lethe"],
    "Foundation": ["Compressing", "Origins", "Repository", "Operations", "lethe"],
    "Glibc": ["Querying", "Files", "Storing", "lethe"],
    "Dispatch": ["Storing", "Origins"],
    "Synchronization": ["Storing", "Origins", "Repository", "Operations", "lethe"],
  ]

  @Test func `every import points to a lower layer or to what the module owns`() throws {
    let files = try Project.files(in: "Sources")
    #expect(Set(files.map(\.module)) == Set(Self.layers.keys))
    for file in files {
      for (name, line) in file.imports {
        let place = "\(file.path):\(line) imports \(name)"
        if let layer = Self.layers[name] {
          #expect(layer < Self.layers[file.module, default: 0], "\(place), which is not below it")
        } else {
          let owners = Self.owners[name, default: []]
          #expect(owners.contains(file.module), "\(place), which belongs to \(owners.sorted())")
        }
      }
    }
  }

  @Test func `the format needs nothing at all`() throws {
    for file in try Project.files(in: "Sources/Format") {
      #expect(file.imports.isEmpty, "\(file.path) imports \(file.imports)")
    }
  }

  @Test func `tests are written with Swift Testing`() throws {
    for file in try Project.files(in: "Tests") {
      #expect(!file.imports.contains { $0.module == "XCTest" }, "\(file.path)")
    }
  }
}
