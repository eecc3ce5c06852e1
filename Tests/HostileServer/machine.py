"""A remote machine of the test: an SFTP server, version 3, over a disk in memory, that fails as it is told."""

import os
import random
import socket
import struct
import subprocess
import threading
import time

from disk import Directory, Disk, Failure, File

INIT, VERSION, OPEN, CLOSE, READ, WRITE, LSTAT, FSTAT = 1, 2, 3, 4, 5, 6, 7, 8
OPENDIR, READDIR, REMOVE, MKDIR, STAT, RENAME, EXTENDED = 11, 12, 13, 14, 17, 18, 200
STATUS, HANDLE, DATA, NAME, ATTRS, EXTENDED_REPLY = 101, 102, 103, 104, 105, 201
NAMES = {1: "init", 3: "open", 4: "close", 5: "read", 6: "write", 7: "lstat", 8: "fstat", 11: "opendir", 12: "readdir",
         13: "remove", 14: "mkdir", 17: "stat", 18: "rename", 200: "extended"}
OK, EOF, PERMISSION_DENIED, UNSUPPORTED = 0, 1, 3, 8
EXTENSIONS = ((b"statvfs@openssh.com", b"2"), (b"fsync@openssh.com", b"1"))
LARGEST_PACKET = 1 << 20


class Cut(Exception):
    """The connection ends here."""


def text(data):
    """A string of the protocol."""
    return struct.pack(">I", len(data)) + data


