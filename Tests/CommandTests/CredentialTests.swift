import Foundation
import TestKit
import Testing

@Suite struct `A key that may only add does the timer's work, and no more` {
  /// A site whose repository two servers serve: `keeper` may do everything, `timer` may add.
  private struct Vault {
    let site: Site
    let keeper: LoopbackSSHD
    let timer: LoopbackSSHD

    /// What the timer's key is denied, as the article Credentials.md has it.
    static let denied = "remove,rmdir,posix-rename,hardlink,symlink,setstat,fsetstat,lsetstat"

    init() throws {
      keeper = try LoopbackSSHD()
      var options = LoopbackSSHD.Options()
      options.sftpServer = "internal-sftp -P \(Self.denied)"
      timer = try LoopbackSSHD(options)
      site = try Site(messages: 60)
    }

    /// Lets the next commands use the timer's key, or the keeper's.
    func use(_ server: LoopbackSSHD) throws {
      let words = Site.repository(on: server)
        .replacingOccurrences(of: server.root, with: keeper.root)
      try site.writeConfiguration(repository: words)
    }

    var keyrings: Set<String> {
      get throws {
        Set(try FileManager.default.contentsOfDirectory(atPath: keeper.root + "/keyring"))
      }
    }
  }

  @Test func `runs commit, and what removes is refused with the remedy or left to the other key`()
    async throws
  {
    let vault = try Vault()
    let site = vault.site
    try vault.use(vault.keeper)
    try await site.initialise()
    try vault.use(vault.timer)
    for _ in 0..<3 {
      let run = try await site.lethe("backup", "--no-prune")
      #expect(run.status == 0, "\(run.errors)")
    }
    let before = try vault.keyrings
    let erased = try await site.lethe("erase", "--now", "alice@jix.im")
    #expect(erased.status == 3, "\(erased)")
    #expect(erased.errors.contains("this identity may not remove"), "\(erased.errors)")
    #expect(erased.errors.contains("lethe prune"), "\(erased.errors)")
    #expect(try vault.keyrings.isSuperset(of: before))
    let later = try await site.lethe("backup", "--no-prune")
    #expect(later.status == 0, "\(later)")
    #expect(later.errors.contains("this identity may not remove"), "\(later.errors)")
    try vault.use(vault.keeper)
    #expect(try await site.lethe("prune").status == 0)
    #expect(try vault.keyrings.isDisjoint(with: before))
    let check = try await site.lethe("check")
    #expect(check.status == 0, "\(check.output)")
    try vault.use(vault.timer)
    let clean = try await site.lethe("backup", "--no-prune")
    #expect(!clean.errors.contains("may not remove"), "\(clean.errors)")
  }

  @Test func `doctor knows such a key, and the article names what it is denied`() async throws {
    let vault = try Vault()
    try vault.use(vault.keeper)
    try await vault.site.initialise()
    try vault.use(vault.timer)
    let said = try await vault.site.lethe("doctor")
    #expect(said.output.contains("may not remove anything"), "\(said.output)")
    let article = try TextFile.read(
      Site.project + "/Sources/lethe/lethe.docc/Credentials.md")
    #expect(article.contains("-P \(Vault.denied)"))
  }
}
