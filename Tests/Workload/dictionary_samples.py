"""Samples of row chunks: a few consecutive rows of one owner, one value after the other."""

import struct

import vocabulary
from generation import Generation
from prosody_rows import ProsodyRows
from site_model import Site

NULL, INTEGER, REAL, TEXT, BLOB = range(5)
MOST_ROWS = 20
FEW_ROWS = (1, 3)
OWNED = {  # table -> the column that names the owner, and how many samples of an owner are worth having
    "archive": ("username", 6), "rosterusers": ("username", 2), "rostergroups": ("username", 1), "spool": ("username", 1),
    "vcard": ("username", 1), "vcard_search": ("lusername", 1), "private_storage": ("username", 1), "users": ("username", 1),
    "last": ("username", 1), "roster_version": ("username", 1), "archive_prefs": ("username", 1), "push_session": ("username", 1),
    "privacy_list": ("username", 1), "muc_room": ("host", 4), "muc_registered": ("host", 1), "muc_room_subscribers": ("host", 1),
    "pubsub_node": ("host", 1), "pubsub_node_option": ("nodeid", 1), "pubsub_state": ("nodeid", 1), "pubsub_item": ("nodeid", 1),
    "oauth_token": ("scope", 2), "motd": ("xml", 1), "mqtt_pub": ("qos", 1), "sr_user": ("grp", 1), "mix_participant": ("channel", 1),
    "mix_subscription": ("channel", 1), "mix_pam": ("username", 1),
}
OF_ONE_ACCOUNT = ("users", "last", "roster_version", "vcard", "vcard_search", "private_storage", "archive_prefs", "push_session")
# Rare kinds of messages are given more room than they have in a real archive, so that the dictionary learns them.
EXTRAS = ((0.08, "reply"), (0.14, "reaction"), (0.19, "correction"), (0.25, "marker"), (0.55, "rare"), (1.0, "plain"))


def encoded(row):
    """A row's values, each behind a tag; text and blobs behind their length."""
    out = bytearray()
    for value in row:
        if value is None:
            out.append(NULL)
        elif isinstance(value, int):
            out.append(INTEGER)
            out += variable_length(value << 1 if value >= 0 else ~(value << 1))
        elif isinstance(value, float):
            out.append(REAL)
            out += struct.pack("<d", value)
        else:
            data = value.encode(errors="surrogateescape") if isinstance(value, str) else value
            out.append(TEXT if isinstance(value, str) else BLOB)
            out += variable_length(len(data)) + data
    return bytes(out)


def variable_length(number):
    """Seven bits to a byte, the lowest first."""
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return out


class Samples:
    """Samples of one site, which is generated for them and thrown away."""

    def __init__(self, directory, host, seed, schema, users, archive_rows, extras=EXTRAS):
        self.site = Site(host=host, schema=schema, upload_form="sha1", users=users, archive_rows=archive_rows,
                         upload_megabytes=0, seed=seed, wal=False)
        self.words = vocabulary.Vocabulary(tail=3000, seed=str(seed))
        self.draw = self.site.random("samples")
        self.path = directory / "ejabberd.db"
        Generation(self.site, directory, self.words, extras).run()

    def take(self, connection, few_share):
        """All samples of the site, by the table they are from."""
        connection.text_factory = lambda data: data.decode(errors="surrogateescape")
        found = {}
        for table, (owner, count) in OWNED.items():
            columns = [column[1] for column in connection.execute(f"PRAGMA table_info({table})")]
            place, groups = columns.index(owner), {}
            for row in connection.execute(f"SELECT * FROM {table} ORDER BY rowid"):
                groups.setdefault(row[place], []).append(row)
            found[table] = [sample for rows in groups.values() for sample in self.runs(rows, count, few_share)]
            if table == "archive":
                found["prosodyarchive"] = self.prosody_archive(groups, columns, few_share)
        found["one account"] = self.accounts(connection)
        prosody = ProsodyRows(self.site, self.words, self.draw)
        names = [node for (node,) in connection.execute("SELECT username FROM users")]
        found["prosody"] = [sample for node in names[::2]
                            for sample in self.runs(list(prosody.account(node)), 2, few_share)]
        return found

    def runs(self, rows, count, few_share):
        """Some runs of consecutive rows, short ones more often."""
        for _ in range(min(count, len(rows))):
            few = self.draw.random() < few_share
            length = self.draw.randint(*FEW_ROWS) if few else self.draw.randint(FEW_ROWS[1] + 1, MOST_ROWS)
            start = self.draw.randrange(max(1, len(rows) - length + 1))
            yield b"".join(map(encoded, rows[start:start + length]))

    def prosody_archive(self, groups, columns, few_share):
        """The same talk as Prosody would hold it."""
        prosody, samples = ProsodyRows(self.site, self.words, self.draw), []
        skipped = [columns.index(name) for name in ("id", "server_host") if name in columns]
        for owner, rows in list(groups.items())[::4]:
            plain = [tuple(value for place, value in enumerate(row) if place not in skipped) for row in rows]
            told = [prosody.archived(owner, row) for row in plain]
            samples += self.runs(told, 2, few_share)
        return samples

    def accounts(self, connection):
        """The rows of one account in several small tables, which share a segment."""
        samples = []
        for (node,) in connection.execute("SELECT username FROM users").fetchall():
            chosen = self.draw.sample(OF_ONE_ACCOUNT, self.draw.randint(2, 5))
            rows = [row for table in chosen for row in connection.execute(
                f"SELECT * FROM {table} WHERE {OWNED[table][0]} = ? ORDER BY rowid", (node,))]
            samples.append(b"".join(map(encoded, rows)))
        return samples
