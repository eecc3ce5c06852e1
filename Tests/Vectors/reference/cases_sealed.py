"""Vectors of the objects that lie on the remote: format, log entries, packs, keyrings."""

import model as m
from primitives import Fields, digest, fixed, seal, string, u32, u64, varint

FUTURE, OVER32 = b"\2", varint(1 << 32)
METADATA = {"repository": m.REPOSITORY, "metadata key": m.METADATA_KEY}


def flipped(data, index):
    index %= len(data)
    return data[:index] + bytes([data[index] ^ 1]) + data[index + 1:]


def prefix_damages(add, data, clause="F-OBJ-1"):
    """What every object with a prefix has in common."""
    add("no bytes", clause, "truncated", b"")
    add("within the prefix", clause, "truncated", data[:7])
    add("other kind", clause, "malformed", b"LTHX" + data[4:])
    add("version 2", clause, "unknown-version", data[:4] + FUTURE + data[5:])
    add("version 0", clause, "unknown-version", data[:4] + b"\0" + data[5:])
    for index in (5, 6, 7):
        add(f"reserved byte {index}", clause, "malformed", flipped(data, index))


def format_vectors(collect):
    add = collect("format", repository=m.REPOSITORY)
    data = m.prefix("LTHF") + m.REPOSITORY
    add("valid", "F-OBJ-2", "opened", data)
    prefix_damages(add, data)
    add("kind of another object", "F-OBJ-1", "malformed", m.prefix("LTHP") + m.REPOSITORY)
    add("id cut", "F-OBJ-2", "truncated", data[:-1])
    add("a byte more", "F-ENC-5", "malformed", data + b"\0")


def log_vectors(collect):
    def at(sequence, previous=None):
        previous = previous or (bytes(32) if sequence == 1 else fixed("previous"))
        add = collect("log", sequence=sequence, previous=previous, **METADATA)

        def plain(name, clause, expect, plaintext):
            plaintext = plaintext if isinstance(plaintext, bytes) else plaintext.bytes()
            add(name, clause, expect, m.log_object(plaintext, sequence), plaintext=plaintext)
        return add, plain

    _, first = at(1)
    add, plain = at(5)
    entry = m.entry(5, 2, m.snapshot())
    first("genesis", "F-LOG-2", "opened", m.entry(1, 1))
    first("genesis with two keyrings", "F-LOG-6", "opened", m.entry(1, 1, references=(
        ("one", m.reference(1).bytes()), ("two", m.reference(2).bytes()))).but(keyring_count=b"\2"))
    first("snapshot as entry 1", "F-LOG-2", "malformed", m.entry(1, 2, m.snapshot()))
    plain("snapshot", "F-LOG-5", "opened", entry)
    plain("snapshot of nothing", "F-LOG-5", "opened", m.entry(5, 2, [
        ("run", m.RUN), ("state", b"\3"), ("started", b"\0"), ("pack", m.PACK), ("rest", b"\0\0\0\0")]))
    plain("takeover", "F-LOG-2", "opened", m.entry(5, 3))
    plain("genesis again", "F-LOG-2", "malformed", m.entry(5, 1))
    plain("kind of the future", "F-LOG-2", "unknown-version", m.entry(5, 99))
    plain("kind 0", "F-LOG-2", "unknown-version", m.entry(5, 0))
    plain("number of another entry", "F-LOG-2", "malformed", entry.but(sequence=u64(6)))
    plain("number 0", "F-LOG-2", "malformed", entry.but(sequence=u64(0)))
    plain("number beyond twelve digits", "F-LOG-2", "malformed", entry.but(sequence=u64(10**12)))
    plain("another entry before it", "F-LOG-3", "forged", entry.but(previous=fixed("fork")))
    for field, data, clause, expect in (
            ("time", b"\x80\0", "F-ENC-2", "malformed"), ("time", b"\xff" * 9 + b"\2", "F-ENC-2", "malformed"),
            ("time", b"\xff" * 10 + b"\1", "F-ENC-2", "malformed"), ("next account", OVER32, "F-LOG-2", "over-limit"),
            ("keyring count", varint(65_537), "F-LOG-2", "over-limit"),
            ("keyring count", varint(65_536), "F-ENC-4", "truncated"),
            ("reference epoch", OVER32, "F-LOG-6", "over-limit"),
            ("keyring bytes", varint((64 << 20) + 1), "F-LOG-6", "over-limit"),
            ("state", b"\0", "F-LOG-5", "malformed"), ("state", b"\4", "F-LOG-5", "malformed"),
            ("started", b"\x81\x80\0", "F-ENC-2", "malformed"),
            ("root ordinal", varint(455_209), "F-LOG-5", "over-limit"),
            ("pack count", varint((16 << 20) + 1), "F-LOG-5", "over-limit"),
            ("pack count", varint(1000), "F-ENC-4", "truncated"), ("contents", b"\0", "F-LOG-5", "malformed"),
            ("contents", b"\4", "F-LOG-5", "malformed"), ("pack bytes", varint((18 << 20) + 1), "F-LOG-5", "over-limit"),
            ("origin count", varint(257), "F-LOG-5", "over-limit"),
            ("origin name", string("x" * 256), "F-LOG-5", "over-limit"),
            ("origin name", string(b"\xc3\x28"), "F-ENC-4", "malformed"),
            ("rows", varint((1 << 53) + 1), "F-LOG-5", "over-limit"),
            ("rows", varint((1 << 64) - 1), "F-LOG-5", "over-limit"),
            ("files", varint((1 << 53) + 1), "F-LOG-5", "over-limit"),
            ("origin bytes", varint((1 << 53) + 1), "F-LOG-5", "over-limit"), ("live", OVER32, "F-LOG-5", "over-limit")):
        plain(f"{field} {expect} {len(data)} {data[-1]}", clause, expect, entry.but(**{field: data}))
    for field, data in entry.cuts():
        plain(f"ends before {field}", "F-ENC-4", "truncated", data)
    plain("a byte more", "F-ENC-5", "malformed", entry.bytes() + b"\0")
    data = m.log_object(entry.bytes(), 5)
    prefix_damages(add, data)
    for name, damaged in (
            ("nothing sealed", data[:8]), ("nonce alone", data[:32]), ("nonce", flipped(data, 8)),
            ("ciphertext", flipped(data, 40)), ("tag", flipped(data, -1)), ("cut", data[:-1]), ("longer", data + b"\0"),
            ("entry of another place", m.log_object(entry.bytes(), 6)),
            ("key of packs", m.prefix("LTHL") + m.metadata_seal("LTHL", "pack", u64(5), entry.bytes())),
            ("kind of packs bound", m.prefix("LTHL") + m.metadata_seal("LTHP", "log", u64(5), entry.bytes())),
            ("other repository", m.prefix("LTHL") + m.metadata_seal(
                "LTHL", "log", u64(5), entry.bytes(), repository=fixed("another repository", 16)))):
        add(name, "F-KEY-2", "forged", damaged)


