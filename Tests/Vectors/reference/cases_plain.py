"""Vectors of the kit, and of what lies inside chunks: rows, records, descriptions, catalogues."""

import model as m
from cases_sealed import OVER32, flipped
from primitives import Fields, fixed, signed, string, u64, varint


def misread(text):
    """The text with another first digit of its payload."""
    head, payload = text.split("\n\n", 1)
    return f"{head}\n\n{'1' if payload[0] == '0' else '0'}{payload[1:]}"


def kit_vectors(collect):
    for half, contents in (("static", m.static_contents()), ("epoch", m.epoch_contents())):
        add = collect("kit", half=half, repository=m.REPOSITORY)
        head, payload = m.kit_head(half), m.kit_payload(half, contents.bytes())
        text = m.kit_text(head, payload)

        def plain(name, clause, expect, data):
            add(name, clause, expect, m.kit_text(head, m.kit_payload(half, data)), plaintext=data)

        plain("valid", "F-KIT-1", "opened", contents.bytes())
        words = b"correct horse battery staple"
        locked = m.kit_payload(half, contents.bytes(), words)
        locked_text = m.kit_text(m.kit_head(half, m.ARGON), locked)
        add("valid, with a passphrase", "F-KIT-2", "opened", locked_text, passphrase=words, plaintext=contents.bytes())
        add("typed with care and without", "F-KIT-1", "opened", text.replace(" ", "   ").replace("\n", "\r\n\r\n"),
            plaintext=contents.bytes())
        add("other passphrase", "F-KIT-2", "wrong-key", locked_text, passphrase=b"correct horse battery stable")
        add("no passphrase", "F-KIT-2", "wrong-key", locked_text)
        add("other salt", "F-KIT-2", "wrong-key", locked_text.replace("salt=" + m.SALT.hex()[:2], "salt=00"), passphrase=words)
        add("other passes", "F-KIT-2", "wrong-key", locked_text.replace("passes=2", "passes=1"), passphrase=words)
        add("version 2", "F-KIT-1", "unknown-version", text.replace("KIT 1", "KIT 2"))
        for name, damaged in (
                ("empty", ""), ("another text", "Dear Romeo,\n\n\n\n"), ("three words", text.replace(" " + half, "", 1)),
                ("another half", text.replace("1 " + half, "1 middle")), ("no repository", text.replace("repository:", "depository:")),
                ("short repository", text.replace(m.REPOSITORY.hex(), m.REPOSITORY.hex()[:-2])),
                ("capitals", text.replace(m.REPOSITORY.hex(), m.REPOSITORY.hex().upper())),
                ("unknown wrap", text.replace("wrap: none", "wrap: paper")),
                ("no wrap", text.replace("wrap: none", "none")),
                ("misread digit", misread(text)),
                ("line without its sum", text.replace(f" {m.line_sum(payload[:32]):02x}\n", "\n", 1)),
                ("line too long", m.kit_head(half) + f"\n{payload[:33].hex()} {m.line_sum(payload[:33]):02x}\nend\n")):
            add(name, "F-KIT-1", "malformed", damaged)
        for old, new, expect in (
                ("memory=65536", "memory=1073741825", "over-limit"), ("memory=65536", "memory=4096", "malformed"),
                ("memory=65536", "memory=065536", "malformed"), ("memory=65536", "memory=+65536", "malformed"),
                ("memory=65536", "memory=99999999999999999999", "malformed"), ("passes=2", "passes=33", "over-limit"),
                ("passes=2", "passes=0", "malformed"), (m.SALT.hex(), m.SALT.hex()[2:], "malformed"), ("passes=2 ", "", "malformed")):
            add(f"wrap with {new[:16]}", "F-KIT-1", expect, locked_text.replace(old, new), passphrase=words)
        add("no end", "F-KIT-1", "truncated", text[:-4])
        add("payload of 56 bytes", "F-KIT-2", "truncated", m.kit_text(head, payload[:56]))
        add("no payload", "F-KIT-2", "truncated", m.kit_text(head, b""))
        add("nonce changed", "F-KIT-2", "wrong-key", m.kit_text(head, flipped(payload, 0)))
        add("commitment changed", "F-KIT-2", "wrong-key", m.kit_text(head, flipped(payload, 24)))
        add("ciphertext changed", "F-KIT-2", "forged", m.kit_text(head, flipped(payload, 56)))
        add("tag changed", "F-KIT-2", "forged", m.kit_text(head, flipped(payload, -1)))
        add("payload cut", "F-KIT-2", "forged", m.kit_text(head, payload[:-1]))
        add("payload below a tag", "F-KIT-2", "forged", m.kit_text(head, payload[:60]))
        add("repository changed", "F-KIT-2", "forged", text.replace(m.REPOSITORY.hex(), fixed("another repository", 16).hex()))
        add("half changed", "F-KIT-2", "forged", text.replace("1 " + half, "1 " + ("epoch" if half == "static" else "static")),
            half="epoch" if half == "static" else "static")
        for field, data in contents.cuts():
            plain(f"ends before {field}", "F-KIT-3" if half == "static" else "F-KIT-4", "truncated", data)
        plain("a byte more", "F-ENC-5", "malformed", contents.bytes() + b"\0")
        if half == "static":
            plain("url too long", "F-KIT-3", "over-limit", contents.but(url=string("x" * 4097)).bytes())
            plain("host key not UTF-8", "F-KIT-3", "malformed", contents.but(host_key=string(b"\xfe")).bytes())


