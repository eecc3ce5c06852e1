"""Whether two directory trees hold the same: paths, kinds, modes, times, links and bytes."""

import os
import stat

BLOCK = 1 << 20
KINDS = {stat.S_IFREG: "file", stat.S_IFDIR: "directory", stat.S_IFLNK: "symbolic link", stat.S_IFIFO: "fifo",
         stat.S_IFSOCK: "socket", stat.S_IFCHR: "character device", stat.S_IFBLK: "block device"}


class TreeComparison:
    """Compares tree B with tree A, of which some paths may be expected to be absent in B."""

    def __init__(self, source, restored, differences, absent=(), with_root=True):
        self.roots = (os.fsencode(source), os.fsencode(restored))
        self.differences = differences
        self.absent = {os.fsencode(path).strip(b"/") for path in absent}
        self.with_root = with_root
        self.byte_count, self.counts = 0, {}

    def run(self):
        """Compares everything and prints what was compared."""
        mine, theirs = (listing(root) for root in self.roots)
        mine = {path: status for path, status in mine.items() if not self.is_absent(path)}
        if not self.with_root:
            mine.pop(b"."), theirs.pop(b".")
        for path in sorted(mine.keys() - theirs.keys()):
            self.differences.add(f"{shown(path)}: only in A ({kind(mine[path])})")
        for path in sorted(theirs.keys() - mine.keys()):
            self.differences.add(f"{shown(path)}: only in B ({kind(theirs[path])})")
        for path in sorted(mine.keys() & theirs.keys()):
            self.path(path, mine[path], theirs[path])
        groups = [hard_links(side) for side in (mine, theirs)]
        for group in sorted(groups[0] ^ groups[1]):
            side = "A" if group in groups[0] else "B"
            self.differences.add(f"{', '.join(map(shown, group))}: one file under several names only in {side}")
        told = ", ".join(f"{name}: {count}" for name, count in sorted(self.counts.items()))
        print(f"{len(mine)} paths ({told}), {len(groups[0])} groups of hard links, {self.byte_count} bytes of content")

    def is_absent(self, path):
        """Whether the path is below one that is expected to be absent."""
        parts = path.split(b"/")
        return any(b"/".join(parts[:length]) in self.absent for length in range(1, len(parts) + 1))

    def path(self, path, a, b):
        """Compares one path."""
        self.counts[kind(a)] = self.counts.get(kind(a), 0) + 1
        if kind(a) != kind(b):
            self.differences.add(f"{shown(path)}: {kind(a)} in A, {kind(b)} in B")
            return
        for name, x, y in (("mode", oct(stat.S_IMODE(a.st_mode)), oct(stat.S_IMODE(b.st_mode))),
                           ("time", a.st_mtime_ns, b.st_mtime_ns), ("device", a.st_rdev, b.st_rdev)):
            if x != y:
                self.differences.add(f"{shown(path)}: {name} {x} in A, {y} in B")
        full = [os.path.join(root, path) for root in self.roots]
        if stat.S_ISLNK(a.st_mode):
            targets = [os.readlink(link) for link in full]
            if targets[0] != targets[1]:
                self.differences.add(f"{shown(path)}: leads to {shown(targets[0])} in A, to {shown(targets[1])} in B")
        elif stat.S_ISREG(a.st_mode):
            self.content(path, full, a, b)

    def content(self, path, full, a, b):
        """Compares the bytes of one file."""
        if a.st_size != b.st_size:
            self.differences.add(f"{shown(path)}: {a.st_size} bytes in A, {b.st_size} in B")
            return
        self.byte_count += a.st_size
        with open(full[0], "rb", buffering=0) as one, open(full[1], "rb", buffering=0) as other:
            offset = 0
            while True:
                mine, theirs = one.read(BLOCK), other.read(BLOCK)
                if mine != theirs:
                    place = next((i for i, (x, y) in enumerate(zip(mine, theirs)) if x != y), min(len(mine), len(theirs)))
                    self.differences.add(f"{shown(path)}: bytes differ from offset {offset + place} on")
                    return
                if not mine:
                    return
                offset += len(mine)


def listing(root):
    """The status of each path, by its bytes below the root."""
    found, waiting = {b".": os.lstat(root)}, [b""]
    if not stat.S_ISDIR(found[b"."].st_mode):
        raise NotADirectoryError(f"{os.fsdecode(root)} is no directory")
    while waiting:
        directory = waiting.pop()
        with os.scandir(os.path.join(root, directory)) as entries:
            for entry in entries:
                path = os.path.join(directory, entry.name)
                found[path] = entry.stat(follow_symlinks=False)
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(path)
    return found


def hard_links(listed):
    """The sets of paths that are one file."""
    groups = {}
    for path, status in listed.items():
        if status.st_nlink > 1 and not stat.S_ISDIR(status.st_mode):
            groups.setdefault((status.st_dev, status.st_ino), []).append(path)
    return {tuple(sorted(paths)) for paths in groups.values() if len(paths) > 1}


def kind(status):
    """What a path is."""
    return KINDS.get(stat.S_IFMT(status.st_mode), "unknown kind")


def shown(path):
    """A path as it can be printed."""
    return os.fsdecode(path).encode(errors="backslashreplace").decode()
