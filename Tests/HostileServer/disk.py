"""A disk in memory that forgets at a power cut what was not made durable."""

import itertools
import stat
import time


class Failure(Exception):
    """An operation that is answered with a status of SFTP version 3."""

    def __init__(self, code):
        super().__init__(f"status {code}")
        self.code = code


NO_SUCH_FILE, FAILURE = 2, 4
numbers = itertools.count(1)


class File:
    """Bytes, and those of them that survive."""

    def __init__(self, mode):
        self.number, self.mode, self.data, self.durable, self.modified = next(numbers), stat.S_IFREG | mode, bytearray(), None, 0

    def sync(self):
        """Makes the bytes durable."""
        self.durable = bytes(self.data)


class Directory:
    """Names, and those of them that survive."""

    def __init__(self, mode=0o700):
        self.number, self.mode, self.names, self.durable, self.modified = next(numbers), stat.S_IFDIR | mode, {}, {}, 0

    def sync(self):
        """Makes the names durable."""
        self.durable = dict(self.names)


class Disk:
    """A tree. Whoever calls holds the machine's lock."""

    def __init__(self, clock=time.time):
        self.root, self.clock, self.capacity = Directory(), clock, None

    def parts(self, path):
        """The names on the way."""
        found = []
        for name in path.split(b"/"):
            if name == b"..":
                found = found[:-1]
            elif name not in (b"", b"."):
                found.append(name)
        return found

    def find(self, path):
        """What has the path."""
        node = self.root
        for name in self.parts(path):
            if not isinstance(node, Directory) or name not in node.names:
                raise Failure(NO_SUCH_FILE)
            node = node.names[name]
        return node

    def parent(self, path):
        """The directory that a path is in, and its name there."""
        *way, name = self.parts(path) or [b""]
        node = self.find(b"/".join(way))
        if not isinstance(node, Directory):
            raise Failure(NO_SUCH_FILE)
        return node, name

    def create(self, path, node):
        """Gives a new node a name."""
        directory, name = self.parent(path)
        if name in directory.names:
            raise Failure(FAILURE)
        directory.names[name] = node
        node.modified = directory.modified = int(self.clock())
        return node

    def rename(self, source, target):
        """As version 3 has it: what has the name is never replaced."""
        directory, name = self.parent(source)
        other, new = self.parent(target)
        if name not in directory.names:
            raise Failure(NO_SUCH_FILE)
        if new in other.names:
            raise Failure(FAILURE)
        other.names[new] = directory.names.pop(name)

    def remove(self, path):
        """Takes a file's name."""
        directory, name = self.parent(path)
        if name not in directory.names:
            raise Failure(NO_SUCH_FILE)
        if isinstance(directory.names[name], Directory):
            raise Failure(FAILURE)
        del directory.names[name]

    def write(self, node, offset, data):
        """Writes, as far as there is room."""
        grows = max(0, offset + len(data) - len(node.data))
        if self.capacity is not None and self.used() + grows > self.capacity:
            raise Failure(FAILURE)
        if offset > len(node.data):
            node.data.extend(bytes(offset - len(node.data)))
        node.data[offset:offset + len(data)] = data
        node.modified = int(self.clock())

    def files(self, node=None):
        """Every file, by path."""
        for name, child in (node or self.root).names.items():
            if isinstance(child, Directory):
                yield from ((name + b"/" + path, found) for path, found in self.files(child))
            else:
                yield name, child

    def used(self):
        """Bytes of all files."""
        return sum(len(node.data) for _, node in self.files())

    def lose_power(self, random, node=None):
        """Forgets: of what was not made durable, each may be there, gone, cut or zeros, as on a real disk."""
        node = node or self.root
        for name in set(node.names) | set(node.durable):
            survivor = node.durable.get(name)
            if node.names.get(name) is not survivor and random.random() < 0.3:
                survivor = node.names.get(name)
            if survivor is None:
                node.names.pop(name, None)
            else:
                node.names[name] = survivor
        node.durable = dict(node.names)
        for child in node.names.values():
            if isinstance(child, Directory):
                self.lose_power(random, child)
            elif child.durable != child.data:
                fate = random.randrange(3)
                kept = child.data if fate == 0 else (child.durable or b"")
                child.data = bytearray(kept[:random.randrange(len(kept) + 1)] if fate == 1 else kept)
                child.sync()

    def image(self):
        """A copy of all that is durable after a moment's rest, to go back to."""
        return {path: (bytes(node.data), node.modified) for path, node in self.files()}

    def restore(self, image, directories):
        """Goes back to an image, in which all is durable."""
        self.root = Directory()
        self.capacity = None
        for path in directories:
            self.create(path, Directory())
        for path, (data, modified) in image.items():
            node = self.create(path, File(0o600))
            node.data[:], node.modified = data, modified
            node.sync()
        self.sync_all(self.root)

    def sync_all(self, node):
        """Makes every name durable."""
        node.sync()
        for child in node.names.values():
            if isinstance(child, Directory):
                self.sync_all(child)
