"""Joins an SFTP subsystem's standard input and output with a socket of the test: relay.py PATH."""

import os
import socket
import sys
import threading


def copy(read, write, end):
    """Passes bytes on until there are no more."""
    try:
        while data := read():
            write(data)
    except OSError:
        pass
    end()


def main():
    """Relays in both directions; ends as soon as the test's side does."""
    link = socket.socket(socket.AF_UNIX)
    link.connect(sys.argv[1])
    threading.Thread(target=copy, daemon=True, args=(
        lambda: os.read(0, 1 << 16), link.sendall, lambda: link.shutdown(socket.SHUT_WR))).start()
    copy(lambda: link.recv(1 << 16), lambda data: whole(1, data), lambda: None)


def whole(descriptor, data):
    """Writes all of it."""
    while data:
        data = data[os.write(descriptor, data):]


main()