def checked(collect, kind, clause, fields, changes, loose_cuts=()):
    """A valid value, what is wrong in it field by field, and its cuts."""
    add = collect(kind)
    add("valid", clause, "opened", fields.bytes())
    for index, (field, value, expect) in enumerate(changes):
        add(f"{field} {expect} {index}", clause, expect, fields.but(**{field: value}).bytes())
    for field, data in fields.cuts():
        if data and field not in loose_cuts:
            add(f"ends before {field}", "F-ENC-4", "truncated", data)
    return add


def catalogue_vectors(collect):
    root = Fields(
        ("run", m.RUN), ("packs", varint(2)), ("pack 0", m.PACK), ("pack 1", m.OTHER_PACK), ("origins", varint(1)),
        ("name", string("xmpp")), ("kind", b"\1"), ("description pack", b"\0"), ("description ordinal", signed(0)),
        ("segments", varint(2)), ("tables", varint(2)), ("table 0", varint(0)), ("table 1", varint(3)),
        ("lower", signed(-1 << 63)), ("records", varint(300)), ("bytes", varint(60_000)), ("part pack", varint(1)),
        ("part ordinal", signed(4)), ("second", varint(1) + varint(4) + signed(9000) + varint(8192) + varint(1 << 23)
                                      + b"\1" + signed(0)))
    changes = [
        ("packs", varint(131_073), "over-limit"), ("packs", varint(1000), "truncated"),
        ("origins", varint(257), "over-limit"), ("kind", b"\0", "malformed"), ("kind", b"\3", "malformed"),
        ("description pack", varint(2), "malformed"), ("description pack", varint(131_073), "over-limit"),
        ("description ordinal", signed(-1), "malformed"), ("description ordinal", signed(455_209), "malformed"),
        ("part ordinal", signed((1 << 63) - 1), "malformed"), ("part ordinal", signed(-1 << 63), "malformed"),
        ("segments", varint(131_073), "over-limit"), ("segments", varint(1000), "truncated"),
        ("tables", varint(65_537), "over-limit"), ("table 1", varint(65_537), "over-limit"),
        ("lower", b"\xff" * 9 + b"\3", "malformed"), ("records", varint((32 << 20) + 1), "over-limit"),
        ("bytes", varint((1 << 53) + 1), "over-limit"), ("bytes", varint((1 << 64) - 1), "over-limit")]
    for name in ("", ".", "..", "../etc", "a/b", "a.b", "\0", "ä", "x" * 65, ".lethe-scratch"):
        changes.append(("name", string(name), "malformed"))
    changes += [("name", string(b"\xff"), "malformed"), ("name", string("x" * 256), "over-limit")]
    add = checked(collect, "catalogue-root", "F-CAT-2", root, changes)
    add("a byte more", "F-ENC-5", "malformed", root.bytes() + b"\0")
    add("of nothing", "F-CAT-2", "opened", m.RUN + b"\0\0")
    add("of a PostgreSQL database", "F-CAT-2", "opened", root.but(kind=b"\4").bytes())
    twice = string("xmpp") + b"\2\0" + signed(0) + b"\0"
    add("one name twice", "F-CAT-2", "malformed", m.RUN + b"\1" + m.PACK + b"\2" + twice + twice)
    part = Fields(
        ("packs", varint(1)), ("pack", m.PACK), ("groups", varint(2)), ("step", varint(0)), ("record count", varint(2)),
        ("pack position", b"\0"), ("ordinal", signed(5)), ("next", b"\0" + signed(0)), ("content count", b"\0"),
        ("second step", varint(7)), ("second", b"\0"), ("second contents", varint(1)), ("content", b"\0" + signed(-7)))
    add = checked(collect, "catalogue-part", "F-CAT-4", part, [
        ("groups", varint((1 << 20) + 1), "over-limit"), ("groups", varint(1 << 20), "truncated"),
        ("second step", varint(0), "malformed"), ("second step", OVER32, "malformed"),
        ("second step", varint((1 << 64) - 1), "malformed"), ("record count", varint((1 << 20) + 1), "over-limit"),
        ("record count", varint(1 << 20), "truncated"), ("pack position", b"\1", "malformed"),
        ("ordinal", signed(-1), "malformed"), ("content", b"\0" + signed(-8), "malformed"),
        ("second contents", varint((1 << 20) + 1), "over-limit"), ("step", b"\x80\0", "malformed")])
    add("a byte more", "F-ENC-5", "malformed", part.bytes() + b"\0")
    add("of nothing", "F-CAT-4", "opened", b"\0\0")
    group = varint(1) + varint(0) + varint(2)
    ends = b"\0"
    for name, expect, packs, references in (
            ("two packs in order", "opened", m.PACK + m.OTHER_PACK, b"\0\0\1\0"),
            ("packs out of order", "malformed", m.OTHER_PACK + m.PACK, b"\1\0\0\0"),
            ("unused pack", "malformed", m.PACK + m.OTHER_PACK, b"\0\0\0\0"),
            ("pack twice", "malformed", m.PACK + m.PACK, b"\0\0\1\0")):
        add(name, "F-CAT-5", expect, varint(2) + packs + group + references + ends)


