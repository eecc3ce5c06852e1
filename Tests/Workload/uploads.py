"""The tree of uploaded files: <account>/<secret>/<name>, each written once."""

import bisect
import os

import text
import vocabulary

# Share of the files, name, median bytes and spread of the sizes; the mean is about half a megabyte.
KINDS = (
    (0.53, "IMG_{:08d}.jpg", 320_000, 0.9), (0.08, "Screenshot_{:08d}.png", 190_000, 0.8), (0.05, "VID_{:08d}.mp4", 2_100_000, 0.8),
    (0.13, "voice-message-{:08d}.m4a", 70_000, 0.8), (0.08, "Müller-{:06d}.pdf", 300_000, 1.0), (0.13, "export-{:06d}.csv", 290_000, 0.9),
)
HEADS = {"jpg": b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x02", "png": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
         "mp4": b"\x00\x00\x00\x20ftypisom", "m4a": b"\x00\x00\x00\x1cftypM4A ", "pdf": b"%PDF-1.7\n"}
LEAST, MOST = 4_000, 20_000_000
LINES = 6_000


class Uploads:
    """Writes files of the talkative accounts until enough bytes are there."""

    def __init__(self, site, words, draw, root, ranked):
        self.site, self.words, self.draw, self.root, self.ranked = site, words, draw, root, ranked
        self.weights = vocabulary.harmonic(len(ranked), 4.0, 0.92)
        self.lines = []

    def add(self, byte_count, start, end):
        """Adds so many bytes, with times spread between two seconds, and gives the files' sizes by path."""
        written, files = 0, {}
        while written < byte_count:
            node = self.ranked[bisect.bisect(self.weights, self.draw.random() * self.weights[-1])]
            moment = int(start + (end - start) * written / byte_count)
            path, size = self.file(node, moment, byte_count - written)
            files[path] = size
            written += size
        return files

    def file(self, node, moment, most=MOST):
        """One file, sized as people's files are."""
        draw = self.draw
        _, form, median, spread = draw.choices(KINDS, weights=[kind[0] for kind in KINDS])[0]
        size = int(min(MOST, max(LEAST, median * draw.lognormvariate(0, spread))))
        size = min(size, max(LEAST, most))
        name = form.format(draw.randrange(10**6))
        data = self.table(size) if name.endswith(".csv") else (HEADS[name[-3:]] + draw.randbytes(size))[:size]
        return self.put(node, name, data, moment), size

    def put(self, node, name, data, moment):
        """Writes one file with its times, and the times of the directories above it."""
        account = os.path.join(self.root, self.site.upload_directory(node))
        slot = os.path.join(account, text.random_letters(self.draw, 40))
        path = os.path.join(slot, text.upload_safe(name))
        os.makedirs(slot)
        with open(path, "xb") as file:
            file.write(data)
        nanoseconds = moment * 10**9 + self.draw.randrange(10**9)
        os.chmod(path, 0o644)
        os.utime(path, ns=(nanoseconds, nanoseconds))
        for directory in (slot, account, self.root):
            os.chmod(directory, 0o755)
            os.utime(directory, ns=(nanoseconds, nanoseconds))
        return os.path.relpath(path, self.root)

    def table(self, size):
        """Text: lines of a bank, each with numbers of its own."""
        if not self.lines:
            bank = self.site.random("uploaded lines")
            self.lines = [self.words.text(bank, "en", 11) for _ in range(LINES)]
        draw, count = self.draw, size // 50
        rows = zip(draw.choices(self.lines, k=count), draw.choices(range(10**6), k=count))
        data = "\n".join([f"{number};{line}" for line, number in rows]).encode()
        return data[:size].ljust(size, b"\n")
