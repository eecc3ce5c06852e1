import Testing

@testable import Querying

@Suite struct `An expression over a row tells what it depends on` {
  private func tables(
    _ sql: String, as use: SourceDatabase.RowExpression = .owner
  ) throws -> Set<String>? {
    let scratch = try ScratchDirectory()
    let path = scratch.file("server.db")
    let server = try Workbench(path)
    try server.run(
      """
      PRAGMA journal_mode=WAL;
      CREATE TABLE item(id INTEGER PRIMARY KEY, node INT, name TEXT, at TEXT);
      CREATE INDEX item_node ON item(node, name);
      CREATE TABLE node(id INTEGER PRIMARY KEY, host TEXT);
      CREATE VIEW both AS SELECT item.id, node.host FROM item, node WHERE node.id = item.node;
      """)
    let source = try SourceDatabase(path: path)
    let table = try #require(try source.schema().tables.first { $0.name == "item" })
    let tables = try source.tables(decidingOn: sql, as: use, over: table)
    return tables.map { Set($0.map { String(decoding: $0, as: UTF8.self) }) }
  }

  @Test(
    arguments: [
      "name || '@x'", "NULL", "CASE WHEN name LIKE '%@%' THEN NULL ELSE lower(name) END",
      "substr(item.name, 1, instr(name || '/', '/') - 1)", "rowid",
    ])
  func `on the row alone`(sql: String) throws { #expect(try tables(sql) == []) }

  @Test(
    arguments: [
      "(SELECT host FROM node WHERE node.id = item.node)",
      "(SELECT CASE WHEN n.host LIKE '%@%' THEN n.host ELSE name END FROM node n WHERE n.id = item.node)",
      "name || (SELECT max(host) FROM node)", "node IN (SELECT id FROM node)",
    ])
  func `on another table`(sql: String) throws { #expect(try tables(sql) == ["node"]) }

  @Test(
    arguments: [
      "(SELECT max(i.name) FROM item i)", "(SELECT i.name FROM item i WHERE i.id = item.id - 1)",
      "(SELECT count(*) FROM item)", "node IN (SELECT id FROM item)",
      "max(name) OVER (PARTITION BY node)",
      "first_value(name) OVER (ORDER BY node)",
      "EXISTS (SELECT 1 FROM node, item i WHERE i.node = node.id)",
      "(SELECT i.name FROM item AS i WHERE i.node = item.node LIMIT 1)", "random()",
      "hex(randomblob(4))",
      "date('now')", "strftime('%s', at)", "CURRENT_TIMESTAMP", "sqlite_version()", "changes()",
    ])
  func `on what cannot be told`(sql: String) throws { #expect(try tables(sql) == nil) }

  @Test func `a time on its text, and a view on what is behind it`() throws {
    #expect(try tables("strftime('%s', at)", as: .since) == [])
    #expect(try tables("CURRENT_TIMESTAMP", as: .since) == nil)
    // A view has no pages of its own, so that whoever looks for them finds none.
    #expect(try tables("(SELECT host FROM both WHERE both.id = item.id)")?.contains("node") != true)
  }
}
