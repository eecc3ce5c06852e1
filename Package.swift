// swift-tools-version: 6.2
import PackageDescription

// Layers, from the bottom; arrows go down only and siblings never meet (Tests/ArchitectureTests).
//
//   4  lethe                   command line: parse, print, exit status
//   3  Operations              backup, restore, adopt: plan as a value, then carry it out
//   2  Origins | Repository    the live servers | the sealed data
//   1  Querying  Postgres   Files   Format  Sealing  Compressing  Storing
//   0  CSQLite   CPostgres  CLinux          CSodium  CZstd        CSSH2

let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

/// A door to one system library: a module map, and a shim where Swift cannot import a macro.
func door(_ name: String, _ pkgConfig: String, _ package: String) -> Target {
  .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([package])])
}

func module(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

/// `data` are directories that the tests read from where they are.
func tests(_ name: String, _ dependencies: [Target.Dependency], data: [String] = []) -> Target {
  .testTarget(name: name, dependencies: dependencies, exclude: data, swiftSettings: settings)
}

let package = Package(
  name: "lethe",
  products: [.executable(name: "lethe", targets: ["lethe"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
  ],
  targets: [
    // 0
    door("CSQLite", "sqlite3", "libsqlite3-dev"),
    door("CPostgres", "libpq", "libpq-dev"),
    door("CSodium", "libsodium", "libsodium-dev"),
    door("CZstd", "libzstd", "libzstd-dev"),
    door("CSSH2", "libssh2", "libssh2-1-dev"),
    .target(name: "CLinux"),
    // 1
    module("Format", []),
    module("Querying", ["CSQLite"]),
    module("Postgres", ["CPostgres"]),
    module("Files", ["CLinux"]),
    module("Sealing", ["CSodium"]),
    module("Compressing", ["CZstd"]),
    module("Storing", ["CLinux", "CSSH2"]),
    // 2
    module(
      "Origins",
      [
        "CLinux", "Querying", "Postgres", "Files", "Format", "Sealing",
        .product(name: "Yams", package: "Yams"),
      ]),
    module(
      "Repository",
      [
        "Format", "Sealing", "Compressing", "Storing",
        .product(name: "GRDB", package: "GRDB.swift"),
      ]),
    // 3
    module(
      "Operations",
      ["Origins", "Repository", .product(name: "Yams", package: "Yams")]),
    // 4
    .executableTarget(
      name: "lethe",
      dependencies: [
        "CLinux", "Operations", "Origins", "Sealing", "Storing",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: settings),
    // Tests
    .target(
      name: "TestKit", dependencies: ["CLinux", "CSQLite", "Format", "Storing"],
      path: "Tests/TestKit",
      swiftSettings: settings),
    tests("StoringTests", ["Storing", "TestKit"]),
    tests("QueryingTests", ["Querying", "CLinux", "CSQLite"]),
    tests("FilesTests", ["Files", "CLinux"]),
    tests(
      "OperationsTests",
      ["Format", "Operations", "Origins", "Repository", "Storing", "TestKit"]),
    tests(
      "CommandTests", ["Operations", "Repository", "Sealing", "TestKit"], data: ["Transcripts"]),
    tests("ArchitectureTests", []),
    tests("RepositoryTests", ["Format", "Repository", "Sealing", "Storing", "TestKit"]),
    tests(
      "OriginsTests",
      ["CSQLite", "Files", "Format", "Origins", "Querying", "Sealing", "TestKit"]),
    tests("PostgresTests", ["Operations", "Origins", "Repository", "Storing", "TestKit"]),
    tests("SealingTests", ["Sealing", "TestKit"]),
    tests("CompressingTests", ["Compressing", "Sealing", "TestKit"]),
    tests("FormatTests", ["Format", "TestKit"]),
    tests(
      "HostileTests",
      ["Format", "Compressing", "Files", "Origins", "Operations", "Querying", "TestKit"]),
    tests(
      "VectorTests",
      ["Format", "Sealing", "Storing", "Origins", "Repository", "Operations", "TestKit"]),
  ]
)
