"""The objects below a repository's root [F-OBJ]."""

import pathlib
import re

from .encoding import Cursor, Refusal, require

PREFIX = 8
PATTERNS = (  # name, limit of the byte count
    (re.compile(r"format"), 24), (re.compile(r"log/[0-9]{12}"), 16_777_216), (re.compile(r"packs/[0-9a-f]{32}"), 18_874_368),
    (re.compile(r"keyring/(0|[1-9][0-9]*)-[0-9a-f]{32}"), 67_108_864))


class Store:
    """The objects of a directory; some may be replaced or hidden, to see what is refused."""

    def __init__(self, root, replaced=None):
        self.root, self.replaced = pathlib.Path(root), replaced or {}

    def with_object(self, name, data):
        """The same store with other bytes under one name; None hides it."""
        return Store(self.root, {**self.replaced, name: data})

    def names(self):
        """The names of all objects, `tmp` left out."""
        found = {str(path.relative_to(self.root)) for path in self.root.rglob("*") if path.is_file()}
        found = {name for name in found if not name.startswith("tmp/")} | set(self.replaced)
        return sorted(name for name in found if self.replaced.get(name, b"") is not None)

    def read(self, name):
        """The bytes of an object, after its byte count was compared with the limit."""
        limit = next((limit for pattern, limit in PATTERNS if pattern.fullmatch(name)), None)
        require(limit is not None, "malformed", f"{name} is no name of an object")
        if name in self.replaced:
            data = self.replaced[name]
            require(data is not None, "missing", f"there is no {name}")
            return bounded(name, len(data), limit, data)
        path = self.root / name
        if not path.is_file():
            raise Refusal("missing", f"there is no {name}")
        with open(path, "rb") as file:
            return bounded(name, path.stat().st_size, limit, file.read(limit + 1))


def bounded(name, byte_count, limit, data):
    """The bytes, where there are not more than the limit; `format` is refused where it is decoded [F-OBJ-2]."""
    require(byte_count <= limit or name == "format", "over-limit", f"{name} has {byte_count} bytes")
    return data


def prefix(data, kind, what):
    """Checks the eight bytes in which every object begins [F-OBJ-1], and gives them."""
    require(len(data) >= PREFIX, "truncated", f"{what} has {len(data)} bytes")
    require(data[:4] == kind, "malformed", f"{what} is of kind {data[:4]!r}")
    require(data[4] == 1, "unknown-version", f"{what} has version {data[4]}")
    require(data[5:8] == bytes(3), "malformed", f"{what} has reserved bytes that are not zero")
    return data[:PREFIX]


def repository_id(data):
    """The repository id in the object `format` [F-OBJ-2]."""
    prefix(data, b"LTHF", "format")
    cursor = Cursor(data, "format")
    cursor.take(PREFIX)
    identifier = cursor.take(16)
    cursor.end()
    return identifier
