"""A server that answers with whatever could do harm, and what Lethe may do about it: say so, within its deadlines."""

import concurrent.futures
import struct
import threading

from agent import Violation
from faults import Fault
from machine import (ATTRS, CLOSE, DATA, EXTENDED, FSTAT, HANDLE, INIT, LSTAT, NAME, OPEN, OPENDIR, READ, READDIR, RENAME, STATUS,
                     VERSION, WRITE, Cut, text)

MEMORY = 64 << 20
# Five attempts of 30 seconds without an answer, and the pauses between them, for each of a few operations.
DEADLINE = 420
COMMANDS = {"backup": ["backup"], "check": ["check", "--read-data"], "restore": ["restore"]}


def packet(kind, identifier, body):
    """A whole answer."""
    return struct.pack(">IBI", len(body) + 5, kind, identifier) + body


class Spell(Fault):
    """Answers requests of some kinds, from the n-th of them on, with bytes of its own."""

    def __init__(self, name, kinds, make, first):
        super().__init__()
        self.name, self.kinds, self.make, self.first, self.seen = name, kinds, make, first, 0

    def before(self, machine, request):
        """Does what was asked for."""

    def after(self, machine, request, answer):
        """Says something else."""
        if self.kinds and request.kind not in self.kinds:
            return answer
        self.seen += 1
        if self.seen < self.first:
            return answer
        self.struck = request
        return self.make(answer, struct.unpack(">I", answer[5:9])[0] if len(answer) >= 9 else 0)

    def __str__(self):
        return f"{self.name}, from the {self.first}. on"


def silent(answer, identifier):
    """Never answers, and lets others go on."""
    gone = threading.Event()
    return lambda: gone.wait(DEADLINE) or b""


def garbage(answer, identifier):
    """Bytes of no meaning."""
    return bytes((number * 167 + 13) % 251 for number in range(5000))


def names(*entries, count=None):
    """A listing with these names."""
    attributes = struct.pack(">IQIII", 0xD, 5, 0o100600, 0, 0)

    def make(answer, identifier):
        body = struct.pack(">I", len(entries) if count is None else count)
        return packet(NAME, identifier, body + b"".join(text(name) + text(name) + attributes for name in entries))
    return make


def attributes(size, mode):
    """Attributes that are not so."""
    return lambda answer, identifier: packet(ATTRS, identifier, struct.pack(">IQIII", 0xD, size, mode, 0, 0))


def data(shown, sent):
    """Bytes that were not asked for."""
    return lambda answer, identifier: packet(DATA, identifier, struct.pack(">I", shown) + bytes(sent))