def keyring_vectors(collect):
    def kit(epoch):
        return collect("keyring", **METADATA, **{"kit epoch": epoch, "kit seed": m.SEEDS[epoch]})

    add, contents = kit(1), m.keyring_contents()

    def plain(name, clause, expect, plaintext, adder=add, epoch=1):
        plaintext = plaintext if isinstance(plaintext, bytes) else plaintext.bytes()
        adder(name, clause, expect, m.keyring_object(plaintext, epoch), plaintext=plaintext)

    plain("valid", "F-KEY-5", "opened", contents)
    plain("empty", "F-KEY-5", "opened", b"\0\0")
    plain("of a later epoch", "F-KEY-7", "opened", contents, epoch=3)
    plain("of the epoch of a kit that was advanced", "F-KEY-7", "opened", contents, kit(3), 3)
    plain("of an epoch that the kit left behind", "F-KEY-7", "wrong-key", contents, kit(3), 2)
    add("of an epoch out of reach", "F-KEY-7", "wrong-key", m.keyring_object(contents.bytes(), 10_402, seed=m.SEEDS[1]))
    add("to another seed", "F-KEY-7", "wrong-key", m.keyring_object(contents.bytes(), seed=fixed("foreign seed")))
    data = m.keyring_object(contents.bytes())
    prefix_damages(add, data)
    add("prefix alone", "F-KEY-5", "truncated", data[:8])
    add("epoch cut", "F-KEY-5", "truncated", data[:11])
    add("epoch alone", "F-KEY-5", "truncated", data[:12])
    for name, damaged in (
            ("epoch", flipped(data, 8)), ("nonce", flipped(data, 12)), ("box", flipped(data, 40)),
            ("tag", flipped(data, -1)), ("cut", data[:-1]), ("longer", data + b"\0"), ("nothing sealed", data[:13])):
        add(name, "F-KEY-2", "forged", damaged)
    recipient = m.box_pair(m.keyed(m.SEEDS[1], b"lethe1 epoch box"))[1]
    binding = b"lethe1 keyring" + m.REPOSITORY + u32(1)
    box = m.box(recipient, binding + fixed("content key"), "keyring")
    add("box alone", "F-KEY-5", "truncated", m.keyring_object(b"", layers=box))
    add("box cut", "F-KEY-5", "truncated", m.keyring_object(b"", layers=box[:-1]))
    add("box damaged under a whole seal", "F-KEY-5", "wrong-key", m.keyring_object(b"", layers=flipped(box, 50) + bytes(60)))
    add("box bound to another epoch", "F-KEY-5", "forged", m.keyring_object(
        contents.bytes(), binding=b"lethe1 keyring" + m.REPOSITORY + u32(2)))
    add("box bound to another repository", "F-KEY-5", "forged", m.keyring_object(
        contents.bytes(), binding=b"lethe1 keyring" + fixed("another repository", 16) + u32(1)))
    add("contents under another key", "F-KEY-5", "forged", m.keyring_object(
        b"", inner=seal(fixed("another key"), binding, contents.bytes(), "inner")))
    add("contents cut", "F-KEY-5", "forged", m.keyring_object(b"", inner=bytes(39)))
    for field, value, clause, expect in (
            ("account count", varint(808_541), "F-KEY-5", "over-limit"), ("account count", varint(100), "F-ENC-4", "truncated"),
            ("number", OVER32, "F-KEY-5", "over-limit"), ("number", b"\x81\0", "F-ENC-2", "malformed"),
            ("address", string("x" * 3072), "F-KEY-5", "over-limit"), ("address", string(b"\xff"), "F-ENC-4", "malformed"),
            ("birth mark", string("x" * 1025), "F-KEY-5", "over-limit"), ("run count", varint(65_537), "F-KEY-5", "over-limit"),
            ("run count", varint(2), "F-ENC-4", "truncated")):
        plain(f"{field} {expect}", clause, expect, contents.but(**{field: value}))
    for field, value in contents.cuts():
        plain(f"ends before {field}", "F-ENC-4", "truncated", value)
    plain("a byte more", "F-ENC-5", "malformed", contents.bytes() + b"\0")