class Fields:
    """Reads a request's fields."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def number(self, form):
        """A number."""
        size = struct.calcsize(form)
        self.at += size
        return struct.unpack(form, self.data[self.at - size:self.at])[0]

    def text(self):
        """A string."""
        count = self.number(">I")
        self.at += count
        return self.data[self.at - count:self.at]


class Request:
    """One request: its number since the machine was armed, its kind, and the path it is about."""

    def __init__(self, number, kind, path):
        self.number, self.kind, self.path = number, kind, path

    def __repr__(self):
        return f"request {self.number} ({NAMES.get(self.kind, self.kind)} {self.path.decode(errors='replace')})"


class Machine:
    """The server, whose fault is asked before and after each request.

    A fault has `before(machine, request)` and `after(machine, request, answer)`, which gives the bytes to send, or a function
    that gives them and may take its time. It may raise Cut or Failure, or call `lose_power`.
    """

    def __init__(self, directory, scripts, relay):
        self.directory, self.lock = directory, threading.RLock()
        self.disk, self.offset = Disk(lambda: time.time() + self.offset), 0
        self.fault, self.count, self.trace, self.sessions = None, 0, [], set()
        self.is_down, self.generation = False, 0
        path = os.path.join(directory, "machine.socket")
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen(16)
        self.accepting = threading.Thread(target=self.accept, daemon=True)
        self.accepting.start()
        subprocess.run([os.path.join(scripts, "loopback-sshd"), os.path.join(directory, "sshd"), "--subsystem",
                        f"/usr/bin/env python3 {relay} {path}"], check=True)

    def port(self):
        """Where it listens."""
        with open(os.path.join(self.directory, "sshd", "port")) as file:
            return int(file.read())

    def stop(self):
        """Ends the SSH server."""
        with open(os.path.join(self.directory, "sshd", "sshd.pid")) as file:
            os.kill(int(file.read()), 15)
        # Closed while somebody waits for it, its number would be the next machine's, and so would its sessions be.
        self.listener.shutdown(socket.SHUT_RDWR)
        self.accepting.join()
        self.listener.close()

    def arm(self, fault=None):
        """Starts to count anew, with another fault; sessions go on."""
        with self.lock:
            self.fault, self.count, self.trace, self.is_down = fault, 0, [], False

    def accept(self):
        """Serves each session in a thread."""
        while True:
            try:
                link, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(link,), daemon=True).start()

    def serve(self, link):
        """One session."""
        with self.lock:
            if self.is_down:
                link.close()
                return
            self.sessions.add(link)
        try:
            Session(self, link).run()
        except (Cut, OSError, struct.error):
            pass
        with self.lock:
            self.sessions.discard(link)
        try:
            link.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        link.close()

    def cut(self):
        """Ends every session."""
        for link in list(self.sessions):
            try:
                link.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def lose_power(self, seed, stays_down=False):
        """Forgets what was not durable and ends every session."""
        self.disk.lose_power(random.Random(seed))
        self.is_down = stays_down
        self.generation += 1
        self.cut()
        raise Cut


class Session:
    """One client's session."""

    def __init__(self, machine, link):
        self.machine, self.link, self.handles, self.next = machine, link, {}, 0
        self.generation = machine.generation

    def exactly(self, count):
        """Reads so many bytes."""
        data = b""
        while len(data) < count:
            piece = self.link.recv(count - len(data))
            if not piece:
                raise Cut
            data += piece
        return data

    def run(self):
        """Answers one request after the other."""
        while True:
            count = struct.unpack(">I", self.exactly(4))[0]
            if not 0 < count <= LARGEST_PACKET:
                raise Cut
            answer = self.one(self.exactly(count))
            if answer:
                self.link.sendall(answer)

    def one(self, packet):
        """The answer to one request, as the fault has it."""
        machine = self.machine
        kind, fields = packet[0], Fields(packet[1:])
        with machine.lock:
            if machine.generation != self.generation:
                raise Cut
            fault = machine.fault
            machine.count += 1
            identifier = fields.number(">I") if kind != INIT else 0
            request = Request(machine.count, kind, self.path(kind, Fields(packet[5:])) if kind != INIT else b"")
            machine.trace.append(request)
            try:
                if fault:
                    fault.before(machine, request)
                answer = self.answer(kind, fields)
            except Failure as failure:
                answer = self.status(failure.code)
            if kind == INIT:
                whole = struct.pack(">I", len(answer)) + answer
            else:
                whole = struct.pack(">IBI", len(answer) + 4, answer[0], identifier) + answer[1:]
            if fault:
                whole = fault.after(machine, request, whole)
        if callable(whole):
            whole = whole()
        return whole

    def path(self, kind, fields):
        """What a request is about, for the trace."""
        try:
            if kind in (CLOSE, READ, WRITE, FSTAT, READDIR):
                return self.handles.get(fields.text(), (None, b"?"))[1]
            if kind == EXTENDED:
                name = fields.text()
                subject = fields.text()
                return name + b" " + (self.handles.get(subject, (None, subject))[1])
            first = fields.text()
            return first + b" to " + fields.text() if kind == RENAME else first
        except struct.error:
            return b"?"

    def status(self, code, message=b""):
        """A status."""
        return bytes([STATUS]) + struct.pack(">I", code) + text(message) + text(b"")

    def attributes(self, node):
        """Size, owners, mode, times."""
        size = len(node.data) if isinstance(node, File) else 4096
        return struct.pack(">IQIII", 0xD, size, node.mode, node.modified, node.modified)

    def handle(self, node, path):
        """Remembers what is open."""
        self.next += 1
        name = b"h%d" % self.next
        self.handles[name] = [node, path, None]
        return bytes([HANDLE]) + text(name)

    def open_node(self, fields):
        """What a handle stands for."""
        found = self.handles.get(fields.text())
        if found is None:
            raise Failure(4)
        return found

    def answer(self, kind, fields):
        """Carries a request out."""
        disk = self.machine.disk
        if kind == INIT:
            return bytes([VERSION]) + struct.pack(">I", 3) + b"".join(text(name) + text(value) for name, value in EXTENSIONS)
        if kind == OPEN:
            return self.open(fields)
        if kind == CLOSE:
            found = self.handles.pop(fields.text(), None)
            return self.status(OK if found else 4)
        if kind == READ:
            node, offset, count = self.open_node(fields)[0], fields.number(">Q"), fields.number(">I")
            data = bytes(node.data[offset:offset + min(count, 1 << 18)])
            return bytes([DATA]) + text(data) if data else self.status(EOF)
        if kind == WRITE:
            node = self.open_node(fields)[0]
            disk.write(node, fields.number(">Q"), fields.text())
        elif kind in (LSTAT, STAT):
            return bytes([ATTRS]) + self.attributes(disk.find(fields.text()))
        elif kind == FSTAT:
            return bytes([ATTRS]) + self.attributes(self.open_node(fields)[0])
        elif kind == OPENDIR:
            path = fields.text()
            node = disk.find(path)
            if not isinstance(node, Directory):
                raise Failure(4)
            return self.handle(node, path)
        elif kind == READDIR:
            return self.read_directory(fields)
        elif kind == REMOVE:
            disk.remove(fields.text())
        elif kind == MKDIR:
            disk.create(fields.text(), Directory())
        elif kind == RENAME:
            disk.rename(fields.text(), fields.text())
        elif kind == EXTENDED:
            return self.extended(fields)
        else:
            return self.status(UNSUPPORTED)
        return self.status(OK)

    def open(self, fields):
        """Opens, or creates exclusively."""
        disk, path, flags = self.machine.disk, fields.text(), fields.number(">I")
        if flags & 0x28 == 0x28:
            node = disk.create(path, File(0o600))
        else:
            node = disk.find(path)
        return self.handle(node, path)

    def read_directory(self, fields):
        """A hundred names at a time."""
        found = self.open_node(fields)
        if found[2] is None:
            found[2] = list(found[0].names.items())
        if not found[2]:
            return self.status(EOF)
        some, found[2] = found[2][:100], found[2][100:]
        return bytes([NAME]) + struct.pack(">I", len(some)) + b"".join(
            text(name) + text(b"-rw------- " + name) + self.attributes(node) for name, node in some)

    def extended(self, fields):
        """fsync and statvfs."""
        name = fields.text()
        if name == b"fsync@openssh.com":
            self.open_node(fields)[0].sync()
            return self.status(OK)
        if name == b"statvfs@openssh.com":
            disk = self.machine.disk
            free = (1 << 40) if disk.capacity is None else max(0, disk.capacity - disk.used())
            return bytes([EXTENDED_REPLY]) + struct.pack(
                ">11Q", 1, 1, 1 << 41, free, free, 1 << 20, 1 << 19, 1 << 19, 1, 0, 255)
        return self.status(UNSUPPORTED)
