"""The recovery kit: two text files of hexadecimal digits [F-KIT] and the keys of epochs [F-KEY-7]."""

import re

from .encoding import Cursor, require
from .sealing import argon2id, box_secret, hashed, lock, public, unlock

LIMIT = 65_536
REPOSITORY = re.compile(r"repository: ([0-9a-f]{32})")
NUMBER = r"(0|[1-9][0-9]*)"
WRAP = re.compile(rf"wrap: (?:none|argon2id memory={NUMBER} passes={NUMBER} salt=([0-9a-f]{{32}}))")
LINE = re.compile(r"((?:[0-9a-f]{2}){1,32}) ([0-9a-f]{2})")
MEMORY, PASSES = (8_192, 1 << 30), (1, 32)
EPOCHS = 10_400
WORDS = ("static", "epoch")


class Half:
    """One half, as it is written, before it is opened."""

    def __init__(self, text, word):
        require(len(text) <= LIMIT, "over-limit", f"the {word} half has {len(text)} bytes")
        # A line is what has a byte; spaces are one. Bytes beyond ASCII are part of words, so they only must not be lost.
        lines = [line.removesuffix("\r") for line in text.decode("latin-1").split("\n")]
        lines = [re.sub(" +", " ", line).strip(" ") for line in lines if line]
        words = lines[0].split(" ") if lines else []
        require(len(lines) >= 4 and len(words) == 4 and words[:2] == ["LETHE", "KIT"], "malformed", "this is no half of a kit")
        require(words[2] == "1", "unknown-version", f"a kit of version {words[2]}")
        repository, wrap = REPOSITORY.fullmatch(lines[1]), WRAP.fullmatch(lines[2])
        begun = words[3] in WORDS and repository and re.match("wrap: .", lines[2])
        require(begun, "malformed", f"the head of the {word} half")
        require(lines[-1] == "end", "truncated", f"the {word} half has no end")
        require(wrap, "malformed", f"how the {word} half is wrapped")
        self.word, self.wrap = words[3], None
        if wrap[1] is not None:
            memory, passes = (bounded(digits, least) for digits, least in ((wrap[1], MEMORY[0]), (wrap[2], PASSES[0])))
            require(memory <= MEMORY[1] and passes <= PASSES[1], "over-limit", f"{memory} bytes, {passes} passes")
            self.wrap = (memory, passes, bytes.fromhex(wrap[3]))
        self.payload = payload(lines[3:-1])
        self.head = "".join(line + "\n" for line in lines[:3]).encode()
        self.repository = bytes.fromhex(repository[1])

    def key(self, nonce, passphrase):
        """The key and the commitment that a passphrase leads to."""
        if self.wrap is None:
            secret = hashed(b"lethe1 kit without passphrase")
        else:
            require(passphrase is not None, "wrong-key", "the kit has a passphrase")
            memory, passes, salt = self.wrap
            secret = argon2id(passphrase, salt, memory, passes)
        both = hashed(b"lethe1 kit wrap" + nonce, secret, 64)
        return both[:32], both[32:]

    def open(self, passphrase):
        """The contents."""
        require(len(self.payload) > 56, "truncated", f"the {self.word} half")
        nonce = self.payload[:24]
        key, commitment = self.key(nonce, passphrase)
        require(commitment == self.payload[24:56], "wrong-key", "the passphrase is another one")
        return unlock(key, nonce, self.head, self.payload[56:], f"the {self.word} half")

    def close(self, passphrase, contents):
        """The text of the half with other contents, for the tests of refusals."""
        nonce = self.payload[:24]
        key, commitment = self.key(nonce, passphrase)
        return spelled(self.head, nonce + commitment + lock(key, nonce, self.head, contents))


def bounded(digits, least):
    """A decimal number below 2^63 and not below a limit."""
    require(len(digits) <= 19 and least <= int(digits) < 1 << 63, "malformed", f"the number {digits[:20]}")
    return int(digits)


def line_sum(data):
    """The sum of a line."""
    total = 0
    for byte in data:
        total = (31 * total + byte) % 256
    return total


def payload(lines):
    """The bytes of the lines between head and end."""
    parts = []
    for number, line in enumerate(lines):
        match = LINE.fullmatch(line)
        require(match, "malformed", f"payload line {number + 1}")
        data = bytes.fromhex(match[1])
        require(line_sum(data) == int(match[2], 16), "malformed", f"payload line {number + 1} does not fit its sum")
        parts.append(data)
    return b"".join(parts)


def spelled(head, data):
    """The text of a half."""
    lines = [data[place:place + 32] for place in range(0, len(data), 32)]
    return head + b"\n" + "".join(f"{line.hex()} {line_sum(line):02x}\n" for line in lines).encode() + b"end\n"


def static_contents(plain):
    """Recovery secret key, metadata key, URL and host key line [F-KIT-3]."""
    cursor = Cursor(plain, "the static half")
    contents = cursor.take(32), cursor.take(32), cursor.text(4_096), cursor.text(4_096)
    cursor.end()
    return contents


def epoch_contents(plain):
    """Epoch and seed [F-KIT-4]."""
    cursor = Cursor(plain, "the epoch half")
    contents = cursor.fixed(4), cursor.take(32)
    cursor.end()
    return contents


class Kit:
    """Both halves, opened."""

    def __init__(self, static_text, epoch_text, passphrase):
        static, epoch = Half(static_text, "static"), Half(epoch_text, "epoch")
        require((static.word, epoch.word) == WORDS, "wrong-key", "a half is the other one")
        require(static.repository == epoch.repository, "wrong-key", "the halves belong to two repositories")
        self.repository = static.repository
        self.recovery_secret, self.metadata_key, self.url, self.host_key = static_contents(static.open(passphrase))
        self.epoch, self.seed = epoch_contents(epoch.open(passphrase))
        self.recovery_public = public(self.recovery_secret)

    def epoch_secret(self, epoch):
        """The secret key of an epoch, if the kit can reach it."""
        require(self.epoch <= epoch <= self.epoch + EPOCHS, "wrong-key", f"a kit of epoch {self.epoch} does not open epoch {epoch}")
        seed = self.seed
        for _ in range(epoch - self.epoch):
            seed = hashed(b"lethe1 epoch next", seed)
        return box_secret(hashed(b"lethe1 epoch box", seed))