OWNER = {"account number": 1, "account id": m.ACCOUNT, "account secret": m.ACCOUNT_SECRET, "naming key": m.NAMING_KEY}
READING = {**METADATA, "recovery secret": m.RECOVERY_SECRET, "pack": m.PACK, "ordinal": 0}


def pack_vectors(collect):
    rows = m.Chunk(m.ROWS, b"the plaintext of a chunk")
    add = collect("pack", **READING, **OWNER, **{"run secret": m.RUN_SECRET})
    header = m.pack_header(1, rows.fields())

    def damaged(name, clause, expect, fields, chunks=(rows,), **headers):
        add(name, clause, expect, m.pack_object(fields, chunks), **headers)

    data = m.pack_object(header, [rows])
    summary = {"summary bytes": len(data), "summary hash": digest(data), "summary contents": 1}
    add("valid", "F-PACK-1", "opened", data, plaintext=rows.plaintext)
    add("valid, with its summary", "F-PACK-4", "opened", data, plaintext=rows.plaintext, **summary)
    add("without padding", "F-PACK-5", "opened", m.pack_object(header, [rows], padding=b""), plaintext=rows.plaintext)
    second = m.Chunk(m.ROWS, b"another")
    two = Fields(*[(f"{i} {name}", value) for i, c in enumerate((second, rows)) for name, value in c.fields()])
    add("second of two", "F-PACK-3", "opened", m.pack_object(m.pack_header(1, two.pairs), [second, rows]),
        plaintext=rows.plaintext, ordinal=1)
    add("third of two", "F-PACK-3", "malformed", m.pack_object(m.pack_header(1, two.pairs), [second, rows]), ordinal=2)
    add("padding changed, summary known", "F-PACK-4", "forged", flipped(data, -1), **summary)
    add("padding changed, summary unknown", "F-PACK-4", "opened", flipped(data, -1), plaintext=rows.plaintext)
    add("longer than its summary", "F-PACK-4", "forged", data + b"\0", **summary)
    add("other contents than its summary", "F-PACK-4", "malformed", data, **{**summary, "summary contents": 2})
    prefix_damages(add, data)
    add("id of another pack", "F-PACK-1", "malformed", m.pack_object(header, [rows], name=m.OTHER_PACK))
    add("header of another pack", "F-KEY-2", "forged", m.pack_object(
        header, [rows], sealed=m.metadata_seal("LTHP", "pack", m.OTHER_PACK, header.bytes())))
    for cut, what in ((8, "prefix alone"), (23, "id cut"), (27, "length cut")):
        add(what, "F-PACK-1", "truncated", data[:cut])
    sealed_count = int.from_bytes(data[24:28], "little")
    for count, expect in ((18 * (1 << 20) + 1, "over-limit"), (0xFFFFFFFF, "over-limit"), (len(data) - 27, "truncated"),
                          (sealed_count - 1, "forged"), (sealed_count + 1, "forged"), (39, "forged"), (0, "forged")):
        add(f"header of {count} bytes", "F-PACK-1", expect, m.pack_object(header, [rows], header_count=count))
    for index, what in ((28, "nonce"), (60, "header"), (27 + sealed_count, "tag of the header"), (28 + sealed_count, "chunk"),
                        (28 + sealed_count + len(rows.sealed) - 1, "tag of the chunk")):
        add(f"{what} changed", "F-CHK-3" if "chunk" in what else "F-KEY-2", "forged", flipped(data, index))
    add("chunk cut", "F-PACK-1", "truncated", data[:28 + sealed_count + len(rows.sealed) - 1])
    for field, value, clause, expect in (
            ("contents", b"\0", "F-PACK-2", "malformed"), ("contents", b"\4", "F-PACK-2", "malformed"),
            ("share", string(b""), "F-PACK-2", "malformed"), ("share", string(m.sealed_share()[:-1]), "F-PACK-2", "malformed"),
            ("share", string(m.sealed_share() + b"\0"), "F-PACK-2", "over-limit"),
            ("contents", b"\3", "F-PACK-2", "malformed"), ("entry count", varint(455_210), "F-PACK-2", "over-limit"),
            ("entry count", varint(10), "F-ENC-4", "truncated"), ("entry count", b"\x81\0", "F-ENC-2", "malformed"),
            ("kind and codec", b"\0", "F-PACK-3", "malformed"), ("kind and codec", b"\x70", "F-PACK-3", "malformed"),
            ("kind and codec", b"\x13", "F-PACK-3", "malformed"), ("account", OVER32, "F-PACK-3", "over-limit"),
            ("sealed bytes", varint((18 << 20) + 1), "F-PACK-3", "over-limit"),
            ("sealed bytes", varint(1000), "F-PACK-1", "truncated"), ("sealed bytes", varint(15), "F-CHK-3", "forged"),
            ("sealed bytes", varint(len(rows.sealed) - 1), "F-CHK-3", "forged"),
            ("plain bytes", varint((16 << 20) + 1), "F-PACK-3", "over-limit"), ("plain bytes", varint(23), "F-CHK-3", "forged"),
            ("kind and codec", b"\x20", "F-CHK-3", "forged"), ("kind and codec", b"\x11", "F-CHK-3", "forged"),
            ("name", fixed("another name", 16), "F-CHK-3", "forged"), ("run", m.OTHER_RUN, "F-KEY-4", "forged"),
            ("share", string(flipped(m.sealed_share(), 40)), "F-KEY-4", "forged"),
            ("share", string(m.sealed_share(run=m.OTHER_RUN)), "F-KEY-4", "forged"),
            ("share", string(m.sealed_share(repository=fixed("another repository", 16))), "F-KEY-4", "forged"),
            ("share", string(m.sealed_share(context=b"lethe1 run sharE")), "F-KEY-4", "forged")):
        damaged(f"{field} {expect} {digest(value).hex()[:6]}", clause, expect, header.but(**{field: value}))
    for field, value in header.cuts():
        damaged(f"ends before {field}", "F-ENC-4", "truncated", value)
    damaged("a byte more", "F-ENC-5", "malformed", header.bytes() + b"\0")
    for what in ("account id", "account secret", "naming key", "run secret"):
        other = fixed("other " + what, 16 if what == "account id" else 32)
        add(f"other {what}", "F-NAME-1" if what == "naming key" else "F-KEY-6", "forged", data, **{what: other})
    add("other recovery key", "F-KEY-4", "forged", data, **{"recovery secret": fixed("other recovery secret")})