def row_vectors(collect):
    fields = Fields(
        ("origin", string("xmpp")), ("table", string("archive")), ("lower", signed(-1 << 63)), ("part", varint(0)),
        ("section", string("archive")), ("columns", varint(6)), ("rows", varint(2)), ("key", signed(-(1 << 63))),
        ("null", varint(0)), ("integer", varint(1) + signed(-(1 << 63))), ("real", varint(2) + u64(1 << 63)),
        ("text", varint(4 + 2 * 6) + b"juliet"), ("blob", varint(5 + 2 * 2) + b"\0\xff"), ("empty", varint(5)),
        ("second key", signed(-1)), ("second row", bytes(6)))
    add = checked(collect, "rows", "F-ROW-2", fields, [
        ("origin", string("x" * 256), "over-limit"), ("origin", string(b"\xff"), "malformed"),
        ("table", string("x" * 256), "over-limit"), ("part", varint((32 << 20) + 1), "over-limit"),
        ("part", b"\x80\0", "malformed"), ("section", string("x" * 256), "over-limit"),
        ("section", string(b"\xff"), "malformed"), ("columns", varint(32_768), "over-limit"),
        ("columns", varint(1000), "truncated"), ("rows", varint(1 << 40), "truncated"),
        ("rows", varint((1 << 64) - 1), "truncated"), ("null", varint(3), "malformed"), ("null", b"\x80\0", "malformed"),
        ("key", b"\xff" * 9 + b"\2", "malformed"), ("text", varint((1 << 64) - 2), "truncated"),
        ("blob", varint((1 << 64) - 1), "truncated")], loose_cuts=("section",))
    add("no rows", "F-ROW-1", "opened", fields.bytes()[:len(string("xmpp") + string("archive")) + 11])
    add("number that is longer than it must be at the end", "F-ENC-2", "malformed", string("o") + string("t") + b"\0\0\x81\0")
    add("tenth byte at the end", "F-ENC-2", "malformed", string("o") + string("t") + b"\0\0" + b"\xff" * 9 + b"\2")


