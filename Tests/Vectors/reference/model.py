"""The objects of the repository format, written from the specification."""

from primitives import (Fields, aead, argon2id, box, box_pair, digest, fixed, keyed, public, seal, signed, string, u32,
                        u64, varint)

REPOSITORY = fixed("repository", 16)
METADATA_KEY = fixed("metadata key")
RECOVERY_SECRET = fixed("recovery secret")
AGENT = fixed("agent", 16)
RUN, OTHER_RUN = fixed("run", 16), fixed("other run", 16)
RUN_SECRET, SHARE = fixed("run secret"), fixed("share")
PACK, OTHER_PACK, CATALOGUE_PACK = fixed("pack", 16), fixed("other pack", 16), fixed("catalogue pack", 16)
ACCOUNT, ACCOUNT_SECRET, NAMING_KEY = fixed("account", 16), fixed("account secret"), fixed("naming key")
FILE_SECRET = fixed("file secret")
SEEDS = [None, fixed("seed")]
for _ in range(4):
    SEEDS.append(keyed(SEEDS[-1], b"lethe1 epoch next"))
ROWS, RECORDS, CONTENT, DESCRIPTION, ROOT, PART = range(1, 7)


def purpose_key(purpose):
    return keyed(METADATA_KEY, b"lethe1 metadata " + purpose.encode())


def prefix(kind):
    return kind.encode() + bytes([1, 0, 0, 0])


def metadata_seal(kind, purpose, name, plaintext, repository=REPOSITORY):
    return seal(purpose_key(purpose), prefix(kind) + repository + name, plaintext, f"{purpose} {name.hex()}")


def log_object(plaintext, sequence):
    return prefix("LTHL") + metadata_seal("LTHL", "log", u64(sequence), plaintext)


def reference(epoch=1):
    return Fields(
        ("reference epoch", varint(epoch)), ("first copy", fixed("first copy", 16)),
        ("second copy", fixed("second copy", 16)), ("keyring bytes", varint(500)),
        ("keyring hash", fixed("keyring hash")))


def entry(sequence, kind, body=(), previous=None, references=None):
    previous = previous or (bytes(32) if sequence == 1 else fixed("previous"))
    references = reference().pairs if references is None else references
    return Fields(
        ("sequence", u64(sequence)), ("previous", previous), ("time", signed(1_700_000_000_000)), ("agent", AGENT),
        ("next account", varint(3)), ("keyring count", varint(1 if references else 0)), *references,
        ("kind", bytes([kind])), *body)


def snapshot():
    return [
        ("run", RUN), ("state", b"\1"), ("started", signed(1_699_999_999_000)), ("root pack", PACK),
        ("root ordinal", varint(7)), ("pack count", varint(1)), ("pack", PACK), ("contents", b"\1"),
        ("pack bytes", varint(65_536)), ("pack hash", fixed("pack hash")), ("origin count", varint(1)),
        ("origin name", string("xmpp")), ("rows", varint(20_000_000)), ("files", varint(0)),
        ("origin bytes", varint(1 << 34)), ("live", varint(100_000))]


def person_tags(address, birth_mark):
    """[F-LOG-7]"""
    key = purpose_key("person")
    return [("address tag", keyed(key, b"\0" + address, 16)), ("birth tag", keyed(key, b"\1" + address + b"\0" + birth_mark, 16))]


def erasure(number=3, cause=1, address=b"juliet@capulet.example", birth_mark=b"2024-01-01 00:00:00", identifier=ACCOUNT):
    return [
        ("number", varint(number)), ("account id", identifier), ("cause", bytes([cause])),
        ("reported", signed(1_699_000_000_000)), ("due", signed(1_699_259_200_000)), *person_tags(address, birth_mark)]


def erasures():
    """Two accounts, the second erased in the year 1969."""
    second = erasure(70_000, 4, "ro\u0308meo@montague.example".encode(), b"", fixed("second account", 16))
    second[3:5] = ("reported", signed(-1)), ("due", signed(0))
    return [("erasure count", varint(2)), *erasure(), *((f"second {name}", value) for name, value in second)]


def numbers(count, *values):
    return [("list", varint(count)), *((f"number {index}", varint(value)) for index, value in enumerate(values))]


def identifiers(*values):
    return [("list", varint(len(values))), *((f"id {index}", value) for index, value in enumerate(values))]


def sealed_share(repository=REPOSITORY, run=RUN, context=b"lethe1 run share"):
    return box(public(RECOVERY_SECRET), context + repository + run + SHARE, "share")


def chunk_key(context, half, account=ACCOUNT, secret=ACCOUNT_SECRET, run=RUN):
    return keyed(SHARE, context + REPOSITORY + run + account + secret + half)


def name_of(kind, plaintext, key=NAMING_KEY):
    return keyed(key, bytes([kind]) + plaintext, 16)