FRAME = bytes.fromhex(
    "28b52ffd22419c8735020063c2089e37598fa6c0373eab869ffd23ca851cdc4f9e6fd98000b80800005cdc625dd19600020afcf12616382dc9"
    "040b302b507f270102d2c3a0bd968981e0b0b536a86d5002")
FRAMED = bytes.fromhex(
    "04786d70700761726368697665ffffffffffffffffff01000761726368697665020102106a756c696574ba013c6d65737361676520786d6c6e"
    "733d276a61626265723a636c69656e742720747970653d2763686174273e3c626f64793e5768657265666f7265206172742074686f753c2f62"
    "6f64793e3c2f6d6573736167653e3c6d61726b6162")
MAGIC = bytes.fromhex("28b52ffd")


def run_length_frame(byte, count):
    """A zstd frame of one run-length block: nothing that two libraries could write in two ways."""
    return MAGIC + bytes([0x20, count]) + (count << 3 | 3).to_bytes(3, "little") + byte


def chunk_vectors(collect):
    keys = {**READING, **OWNER}

    def add(name, clause, expect, chunk, contents=1, **headers):
        data = m.pack_object(m.pack_header(contents, chunk.fields()), [chunk])
        collect("pack", **keys)(name, clause, expect, data, plaintext=chunk.plaintext, **headers)

    rows = {"run secret": m.RUN_SECRET}
    text = b"a" * 200
    add("records", "F-CHK-1", "opened", m.Chunk(m.RECORDS, b"records"), **rows)
    add("description", "F-CHK-1", "opened", m.Chunk(m.DESCRIPTION, b"description"), **rows)
    add("stored and empty", "F-CHK-2", "opened", m.Chunk(m.ROWS, b""), **rows)
    add("zstd", "F-CHK-2", "opened", m.Chunk(m.RECORDS, text, 1, run_length_frame(b"a", 200)), **rows)
    add("zstd with dictionary 1", "F-CHK-2", "opened", m.Chunk(m.ROWS, FRAMED, 2, FRAME), **rows)
    add("dictionary frame without dictionary", "F-CHK-2", "malformed", m.Chunk(m.ROWS, FRAMED, 1, FRAME), **rows)
    add("frame of fewer bytes", "F-CHK-2", "malformed", m.Chunk(m.ROWS, text, 1, run_length_frame(b"a", 199)), **rows)
    add("frame of more bytes", "F-CHK-2", "malformed", m.Chunk(m.ROWS, text, 1, run_length_frame(b"a", 201)), **rows)
    add("no frame", "F-CHK-2", "malformed", m.Chunk(m.ROWS, text, 1, text), **rows)
    add("frame cut", "F-CHK-2", "malformed", m.Chunk(m.ROWS, text, 1, run_length_frame(b"a", 200)[:-1]), **rows)
    frame = run_length_frame(b"a", 200)
    unsized = MAGIC + b"\0\x58" + frame[6:]
    for name, packed in (
            ("frame that does not state its size", unsized), ("frame and an empty one", frame + run_length_frame(b"", 0)[:6] + b"\1\0\0"),
            ("skippable frame before", bytes.fromhex("502a4d1801000000ff") + frame), ("frame and a byte", frame + b"\0")):
        add(name, "F-CHK-2", "malformed", m.Chunk(m.ROWS, text, 1, packed), **rows)
    add("stored but shorter", "F-CHK-2", "malformed", m.Chunk(m.ROWS, text, 0, text[:-1]), **rows)
    add("name of another plaintext", "F-NAME-1", "forged", m.Chunk(m.ROWS, text, name=fixed("name", 16)), **rows)
    add("name of another kind", "F-NAME-1", "forged", m.Chunk(m.ROWS, text, name=m.name_of(m.RECORDS, text)), **rows)
    content = {"file secret": m.FILE_SECRET}
    add("content", "F-KEY-6", "opened", m.Chunk(m.CONTENT, b"a photograph"), 2, **content)
    add("content under another file secret", "F-KEY-6", "forged", m.Chunk(m.CONTENT, b"a photograph"), 2,
        **{"file secret": fixed("other file secret")})
    add("content under a key of rows", "F-KEY-6", "forged", m.Chunk(
        m.CONTENT, b"a photograph", key=m.chunk_key(b"lethe1 row chunk", m.FILE_SECRET)), 2, **content)
    add("catalogue root", "F-KEY-6", "opened", m.Chunk(m.ROOT, b"root"), 3, **{"catalogue kind": m.ROOT})
    add("catalogue part", "F-KEY-6", "opened", m.Chunk(m.PART, b"part"), 3, **{"catalogue kind": m.PART})
    add("part for a root", "F-CHK-1", "malformed", m.Chunk(m.PART, b"part"), 3, **{"catalogue kind": m.ROOT})
    add("root with the name of another", "F-NAME-1", "forged", m.Chunk(m.ROOT, b"root", name=fixed("name", 16)), 3,
        **{"catalogue kind": m.ROOT})
    add("root under the key of another run", "F-KEY-6", "forged", m.Chunk(
        m.ROOT, b"root", key=m.keyed(m.purpose_key("catalogue"), m.OTHER_RUN)), 3, **{"catalogue kind": m.ROOT})
