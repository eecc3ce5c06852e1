"""What must be refused of a kit: slips of the hand, other passphrases, other epochs."""

import types

from .encoding import Refusal
from .keyring import open_keyring
from .kit import Half, Kit, spelled


class KitDamage:
    """Damages copies of both halves."""

    def __init__(self, repository, static_text, epoch_text, passphrase, checks):
        self.repository, self.texts, self.passphrase = repository, {"static": static_text, "epoch": epoch_text}, passphrase
        self.checks = checks

    def run(self):
        """Everything."""
        for word in self.texts:
            self.text(word), self.payload(word), self.harmless(word)
        if self.passphrase is not None:
            self.checks.refuses("a kit with another passphrase", "wrong-key", lambda: self.opened(passphrase=b"another"))
            self.checks.refuses("a kit without its passphrase", "wrong-key", lambda: self.opened(passphrase=None))
        self.epochs()

    def opened(self, word="static", text=None, passphrase=False):
        """The kit with another text for one half."""
        texts = {**self.texts, **({word: text} if text is not None else {})}
        return Kit(texts["static"], texts["epoch"], self.passphrase if passphrase is False else passphrase)

    def text(self, word):
        """The head, the lines and their sums."""
        text = self.texts[word]
        lines = text.split(b"\n")
        place = lines.index(b"") + 1
        cases = [("another first word", "malformed", text.replace(b"LETHE", b"LETTE")),
                 ("another version", "unknown-version", text.replace(b"KIT 1", b"KIT 2")),
                 ("another kind", "malformed", text.replace(b" " + word.encode(), b" other")),
                 ("a fifth word", "malformed", text.replace(word.encode(), word.encode() + b" x", 1)),
                 ("a short id", "malformed", text.replace(lines[1], lines[1][:-1])),
                 ("no end", "truncated", text.replace(b"end\n", b"")),
                 ("three lines", "malformed", b"\n".join(lines[:3])),
                 ("a line left out", "forged", b"\n".join(lines[:-3] + lines[-2:])),
                 ("a digit of a payload line changed", "malformed", text.replace(lines[place], swapped(lines[place], 5))),
                 ("a digit of a sum changed", "malformed", text.replace(lines[place], swapped(lines[place], -1))),
                 ("capital digits", "malformed", text.replace(lines[place], lines[place].upper())),
                 ("64 KiB and more", "over-limit", text + b"\n" * 65_536)]
        if self.passphrase is not None:
            cases += [("memory beyond the limit", "over-limit", text.replace(b"134217728", b"1073741825")),
                      ("memory below the limit", "malformed", text.replace(b"134217728", b"8191")),
                      ("many passes", "over-limit", text.replace(b"passes=6", b"passes=33")),
                      ("no pass", "malformed", text.replace(b"passes=6", b"passes=0")),
                      ("a leading zero", "malformed", text.replace(b"passes=6", b"passes=06")),
                      ("another salt", "wrong-key", text.replace(lines[2], swapped(lines[2], -1)))]
        for what, kind, changed in cases:
            self.checks.refuses(f"the {word} half with {what}", kind, lambda changed=changed: self.opened(word, changed))

    def payload(self, word):
        """Bytes under sums that fit."""
        half = Half(self.texts[word], word)
        for place, kind in ((0, "wrong-key"), (24, "wrong-key"), (55, "wrong-key"), (56, "forged"), (len(half.payload) - 1, "forged")):
            changed = bytearray(half.payload)
            changed[place] ^= 1
            self.checks.refuses(f"the {word} half with payload byte {place} flipped", kind,
                                lambda changed=changed: self.opened(word, spelled(half.head, bytes(changed))))
        self.checks.refuses(f"the {word} half with 56 bytes", "truncated",
                            lambda: self.opened(word, spelled(half.head, half.payload[:56])))
        longer = half.close(self.passphrase, half.open(self.passphrase) + b"\0")
        self.checks.refuses(f"the {word} half with a byte more", "malformed", lambda: self.opened(word, longer))

    def harmless(self, word):
        """What a hand may do."""
        typed = self.texts[word].replace(b"\n", b"\r\n\r\n").replace(b" ", b"   ")
        try:
            self.checks.expect(f"the {word} half with CRLF, empty lines and spaces", self.opened(word, typed))
        except Refusal as refusal:
            self.checks.expect(f"the {word} half with CRLF, empty lines and spaces", False, str(refusal))
        lines = Half(self.texts[word], word)
        self.checks.expect("payload lines are read as they are spelled", spelled(lines.head, lines.payload) == self.texts[word])

    def epochs(self):
        """Kits that are too new or too old."""
        repository = self.repository
        reference = repository.entries[-1].keyrings[-1]
        data, kit = repository.store.read(reference.names()[0]), repository.kit
        for epoch in (reference.epoch + 1, max(0, reference.epoch - 10_401)):
            other = types.SimpleNamespace(epoch=epoch, seed=kit.seed)
            other.epoch_secret = lambda wanted, other=other: Kit.epoch_secret(other, wanted)
            self.checks.refuses(f"a keyring of epoch {reference.epoch} with a kit of epoch {epoch}", "wrong-key",
                                lambda other=other: open_keyring(data, repository.keys, other))


def swapped(line, place):
    """A line with one hexadecimal digit changed."""
    changed = bytearray(line)
    changed[place] = ord("1") if changed[place] == ord("0") else ord("0")
    return bytes(changed)
