"""The server that is backed up: moves money between accounts, as often as it is told. writer.py DATABASE RATE"""

import sqlite3
import sys
import threading
import time

ACCOUNTS, BALANCE = 200, 1000


def write(path, rate):
    """Moves money until a line comes on standard input; prints transactions, busy answers and the longest stall."""
    connection = sqlite3.connect(path, timeout=0, isolation_level=None)
    connection.execute("PRAGMA synchronous = NORMAL")
    count, busy, longest, ended = 0, 0, 0.0, threading.Event()
    threading.Thread(target=lambda: (sys.stdin.readline(), ended.set()), daemon=True).start()
    begin = time.monotonic()
    while not ended.is_set():
        due = begin + count / rate
        now = time.monotonic()
        if due > now:
            time.sleep(due - now)
        one, other, amount = count * 7919 % ACCOUNTS, (count * 104729 + 1) % ACCOUNTS, count % 17
        began = time.monotonic()
        try:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("UPDATE money SET balance = balance - ? WHERE id = ?", (amount, one))
            connection.execute("UPDATE money SET balance = balance + ? WHERE id = ?", (amount, other))
            connection.execute("UPDATE transfers SET count = count + 1")
            connection.execute("COMMIT")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) and "busy" not in str(error):
                raise
            busy += 1
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        longest = max(longest, time.monotonic() - began)
        count += 1
    print(count, busy, longest, time.monotonic() - begin, flush=True)


if __name__ == "__main__":
    write(sys.argv[1], float(sys.argv[2]))
