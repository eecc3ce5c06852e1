"""What the clients know of a server, and what they have stored there."""

import hashlib
import json
import os
import secrets

NODES = ["alice", "bob", "carol", "dave", "erin", "frank", "keeper", "zoë", "tag+one", "al_ce"]
NAMESAKES = ["alice", "dave"]
ROOM_KEEPER = "keeper@example.test"


class Ledger:
    """A server's directory, with `server.json` (where it listens) and `ledger.json` (what was stored)."""

    def __init__(self, directory):
        with open(os.path.join(directory, "server.json")) as file:
            server = json.load(file)
        self.kind, self.c2s, self.http = server["kind"], server["c2s"], server["http"]
        self.hosts = server["hosts"]
        self.domain = self.hosts[0]
        self.people = [f"{node}@{self.domain}" for node in NODES]
        self.people += [f"{node}@{host}" for host in self.hosts[1:] for node in NAMESAKES]
        self.path = os.path.join(directory, "ledger.json")
        self.stored = {"seed": secrets.token_hex(8), "registered": {}, "written": {}}
        if os.path.exists(self.path):
            with open(self.path) as file:
                self.stored = json.load(file)
        else:
            self.save()

    def save(self):
        with open(self.path + ".new", "w") as file:
            json.dump(self.stored, file, indent=1, ensure_ascii=False)
        os.rename(self.path + ".new", self.path)

    def of_host(self, host):
        return [p for p in self.people if p.endswith("@" + host)]

    def address(self, person):
        return person if "@" in person else f"{person}@{self.domain}"

    def _derive(self, *words):
        return hashlib.sha256("/".join([self.stored["seed"], *map(str, words)]).encode()).hexdigest()

    def canary(self, person, category):
        """32 characters that stand nowhere else: lower case for addresses, and Base64 of 24 bytes."""
        return "canary" + self._derive("canary", person, category)[:26]

    def password(self, person, to_come=False):
        """Another one each time the address is registered: the last one, or the one to come."""
        return self._derive("password", person, self.stored["registered"].get(person, 0) + to_come)[:20]

    def registered(self, person):
        """Counts a registration, which was made with the password to come."""
        counts = self.stored["registered"]
        counts[person] = counts.get(person, 0) + 1
        self.save()

    def bytes(self, person, name, count):
        """Bytes that do not compress, with the person's upload canary in front, amid and behind."""
        canary = self.canary(person, "upload").encode()
        noise = hashlib.shake_256(f"{self.stored['seed']}/{person}/{name}".encode()).digest(count)
        middle = count // 2
        return canary + noise[:middle] + canary + noise[middle:] + canary