def record_vectors(collect):
    head = [("path", string("a/b")), ("mode", varint(0o644)), ("owner", varint(1000)), ("group", varint((1 << 32) - 1)),
            ("modified", signed(-5)), ("nanoseconds", varint(999_999_999))]
    piece = 4 << 20
    regular = Fields(
        *head, ("kind", b"\2"), ("bytes", varint(3 * piece + 10)), ("holes", varint(2)), ("gap", varint(100)),
        ("length", varint(2 * piece)), ("second gap", varint(1)), ("second length", varint(9)), ("piece 0", b"\1"),
        ("name 0", fixed("name 0", 16)), ("secret 0", fixed("secret 0")), ("piece 1", b"\0"), ("piece 2", b"\1"),
        ("name 2", fixed("name 2", 16)), ("secret 2", fixed("secret 2")), ("piece 3", b"\1" + fixed("piece 3", 48)))
    add = checked(collect, "records", "F-REC-1", regular, [
        ("path", varint(65_537), "over-limit"), ("mode", varint(0o10000), "over-limit"), ("owner", OVER32, "over-limit"),
        ("group", OVER32, "over-limit"), ("modified", b"\xff" * 9 + b"\2", "malformed"),
        ("nanoseconds", varint(10**9), "over-limit"), ("kind", b"\0", "malformed"), ("kind", b"\5", "malformed"),
        ("bytes", varint((1 << 40) + 1), "over-limit"), ("bytes", varint((1 << 64) - 1), "over-limit"),
        ("holes", varint(65_537), "over-limit"), ("holes", varint(65_536), "truncated"),
        ("gap", varint(3 * piece + 11), "over-limit"), ("gap", varint((1 << 64) - 1), "over-limit"),
        ("length", varint(0), "malformed"), ("length", varint(3 * piece), "over-limit"),
        ("second gap", varint(0), "malformed"), ("second length", varint(4 * piece), "over-limit"),
        ("piece 0", b"\2", "malformed"), ("piece 0", b"\0", "malformed"), ("piece 1", b"\1", "malformed"),
        ("piece 3", b"\0", "malformed")])
    path = Fields(*head)
    for kind, rest in ((1, b""), (3, string("../elsewhere")), (4, string("a/a"))):
        add(f"kind {kind}", "F-REC-1", "opened", path.bytes() + bytes([kind]) + rest)
        if rest:
            add(f"kind {kind} cut", "F-REC-1", "truncated", path.bytes() + bytes([kind]) + rest[:-1])
            add(f"kind {kind} too long", "F-REC-1", "over-limit", path.bytes() + bytes([kind]) + varint(65_537))
    add("two", "F-REC-1", "opened", path.bytes() + b"\1" + regular.bytes())
    add("empty file", "F-REC-1", "opened", path.bytes() + b"\2\0\0")
    add("nothing but hole", "F-REC-1", "opened", path.bytes() + b"\2" + varint(piece + 1) + b"\1\0" + varint(piece + 1) + b"\0\0")
    add("2^40 bytes and no pieces", "F-REC-1", "truncated", path.bytes() + b"\2" + varint(1 << 40) + b"\1\0" + varint(1 << 40))


