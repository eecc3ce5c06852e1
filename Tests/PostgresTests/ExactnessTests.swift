import Operations
import TestKit
import Testing

@Suite(hasServer) struct `What PostgreSQL holds comes back exactly` {
  /// Every kind of value that is written in a way of its own, and the odd ones of each.
  private static let types = #"""
    CREATE TYPE mood AS ENUM ('sad', 'it''s "ok"', E'back\\slash');
    CREATE TYPE pair AS (a text, b int);
    CREATE DOMAIN short AS varchar(10) CHECK (length(VALUE) < 9);
    CREATE EXTENSION hstore;
    CREATE TABLE everything (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, t text, c char(5), v varchar(20), n name,
      q "char", i2 smallint, i4 int, i8 bigint, num numeric, m money, f4 real, f8 double precision,
      b boolean, y bytea, d date, tm time, tz timetz, ts timestamp, tsz timestamptz, iv interval,
      u uuid, j json, jb jsonb, x xml, a int[], ta text[], p pair, e mood, s short, r int4range,
      bt bit(3), vb varbit, ip inet, mac macaddr, pt point, vec tsvector, h hstore, o oid, l pg_lsn,
      doubled bigint GENERATED ALWAYS AS (i4::bigint * 2) STORED);
    INSERT INTO everything(t, c, v, n, q, i2, i4, i8, num, m, f4, f8, b, y, d, tm, tz, ts, tsz, iv, u, j, jb,
      x, a, ta, p, e, s, r, bt, vb, ip, mac, pt, vec, h, o, l) VALUES
      ('', '', '', '', '', 0, 0, 0, 0, 0, 0, 0, false, '', 'infinity', '00:00', '00:00+00', 'infinity',
       '-infinity', '0', '00000000-0000-0000-0000-000000000000', '{}', '{}', '', '{}', '{}', '("",)', 'sad',
       '', 'empty', B'000', B'', '::', '00:00:00:00:00:00', '(0,0)', '', '', 0, '0/0'),
      (E'a\tb\nc\r\\d\x01\x08\x0b\x0c\x7f\\N', 'x', E'\\.', 'Ünïcødé 🦢', 'a', -32768, -2147483648,
       -9223372036854775808, 'NaN', -123456.78, 'NaN', '-Infinity', true, E'\\xdeadbeef00', '4713-01-01 BC',
       '24:00', '23:59:59.999999+15:59', '0044-03-15 12:00 BC', '2026-03-29 02:30:00.000001 Europe/Berlin',
       '-1 year 2 mons -3 days 04:05:06.789', 'ffffffff-ffff-ffff-ffff-ffffffffffff', '{"a" :  1,"a":2}',
       '{"b": [1.10, null, "\u20ac"]}', '<a b="c">&amp;</a>', '{1,NULL,3}', E'{"a,b","c\\"d",NULL,"NULL"}',
       E'("x,y\n",2)', E'back\\slash', 'kurz', '[1,9)', B'101', B'1011', '10.0.0.1/8', '08:00:2b:01:02:03',
       '(1e-300,2)', 'fat:2 cat:3', 'a=>NULL, "b c"=>"d"', 4294967295, 'FFFFFFFF/FFFFFFFF'),
      (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
       NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
       NULL, NULL, NULL, NULL, NULL),
      ('last', 'x', 'x', 'x', 'x', 1, 1, 1, 1e-200 + 10::numeric ^ 100, 1, 1e-45, 5e-324, true, '\x00', 'epoch', '1:00',
       '1:00+01', 'epoch', 'epoch', 'P1Y', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'null', 'null', 'x', '[0:1]={1,2}',
       '{{a},{b}}', NULL, 'sad', 'x', '(,)', B'111', B'1', '1.2.3.4', '08:00:2b:01:02:03', '(1,2)', 'a', 'a=>b', 1, '0/1');
    UPDATE everything SET f8 = -0.0, f4 = 0.1::real WHERE id = 4;
    """#

  @Test func `every type, with its odd values`() async throws {
    let village = try await Village(Self.types, profile: "postgresql")
    let report = try await village.backup()
    #expect(report.state == "complete" && report.warnings.isEmpty, "\(report.warnings)")
    #expect(report.origins.first?.rows == 4)
    try await village.expectRestoreEqualsSource()
  }

  @Test func `everything that a schema is made of`() async throws {
    let village = try await Village(
      #"""
      CREATE ROLE villager_\#(UInt32.random(in: 0 ... .max));
      CREATE SCHEMA "Odd ""schema""";
      CREATE TABLE "Odd ""schema"""."Odd.table \ 'x'"("Col ""1""" text PRIMARY KEY, "select" int, ":host" int);
      INSERT INTO "Odd ""schema"""."Odd.table \ 'x'" SELECT 'k' || i, i, -i FROM generate_series(1, 300) i;
      CREATE TABLE parted(id int NOT NULL, day date NOT NULL, t text, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
      CREATE TABLE parted_old PARTITION OF parted FOR VALUES FROM (MINVALUE) TO ('2026-01-01');
      CREATE TABLE parted_new PARTITION OF parted DEFAULT;
      INSERT INTO parted SELECT i, date '2025-12-30' + i % 5, 'p' || i FROM generate_series(1, 600) i;
      CREATE TABLE parent(a int); CREATE TABLE child(b int) INHERITS (parent);
      INSERT INTO parent VALUES (1), (1); INSERT INTO child VALUES (1, 2);
      CREATE UNLOGGED TABLE fleeting(t text); INSERT INTO fleeting VALUES ('still there');
      CREATE TABLE twice(a text, b float8); INSERT INTO twice SELECT 'x', i % 3 FROM generate_series(1, 900) i;
      CREATE SEQUENCE s INCREMENT -5 MAXVALUE 100; SELECT nextval('s'), nextval('s');
      CREATE SEQUENCE untouched START 42;
      CREATE VIEW seen AS SELECT a, count(*) FROM twice GROUP BY a;
      CREATE MATERIALIZED VIEW kept AS SELECT * FROM seen;
      CREATE FUNCTION loud() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION E'no \n \\. rows'; END $$;
      CREATE TRIGGER guard BEFORE INSERT ON twice FOR EACH ROW EXECUTE FUNCTION loud();
      CREATE INDEX ON twice (lower(a)) WHERE b > 1;
      CREATE TABLE master(id serial PRIMARY KEY); CREATE TABLE slave(id int REFERENCES master, name text COLLATE "C");
      INSERT INTO master SELECT FROM generate_series(1, 3); INSERT INTO slave VALUES (1, 'a'), (3, NULL), (NULL, '');
      COMMENT ON TABLE master IS E'two\nlines \\! echo; -- and more';
      ALTER TABLE slave ADD CHECK (id < 10) NOT VALID;
      """#, profile: "postgresql")
    try await village.backup()
    try await village.expectRestoreEqualsSource()
  }

  @Test func `what cannot come back is refused by name`() async throws {
    for (sql, word) in [
      ("SELECT lo_create(0)", "large objects"),
      ("CREATE TABLE t(c regclass)", "column c"),
      ("CREATE TABLE nothing()", "table nothing"),
    ] {
      let village = try await Village(sql, profile: "postgresql")
      let error = await village.failure()
      #expect(error.status == .refused, "\(error.message)")
      #expect(error.message.contains(word), "\(error.message)")
    }
  }

  @Test func `a restored file is loaded into an empty database or not at all`() async throws {
    let village = try await Village(
      "CREATE TABLE t(a int); INSERT INTO t VALUES (1)", profile: "postgresql")
    try await village.backup()
    let restored = try await village.restore()
    let again = try restored.database.load(restored.file)
    #expect(
      again.status != 0 && again.output.contains("this database is not empty"), "\(again.output)")
    // One row fewer than the snapshot has.
    let text = try TextFile.read(restored.file).replacing("FROM stdin;\n1\n", with: "FROM stdin;\n")
    try TextFile.write(text, to: restored.file)
    let fresh = try village.database.server.makeDatabase()
    let short = try fresh.load(restored.file)
    #expect(
      short.status != 0 && short.output.contains("table t has not the 1 rows"), "\(short.output)")
    #expect(try fresh.run("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == "0\n")
  }
}
