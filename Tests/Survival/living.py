"""Backs up a database while a writer moves money between accounts a thousand times a second."""

import pathlib
import sqlite3
import subprocess
import sys
import time

from agent import Violation
from writer import ACCOUNTS, BALANCE


class Living:
    """A site with a bank in its database."""

    def __init__(self, agent):
        self.agent, self.path = agent, agent.site / "ejabberd.db"

    def prepare(self):
        """The bank, and a first snapshot."""
        with self.agent.database() as database:
            database.execute("CREATE TABLE money (id INTEGER PRIMARY KEY, balance INTEGER NOT NULL)")
            database.execute("CREATE TABLE transfers (count INTEGER NOT NULL)")
            database.execute("INSERT INTO transfers VALUES (0)")
            database.executemany("INSERT INTO money VALUES (?, ?)", [(number, BALANCE) for number in range(ACCOUNTS)])
        database.close()
        self.agent.initialise()
        self.agent.succeed("backup")

    def while_writing(self, rate, body):
        """Runs the body beside the writer; gives transactions, busy answers, the longest stall, seconds."""
        writer = subprocess.Popen([sys.executable, pathlib.Path(__file__).with_name("writer.py"), self.path, str(rate)], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, text=True)
        try:
            time.sleep(0.3)
            body()
        finally:
            told, _ = writer.communicate("end\n", timeout=60)
        count, busy, longest, seconds = told.split()
        return int(count), int(busy), float(longest), float(seconds)

    def snapshots(self, count):
        """Snapshots beside the writer, then their restores."""
        found = []

        def back_up():
            for _ in range(count):
                report = self.agent.succeed("backup")
                if report["state"] != "complete":
                    raise Violation(f"a snapshot beside the writer is {report['state']}: {report['warnings']}")
                found.append(report["snapshot"])

        began = time.monotonic()
        beside = self.while_writing(1000, back_up)
        seconds = time.monotonic() - began
        alone = self.while_writing(1000, lambda: time.sleep(min(seconds, 30)))
        counts = [self.balance(snapshot) for snapshot in found]
        if len(set(counts)) < len(counts) or sorted(counts) != counts:
            raise Violation(f"the snapshots do not follow the writer: {counts}")
        if beside[1]:
            raise Violation(f"the writer met a busy database {beside[1]} times")
        return beside, alone

    def balance(self, snapshot):
        """The sum must be what it was; gives how many transfers the snapshot has seen."""
        target = self.agent.work / f"restored-{snapshot}"
        self.agent.succeed("restore", "--kit", self.agent.work / "kit", "--target", target, "--snapshot", snapshot,
                           "--origin", "xmpp")
        database = sqlite3.connect(target / "xmpp" / "ejabberd.db")
        total, count = database.execute("SELECT sum(balance), (SELECT count FROM transfers) FROM money").fetchone()
        database.close()
        if total != ACCOUNTS * BALANCE:
            raise Violation(f"snapshot {snapshot} has {total} instead of {ACCOUNTS * BALANCE}")
        return count
