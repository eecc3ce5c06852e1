"""The encoding of values [F-ENC] and the classes of refusal."""

CLASSES = ("truncated", "malformed", "unknown-version", "over-limit", "forged", "wrong-key", "missing")


class Refusal(Exception):
    """Bytes that are not accepted, with the class the article gives them."""

    def __init__(self, kind, message):
        assert kind in CLASSES
        super().__init__(f"{kind}: {message}")
        self.kind = kind


def require(holds, kind, message):
    """Refuses unless something holds."""
    if not holds:
        raise Refusal(kind, message)


def varint(value):
    """The bytes of a varint, for the tests of refusals."""
    encoded = bytearray()
    while value >= 0x80:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(encoded) + bytes([value])


def signed(value):
    """The bytes of a signed, for the tests of refusals."""
    return varint(2 * value if value >= 0 else -2 * value - 1)


class Cursor:
    """Reads values one after the other; every refusal names what was being read."""

    def __init__(self, data, what):
        self.data, self.place, self.what = data, 0, what

    @property
    def left(self):
        """The bytes that were not read yet."""
        return len(self.data) - self.place

    def refuse(self, kind, message):
        """Refuses what is being read."""
        raise Refusal(kind, f"{self.what}, offset {self.place}: {message}")

    def require(self, holds, kind, message):
        """Refuses unless something holds."""
        if not holds:
            self.refuse(kind, message)

    def take(self, byte_count):
        """So many bytes."""
        self.require(byte_count <= self.left, "truncated", f"{byte_count} bytes wanted, {self.left} left")
        self.place += byte_count
        return self.data[self.place - byte_count:self.place]

    def fixed(self, byte_count):
        """A little-endian number of fixed width."""
        return int.from_bytes(self.take(byte_count), "little")

    def byte(self, least, most):
        """One byte in a range."""
        value = self.fixed(1)
        self.require(least <= value <= most, "malformed", f"{value} is not in {least} … {most}")
        return value

    def varint(self):
        """[F-ENC-2]"""
        value = 0
        for position in range(10):
            byte = self.fixed(1)
            self.require(position < 9 or byte == 1, "malformed", "a varint beyond 64 bits")
            value |= (byte & 0x7F) << (7 * position)
            if byte < 0x80:
                self.require(byte or not position, "malformed", "a varint that is not in its shortest form")
                return value
        raise AssertionError("the tenth byte ends a varint")

    def number(self, limit):
        """A varint of at most a limit."""
        value = self.varint()
        self.require(value <= limit, "over-limit", f"{value} is beyond {limit}")
        return value

    def signed(self):
        """[F-ENC-3]"""
        value = self.varint()
        return (value >> 1) ^ -(value & 1)

    def string(self, limit):
        """[F-ENC-4]"""
        return self.take(self.number(limit))

    def text(self, limit):
        """A string that is UTF-8, as its bytes."""
        value = self.string(limit)
        try:
            value.decode()
        except UnicodeDecodeError:
            self.refuse("malformed", "a text that is not UTF-8")
        return value

    def count(self, limit, least):
        """A count of items that have a least length each."""
        value = self.number(limit)
        self.require(value * least <= self.left, "truncated", f"{value} items of {least} bytes in {self.left}")
        return value

    def flag(self):
        """One byte, 0 or 1."""
        return self.byte(0, 1) == 1

    def end(self):
        """[F-ENC-5]"""
        self.require(not self.left, "malformed", f"{self.left} bytes after the last field")
