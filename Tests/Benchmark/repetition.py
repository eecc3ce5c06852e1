"""All operations of all programs, once."""

import shutil
import sys

from account import Account
from lethe import Lethe
from peers import PEERS


class Repetition:
    """One turn: the programs start with nothing and do the same at each state of the same data."""

    def __init__(self, options, server, base, scratch, table):
        self.options, self.server, self.table, self.failures = options, server, table, []
        self.site = base.copied(scratch / "site")
        self.peers = [Lethe(server, self.site, scratch / "lethe", options.binary)]
        self.peers += [PEERS[name](server, self.site, scratch / name) for name in options.peers]

    def run(self, is_even):
        """Everything, in the opposite order every second time; gives what was wrong."""
        if is_even:
            self.peers.reverse()
        for peer in self.peers:
            peer.init()
        for operation in ["first", "unchanged"] + [f"change {k + 1}" for k in range(self.options.steps)]:
            self.back_up(operation)
        self.simple("list")
        self.restore()
        self.simple("check")
        if self.options.erase:
            self.erase()
        self.simple("expire")
        for peer in self.peers:
            shutil.rmtree(peer.home)
        return self.failures

    def measured(self, operation, peer, body):
        """Lets a program do something that gives a cost, what it tells and perhaps more; takes it down and gives the latter."""
        before, start = peer.remote_bytes(), self.server.traffic()
        cost, told, *more = body()
        end = self.server.traffic()
        if start:
            # Whoever counts for all replaces what a program says of itself.
            told |= {"uploaded": end[0] - start[0], "downloaded": end[1] - start[1]}
        self.table.add(operation, peer.name, cost, before, peer.remote_bytes(), told)
        print(f"{operation}, {peer.name}: {cost.wall:.1f} s", file=sys.stderr, flush=True)
        return more

    def back_up(self, operation):
        """One run of each, after four hours if it is a change."""
        if operation.startswith("change"):
            if not self.site.step_command:
                return
            self.site.change()
        for peer in self.peers:
            self.measured(operation, peer, peer.backup)

    def simple(self, operation):
        """Something that only costs."""
        for peer in self.peers:
            self.measured(operation, peer, lambda: (getattr(peer, operation)(), {}))

    def restore(self):
        """The newest state, which is compared with the source."""
        for peer in self.peers:
            found = self.measured("restore", peer, lambda: restored(peer))
            if not self.options.no_compare and not peer.is_right(*found):
                self.failures.append(f"what {peer.name} restored differs from the source")
            shutil.rmtree(peer.home / "restored")

    def erase(self):
        """One account out of all snapshots, which is looked for in the oldest one afterwards."""
        account = Account(self.site)
        for peer in (one for one in self.peers if hasattr(one, "erase")):
            if not account.is_in(*peer.oldest()):
                self.failures.append(f"the oldest snapshot of {peer.name} did not hold the account that is to be erased")
            self.measured("erase", peer, lambda: peer.erase(account))
            if account.is_in(*peer.oldest()):
                self.failures.append(f"the oldest snapshot of {peer.name} still holds the account that was erased")
            shutil.rmtree(peer.home / "restored")


def restored(peer):
    """A restore's cost, what is known of it, and where it is."""
    cost, database, uploads = peer.restore()
    return cost, peer.proof(database) if hasattr(peer, "proof") else {}, database, uploads
