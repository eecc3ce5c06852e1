"""One server: its names, its size and its clock, kept beside the data so that steps can follow."""

import dataclasses
import hashlib
import json
import pathlib
import random

import text
import vocabulary

DAY = 86_400
STEP_SECONDS = 4 * 3_600
FIRST_SECOND = 1_735_689_600  # 2025-01-01 00:00:00 UTC
ARCHIVE_DAYS = 330
CONTACTS = 20
SIZES = {  # users, archive rows, megabytes of uploads
    "tiny": (12, 2_000, 2), "S": (1_000, 100_000, 200), "M": (20_000, 1_500_000, 2_000)}


@dataclasses.dataclass
class Site:
    """The parameters of a generation; `step` and `events` count the changes applied since."""

    host: str
    schema: str
    upload_form: str
    users: int
    archive_rows: int
    upload_megabytes: int
    seed: int
    wal: bool
    remains: bool = False
    step: int = 0
    events: int = 0

    @staticmethod
    def load(directory):
        """Reads the parameters of the data in the directory."""
        return Site(**json.loads((pathlib.Path(directory) / "site.json").read_text()))

    def save(self, directory):
        """Keeps the parameters beside the data."""
        (pathlib.Path(directory) / "site.json").write_text(json.dumps(dataclasses.asdict(self), indent=1) + "\n")

    @property
    def conference(self):
        """The domain of the rooms."""
        return "conference." + self.host

    @property
    def end(self):
        """The second at which the first state was taken."""
        return FIRST_SECOND + ARCHIVE_DAYS * DAY

    def jid(self, node):
        """The bare address of a local account."""
        return f"{node}@{self.host}"

    def random(self, purpose):
        """A generator of its own for each purpose, so that one part's changes leave the others alone."""
        return random.Random(f"{self.seed}/{purpose}")

    def ranked(self, nodes):
        """The accounts from the most to the least talkative: an order that newcomers do not disturb."""
        key = f"{self.seed}".encode()
        return sorted(nodes, key=lambda node: hashlib.blake2b(node.encode(), key=key, digest_size=8).digest())

    def language(self, node):
        """The language in which the account writes."""
        return vocabulary.language_of(self.random("language " + node))

    def resource(self, jid):
        """The resource under which an address is mostly online."""
        draw = random.Random("resource " + jid)
        return draw.choice(vocabulary.CLIENTS) + text.random_letters(draw, 4)

    def upload_directory(self, node):
        """The name of the directory that holds the account's uploads."""
        return upload_directory_name(self.upload_form, node, self.host)

    def contacts(self, draw, node, ranked, weights):
        """The addresses in a new account's roster: talkative locals, and people elsewhere."""
        found = {}
        most_local = min(CONTACTS, len(ranked) - 1)
        local_count = min(most_local, sum(draw.random() < 0.55 for _ in range(CONTACTS)))
        while len(found) < local_count:
            other = draw.choices(ranked, cum_weights=weights)[0]
            if other != node:
                found[self.jid(other)] = None
        while len(found) < CONTACTS:
            found[f"{vocabulary.node_name(draw)}@{draw.choice(vocabulary.ELSEWHERE)}"] = None
        jids = list(found)
        draw.shuffle(jids)
        return jids


def upload_directory_name(form, node, host):
    """The directory under which ejabberd puts an account's uploads."""
    if form == "node":
        return text.upload_safe(node)
    return hashlib.sha1(f"{node}@{host}".encode()).hexdigest()