def description_vectors(collect):
    key = varint(1) + varint(1) + string("NOCASE") + b"\1"
    table = Fields(
        ("file name", string("ejabberd.db")), ("mode", varint(0o640)), ("owner", varint(0)), ("group", varint(5)),
        ("page", varint(4096)), ("encoding", b"\1"), ("vacuum", b"\2"), ("format", b"\4"), ("user version", signed(-(1 << 31))),
        ("application", signed((1 << 31) - 1)), ("wal", b"\1"), ("objects", varint(2)), ("object kind", b"\0"),
        ("object name", string("users")), ("object table", string("users")), ("sql", b"\1" + string(b"CREATE TABLE users(\xff)")),
        ("storage", b"\1"), ("index", b"\1" + string("i") + string("users") + b"\0\1"), ("tables", varint(3)),
        ("table name", string("users")), ("table kind", b"\2"), ("row id", string("rowid")), ("alias", varint(0)),
        ("columns", varint(2)), ("column", string("id") + b"\0"), ("column 1", string("name") + b"\1"), ("indexes", varint(2)),
        ("index name", string("i")), ("index key", b"\1" + key), ("partial", string("p") + b"\0"),
        ("plain", string("t") + b"\1" + string("oid") + b"\0\0"),
        ("without", string("w") + b"\3" + varint(1) + varint(0) + string("BINARY") + b"\0" + varint(1) + string("c") + b"\0\0"))
    changes = [("file name", string(name), "malformed") for name in (
        "", ".", "..", "a/b", "../a", "../\u0301a", "a\0b", b"\xff")]
    changes += [
        ("file name", string("x" * 256), "over-limit"), ("mode", varint(0o10000), "over-limit"), ("owner", OVER32, "over-limit"),
        ("group", OVER32, "over-limit"), ("page", varint(65_537), "over-limit"), ("page", varint(0), "malformed"),
        ("page", varint(256), "malformed"), ("page", varint(5000), "malformed"), ("encoding", b"\0", "malformed"),
        ("encoding", b"\4", "malformed"), ("vacuum", b"\3", "malformed"), ("format", b"\0", "malformed"),
        ("format", b"\5", "malformed"), ("user version", signed(1 << 31), "malformed"),
        ("application", signed(-(1 << 31) - 1), "malformed"), ("wal", b"\2", "malformed"),
        ("objects", varint(65_537), "over-limit"), ("objects", varint(60_000), "truncated"), ("object kind", b"\4", "malformed"),
        ("object name", string("x" * 256), "over-limit"), ("object table", string(b"\xff"), "malformed"),
        ("sql", b"\2", "malformed"), ("sql", b"\1" + varint((1 << 20) + 1), "over-limit"), ("storage", b"\2", "malformed"),
        ("tables", varint(65_537), "over-limit"), ("tables", varint(60_000), "truncated"), ("table kind", b"\0", "malformed"),
        ("table kind", b"\4", "malformed"), ("alias", varint(2), "malformed"), ("alias", varint(32_768), "over-limit"),
        ("columns", varint(32_768), "over-limit"), ("columns", varint(30_000), "truncated"),
        ("column 1", string("name") + b"\2", "malformed"), ("indexes", varint(65_537), "over-limit"),
        ("index key", b"\1" + varint(1) + varint(2) + string("BINARY") + b"\0", "malformed"),
        ("index key", b"\1" + varint(1) + varint(0) + string("FRENCH") + b"\0", "malformed"),
        ("index key", b"\1" + varint(32_768), "over-limit"), ("partial", string("p") + b"\2", "malformed"),
        ("without", string("w") + b"\3\0" + varint(1) + string("c") + b"\0\0", "malformed")]
    add = checked(collect, "database-description", "F-DESC-1", table, changes)
    add("a byte more", "F-ENC-5", "malformed", table.bytes() + b"\0")
    server = Fields(
        ("version", varint(150_004)), ("encoding", string("UTF8")), ("creation", string("ENCODING 'UTF8'")), ("roles", varint(1)),
        ("role", string("ejabberd")), ("before", string(b"CREATE TABLE users(\xff)")), ("after", string("")), ("tables", varint(2)),
        ("label", string("users")), ("schema", string("public")), ("name", string("users")), ("numbered", b"\1"),
        ("number", varint(1)), ("columns", varint(2)), ("column 0", string("name")), ("column 1", string("id")),
        ("second", string("odd.t") + string("odd") + string("t") + b"\0" + varint(1) + string("c")), ("sequences", varint(1)),
        ("sequence", string("public.users_id_seq")), ("value", signed(-1 << 63)), ("called", b"\1"))
    add = checked(collect, "postgresql-description", "F-DESC-3", server, [
        ("version", OVER32, "over-limit"), ("encoding", string("LATIN1"), "malformed"), ("encoding", string("x" * 256), "over-limit"),
        ("creation", string(b"\xff"), "malformed"), ("creation", varint((1 << 20) + 1), "over-limit"),
        ("roles", varint(65_537), "over-limit"), ("roles", varint(60_000), "truncated"), ("role", string("x" * 256), "over-limit"),
        ("before", varint((6 << 20) + 1), "over-limit"), ("after", varint((6 << 20) + 1), "over-limit"),
        ("tables", varint(65_537), "over-limit"), ("tables", varint(60_000), "truncated"), ("label", string(b"\xff"), "malformed"),
        ("schema", string("x" * 256), "over-limit"), ("name", string("x" * 256), "over-limit"), ("numbered", b"\2", "malformed"),
        ("number", varint(2), "malformed"), ("number", varint(32_768), "over-limit"), ("columns", varint(32_768), "over-limit"),
        ("columns", varint(30_000), "truncated"), ("column 1", string("x" * 256), "over-limit"),
        ("second", string("t") + string("s") + string("t") + b"\0\0", "malformed"), ("sequences", varint(65_537), "over-limit"),
        ("sequences", varint(60_000), "truncated"), ("called", b"\2", "malformed")])
    add("a byte more", "F-ENC-5", "malformed", server.bytes() + b"\0")
    tree = Fields(("mode", varint(0o750)), ("owner", varint(1)), ("group", varint(2)), ("modified", signed(1 << 40)),
                  ("nanoseconds", varint(1)))
    add = checked(collect, "tree-description", "F-DESC-2", tree, [
        ("mode", varint(0o10000), "over-limit"), ("owner", OVER32, "over-limit"), ("group", OVER32, "over-limit"),
        ("modified", b"\x80\0", "malformed"), ("nanoseconds", varint(10**9), "over-limit")])
    add("a byte more", "F-ENC-5", "malformed", tree.bytes() + b"\0")