SPELLS = {
    "a packet of 4 GiB": (None, lambda answer, identifier: struct.pack(">IB", 0xFFFFFFF0, 101) + bytes(60_000)),
    "a packet of 255 MiB": (None, lambda answer, identifier: struct.pack(">IB", 255 << 20, 103) + bytes(60_000)),
    "a packet of no bytes": (None, lambda answer, identifier: bytes(4)),
    "half a packet, then the end": (None, lambda answer, identifier: answer[:len(answer) // 2]),
    "an answer to another request": (None, lambda answer, identifier: answer[:5] + struct.pack(">I", identifier ^ 0x55) + answer[9:]),
    "an answer twice": (None, lambda answer, identifier: answer + answer),
    "an answer of another kind": (None, lambda answer, identifier: answer[:4] + bytes([answer[4] ^ 1]) + answer[5:]),
    "garbage": (None, garbage),
    "silence": ((OPENDIR, OPEN), silent),
    "a version of the future": ((INIT,), lambda answer, identifier: struct.pack(">IBI", 5, VERSION, 99)),
    "a version with a broken extension": (
        (INIT,), lambda answer, identifier: struct.pack(">IBII", 13, VERSION, 3, 0xFFFFFFF0) + b"abcd"),
    "a listing without end": ((READDIR,), names(*[b"%032x" % number for number in range(400)])),
    "a listing of the same name": ((READDIR,), names(*[b"0" * 32] * 50)),
    "a listing of 4,000,000,000 names": ((READDIR,), names(b"a", count=4_000_000_000)),
    "a listing of no names": ((READDIR,), names(count=0)),
    "names with slashes": ((READDIR,), names(b"../../../etc/passwd", b"/etc/passwd", b"a/b")),
    "a name with zeros and escapes": ((READDIR,), names(b"\x00", b"\x1b[2J\n\r", b"\xff\xfe")),
    "a name of 200,000 bytes": ((READDIR,), names(b"n" * 200_000)),
    "a name longer than its packet": (
        (READDIR,), lambda answer, identifier: packet(NAME, identifier, struct.pack(">II", 1, 0x7FFFFFF0) + b"abc")),
    "a file of 8 EiB": ((LSTAT, FSTAT), attributes(1 << 63, 0o100600)),
    "a file of 60 MiB": ((LSTAT, FSTAT), attributes(60 << 20, 0o100600)),
    "everything is a link": ((LSTAT, FSTAT), attributes(20, 0o120777)),
    "everything is a directory": ((LSTAT, FSTAT), attributes(20, 0o040777)),
    "attributes cut short": ((LSTAT, FSTAT), lambda answer, identifier: packet(ATTRS, identifier, struct.pack(">I", 0xFFFFFFFF))),
    "more bytes than asked for": ((READ,), data(2_000_000, 2_000_000)),
    "fewer bytes than it says": ((READ,), data(30_000, 10)),
    "a negative number of bytes": ((READ,), data(0xFFFFFFFF, 10)),
    "no bytes at all": ((READ,), data(0, 0)),
    "zeros instead of bytes": ((READ,), data(1000, 1000)),
    "the end of every file": ((READ,), lambda answer, identifier: packet(STATUS, identifier, struct.pack(">I", 1) + text(b"") * 2)),
    "a handle of 100,000 bytes": ((OPEN, OPENDIR), lambda answer, identifier: packet(HANDLE, identifier, text(b"h" * 100_000))),
    "a handle longer than its packet": (
        (OPEN, OPENDIR), lambda answer, identifier: packet(HANDLE, identifier, struct.pack(">I", 0xFFFFFF00) + b"h")),
    "a status without a code": ((WRITE, CLOSE, RENAME), lambda answer, identifier: packet(STATUS, identifier, b"")),
    "a status of the future": ((WRITE, CLOSE, RENAME), lambda answer, identifier: packet(
        STATUS, identifier, struct.pack(">I", 0xDEADBEEF) + text(b"") * 2)),
    "a status with a long story": ((WRITE, CLOSE, RENAME), lambda answer, identifier: packet(
        STATUS, identifier, struct.pack(">I", 4) + text(b"\x1b[31m" * 20_000) + text(b"en"))),
    "success that is none": ((WRITE, RENAME, EXTENDED), lambda answer, identifier: packet(
        STATUS, identifier, struct.pack(">I", 0) + text(b"") * 2)),
    "free space without end": ((EXTENDED,), lambda answer, identifier: packet(201, identifier, b"\xff" * 88)),
    "free space cut short": ((EXTENDED,), lambda answer, identifier: packet(201, identifier, b"\xff" * 7)),
}


class Malice:
    """Each spell against each command."""

    def __init__(self, make, chance):
        self.make, self.chance = make, chance

    def cases(self):
        """All of them, each at once and once a few answers were honest."""
        return [(name, command, first) for name in SPELLS for command in COMMANDS for first in (1, 4)]

    def run(self, cases, tried, workers=4):
        """Tries them, some at a time, since most of it is waiting."""
        queue, lock = list(cases), threading.Lock()
        self.statuses, self.most, self.longest, self.reached = {}, 0, 0.0, 0

        def work(number):
            # Two at once would find the same port free.
            with lock:
                agent = self.make(f"malice{number}")
            agent.initialise()
            agent.backup()
            agent.change(self.chance)
            agent.backup()
            agent.change(self.chance)
            agent.save()
            baseline = {}
            for command in COMMANDS:
                agent.machine.arm()
                baseline[command] = self.command(agent, command).peak
                agent.go_back()
            while True:
                with lock:
                    if not queue:
                        break
                    case = queue.pop()
                tried("malice", lambda: self.case(agent, baseline, *case))
            agent.stop()

        with concurrent.futures.ThreadPoolExecutor(workers) as pool:
            for future in [pool.submit(work, number) for number in range(min(workers, len(cases)))]:
                future.result()
        ended = ", ".join(f"{status}: {count}" for status, count in sorted(self.statuses.items()))
        return (f"{self.reached} of {len(cases)} spells struck; exit statuses {ended}; at most {self.most >> 20} MiB above an honest "
                f"server's run, {self.longest:.0f} s")

    def command(self, agent, command):
        """Runs a command."""
        arguments = list(COMMANDS[command])
        if command == "restore":
            self.number = getattr(self, "number", 0) + 1
            arguments += ["--kit", agent.work / "kit", "--target", agent.work / f"target{self.number}"]
        return agent.lethe(*arguments, limit=DEADLINE)

    def case(self, agent, baseline, name, command, first):
        """One spell; afterwards, with an honest server, nothing must be wrong that the server did not do itself."""
        kinds, make = SPELLS[name]
        spell = Spell(name, kinds, make, first)
        agent.machine.arm(spell)
        outcome = self.command(agent, command)
        agent.machine.arm()
        self.reached += spell.struck is not None
        self.statuses[outcome.status] = self.statuses.get(outcome.status, 0) + 1
        above = outcome.peak - baseline[command]
        self.most, self.longest = max(self.most, above), max(self.longest, outcome.seconds)
        agent.go_back()
        if outcome.status < 0 or outcome.status not in (0, 1, 3, 10, 13, 14):
            raise Violation(f"{spell} during {command}: {outcome} after {outcome.seconds:.0f} s")
        if "\x1b" in outcome.errors + outcome.output:
            raise Violation(f"{spell} during {command}: the server speaks to the terminal: {outcome!s}")
        if above > MEMORY:
            raise Violation(f"{spell} during {command}: {above >> 20} MiB more than with an honest server")
