"""A line to a server far away: what goes through it is late, and no faster than the line, and is counted.

In each direction there is one line for all connections. A piece waits until what came before it has been sent at the
line's rate, then travels for half a round trip. So much may wait as the line sends in 60 ms; while more does, nothing
is read from the sender, whose own buffers fill until it stops. Each 1448 bytes cost 52 more, those of the headers of IP
and TCP; the counts are without them. A new connection is there after one and a half round trips.

It does not emulate what TCP makes of a real line: no slow start, no loss and nothing sent again, no window but that of
the line, and no acknowledgements in the other direction. It has no noise, and the kernel's buffers on both sides
come on top of the line's. Programs with one stream fare a little better than they would outside.
"""

import collections
import socket
import subprocess
import sys
import threading
import time

ROUND_TRIP = 0.040  # seconds
RATE = 12_500_000  # bytes a second, each way
QUEUE = 0.060  # seconds of the line's rate that may wait
SEGMENT, HEADERS = 1448, 52
PIECE = 16_384
# Of one connection: what the line holds. Who does not take what arrives for him stops the sender, too.
WINDOW = int(RATE * (ROUND_TRIP / 2 + QUEUE))


class Line:
    """One direction: when it is free again, and how many bytes it has carried."""

    def __init__(self):
        self.lock, self.free, self.carried = threading.Lock(), 0.0, 0

    def wait(self):
        """Returns as soon as no more is waiting than may."""
        while (excess := self.free - time.monotonic() - QUEUE) > 0:
            time.sleep(excess)

    def arrival(self, size):
        """Takes a piece and says when it arrives."""
        with self.lock:
            cost = size + -(-size // SEGMENT) * HEADERS
            self.free = max(self.free, time.monotonic()) + cost / RATE
            self.carried += size
            return self.free + ROUND_TRIP / 2


class Stream:
    """The bytes of one connection in one direction."""

    def __init__(self, line, source, sink):
        self.line, self.source, self.sink = line, source, sink
        self.pieces, self.held, self.changed = collections.deque(), 0, threading.Condition()

    def start(self):
        """Carries until the source ends, on threads of its own, which it gives."""
        threads = [threading.Thread(target=body, daemon=True) for body in (self.take, self.give)]
        for thread in threads:
            thread.start()
        return threads

    def take(self):
        """Reads from the source what the line has room for."""
        piece = b"at first"
        while piece:
            self.line.wait()
            with self.changed:
                self.changed.wait_for(lambda: self.held < WINDOW)
            try:
                piece = self.source.recv(PIECE)
            except OSError:
                piece = b""
            arrival = self.line.arrival(len(piece))
            with self.changed:
                self.pieces.append((arrival, piece))
                self.held += len(piece)
                self.changed.notify_all()

    def give(self):
        """Writes to the sink what has arrived; when the sink is gone, what arrives is lost."""
        piece, is_there = b"at first", True
        while piece:
            with self.changed:
                self.changed.wait_for(lambda: self.pieces)
                arrival, piece = self.pieces.popleft()
            time.sleep(max(0.0, arrival - time.monotonic()))
            try:
                if is_there and piece:
                    self.sink.sendall(piece)
                elif is_there:
                    self.sink.shutdown(socket.SHUT_WR)
            except OSError:
                is_there = False
                # Its sender is to notice: the next thing it writes fails.
                self.shut(self.source)
            with self.changed:
                self.held -= len(piece)
                self.changed.notify_all()

    @staticmethod
    def shut(connection):
        """Lets nothing more be read from a connection."""
        try:
            connection.shutdown(socket.SHUT_RD)
        except OSError:
            pass


class Proxy:
    """Listens on a free port of 127.0.0.1 and carries every connection to another port there."""

    def __init__(self, port):
        self.port, self.up, self.down = port, Line(), Line()
        self.listener = small_buffers(socket.socket())
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(64)

    def serve(self):
        """Takes connections for ever."""
        while True:
            client, _ = self.listener.accept()
            threading.Thread(target=self.join, args=(client,), daemon=True).start()

    def join(self, client):
        """One connection from its start to its end."""
        # Until both sides of TCP know of each other, as the server sees it.
        time.sleep(1.5 * ROUND_TRIP)
        with client, small_buffers(socket.socket()) as server:
            server.connect(("127.0.0.1", self.port))
            for one in (client, server):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for thread in Stream(self.up, client, server).start() + Stream(self.down, server, client).start():
                thread.join()


def small_buffers(one):
    """A socket for which the kernel keeps little, so that little waits elsewhere than in the line."""
    for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
        one.setsockopt(socket.SOL_SOCKET, option, 4 * PIECE)
    return one


class Wan:
    """A proxy in a process of its own, so that its work is in nobody's figures."""

    def __init__(self, port):
        self.process = subprocess.Popen([sys.executable, __file__, str(port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)
        self.port = int(self.process.stdout.readline())

    def traffic(self):
        """Bytes so far, up and down."""
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return tuple(map(int, self.process.stdout.readline().split()))

    def stop(self):
        """Ends the process."""
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


def main():
    """Serves, and answers each line on standard input with the counts, until there are no more."""
    # Threads that only wait and copy are to take turns quickly.
    sys.setswitchinterval(0.0005)
    proxy = Proxy(int(sys.argv[1]))
    print(proxy.listener.getsockname()[1], flush=True)
    threading.Thread(target=proxy.serve, daemon=True).start()
    for _ in sys.stdin:
        print(proxy.up.carried, proxy.down.carried, flush=True)


if __name__ == "__main__":
    main()