class Chunk:
    """A sealed chunk and its entry; what is passed by name replaces what the specification says."""

    def __init__(self, kind, plaintext, codec=0, packed=None, name=None, key=None, plain=None, account=1):
        catalogue = kind in (ROOT, PART)
        owner = bytes(16) if catalogue else ACCOUNT
        self.plaintext = plaintext
        self.name = name or name_of(kind, plaintext, purpose_key("catalogue-name") if catalogue else NAMING_KEY)
        self.plain = len(plaintext) if plain is None else plain
        self.kind, self.codec, self.account = kind, codec, 0 if catalogue else account
        if key is None and catalogue:
            key = keyed(purpose_key("catalogue"), RUN)
        elif key is None and kind == CONTENT:
            key = chunk_key(b"lethe1 filechunk", FILE_SECRET)
        elif key is None:
            key = chunk_key(b"lethe1 row chunk", RUN_SECRET)
        nonce = self.name + u32(self.plain) + bytes([codec, kind, 0, 0])
        associated = (b"lethe1 chunk" + REPOSITORY + bytes([kind]) + owner + RUN + self.name + u32(self.plain)
                      + bytes([codec]))
        assert len(nonce) == 24 and len(associated) == 82
        self.sealed = aead(key, nonce, associated, plaintext if packed is None else packed)

    def fields(self):
        return [
            ("kind and codec", bytes([self.kind << 4 | self.codec])), ("account", varint(self.account)),
            ("name", self.name), ("sealed bytes", varint(len(self.sealed))), ("plain bytes", varint(self.plain))]


def pack_header(contents, entry_fields, count=None, share=None):
    share = (b"" if contents == 3 else sealed_share()) if share is None else share
    return Fields(
        ("contents", bytes([contents])), ("run", RUN), ("share", string(share)),
        ("entry count", varint(len(entry_fields) // 5 if count is None else count)), *entry_fields)


def pack_object(header, chunks, pack=PACK, name=None, sealed=None, header_count=None, padding=None):
    plaintext = header if isinstance(header, bytes) else header.bytes()
    sealed = metadata_seal("LTHP", "pack", pack, plaintext) if sealed is None else sealed
    count = len(sealed) if header_count is None else header_count
    body = b"".join(chunk.sealed for chunk in chunks)
    padding = fixed("padding", 40) if padding is None else padding
    return prefix("LTHP") + (name or pack) + u32(count) + sealed + body + padding


def keyring_contents():
    return Fields(
        ("account count", varint(2)), ("server number", varint(0)), ("server id", fixed("server id", 16)),
        ("server secret", fixed("server secret")), ("server naming key", fixed("server naming key")),
        ("server address", string("")), ("server birth mark", string("")), ("number", varint(1)), ("id", ACCOUNT),
        ("secret", ACCOUNT_SECRET), ("naming key", NAMING_KEY), ("address", string("juliet@capulet.example")),
        ("birth mark", string("2024-01-01 00:00:00")), ("run count", varint(1)), ("run id", RUN),
        ("run secret", RUN_SECRET))


def keyring_object(contents, epoch=1, seed=None, binding=None, inner=None, layers=None):
    own = b"lethe1 keyring" + REPOSITORY + u32(epoch)
    binding = binding or own
    seed = seed or SEEDS[epoch]
    content_key = fixed("content key")
    if layers is None:
        recipient = box_pair(keyed(seed, b"lethe1 epoch box"))[1]
        layers = box(recipient, binding + content_key, "keyring")
        layers += seal(content_key, own, contents, "keyring inner") if inner is None else inner
    return prefix("LTHK") + u32(epoch) + metadata_seal("LTHK", "keyring", u32(epoch), layers)


def line_sum(line):
    value = 0
    for byte in line:
        value = (value * 31 + byte) % 256
    return value


def kit_head(half, wrap="none", repository=REPOSITORY, version="1"):
    return f"LETHE KIT {version} {half}\nrepository: {repository.hex()}\nwrap: {wrap}\n"


SALT = fixed("salt", 16)
ARGON = f"argon2id memory=65536 passes=2 salt={SALT.hex()}"


def kit_payload(half, contents, passphrase=None, wrap=None, head=None):
    wrap = wrap or ("none" if passphrase is None else ARGON)
    secret = digest(b"lethe1 kit without passphrase")
    if passphrase is not None:
        secret = argon2id(passphrase, SALT, 65_536, 2)
    nonce = fixed("kit nonce " + half, 24)
    both = keyed(secret, b"lethe1 kit wrap" + nonce, 64)
    return nonce + both[32:] + aead(both[:32], nonce, (head or kit_head(half, wrap)).encode(), contents)


def kit_text(head, payload):
    lines = [payload[start:start + 32] for start in range(0, len(payload), 32)]
    return head + "\n" + "".join(f"{line.hex()} {line_sum(line):02x}\n" for line in lines) + "end\n"


def static_contents():
    return Fields(
        ("recovery secret", RECOVERY_SECRET), ("metadata key", METADATA_KEY),
        ("url", string("sftp://lethe@vault.example.net/srv/lethe")), ("host key", string("ssh-ed25519 AAAA")))


def epoch_contents(epoch=1):
    return Fields(("epoch", u32(epoch)), ("seed", SEEDS[epoch]))
