"""The first state of a site: database, uploads and, if wished, the remains of accounts long gone."""

import os
import pathlib
import shutil

import vocabulary
from accounts import AccountWriter, Batch
from archive import Conversations
from database import Database
from publications import Publisher
from rooms import Rooms
from services import Services
from site_model import DAY, FIRST_SECOND
from stanzas import PLAIN_EXTRAS
from uploads import Uploads

ACCOUNTS_PER_BATCH = 200
ACCOUNT_AGE = 900 * DAY


class Generation:
    """Makes a site below one directory, replacing what an earlier generation left there."""

    def __init__(self, site, directory, words=None, extras=PLAIN_EXTRAS):
        self.site, self.directory = site, pathlib.Path(directory)
        self.upload_root = self.directory / "upload"
        self.words, self.extras = words or vocabulary.Vocabulary(), extras
        self.contacts = {}
        # Registration is in the order of names; talkativeness is not.
        self.nodes = vocabulary.node_names(site.random("names"), site.users)
        self.ranked = site.ranked(self.nodes)

    def run(self):
        """Writes everything and gives what there is."""
        self.clear()
        database = Database(self.directory / "ejabberd.db", self.site, building=True)
        with database.transaction():
            self.accounts(database)
            self.shared(database)
            gone = self.remains(database) if self.site.remains else []
        with database.transaction():
            talk = Conversations(self.site, self.words, self.site.random("archive"), self.ranked, self.contacts,
                                 self.extras)
            database.insert("archive", talk.rows(self.site.archive_rows, FIRST_SECOND, self.site.end))
        self.finish(database)
        files = self.uploads(gone)
        self.site.save(self.directory)
        return {"database_bytes": os.path.getsize(self.directory / "ejabberd.db"), "upload_files": len(files),
                "upload_bytes": sum(files.values()), "remains": [self.site.jid(node) for node in gone]}

    def clear(self):
        """Removes an earlier generation, and nothing else."""
        self.directory.mkdir(parents=True, exist_ok=True)
        for name in ("ejabberd.db", "ejabberd.db-wal", "ejabberd.db-shm", "ejabberd.db-journal", "site.json"):
            (self.directory / name).unlink(missing_ok=True)
        shutil.rmtree(self.upload_root, ignore_errors=True)
        self.upload_root.mkdir(mode=0o755)

    def accounts(self, database):
        """All accounts with what belongs to them."""
        draw, batch = self.site.random("accounts"), Batch(database)
        writer = AccountWriter(self.site, self.words, draw, batch)
        publisher = Publisher(self.site, self.words, draw, batch)
        weights = vocabulary.harmonic(len(self.ranked), 4.0, 0.92)
        for place, node in enumerate(self.nodes):
            created = self.site.end - ACCOUNT_AGE + place * ACCOUNT_AGE // len(self.nodes)
            self.contacts[node] = self.site.contacts(draw, node, self.ranked, weights)
            writer.register(node, self.contacts[node], created, self.site.end)
            publisher.publish(node, created)
            if place % ACCOUNTS_PER_BATCH == ACCOUNTS_PER_BATCH - 1:
                batch.write()
        batch.write()

    def shared(self, database):
        """What belongs to nobody alone."""
        batch = Batch(database)
        Rooms(self.site, self.words, self.site.random("rooms"), batch, self.ranked).open(self.site.end)
        Services(self.site, self.words, self.site.random("services"), batch, self.ranked).open(self.site.end)
        batch.write()
        # ejabberd writes payloads as text whatever their bytes are; some are left as blobs.
        database.execute("UPDATE mqtt_pub SET payload = CAST(payload AS TEXT) WHERE rowid % 4 = 2")

    def remains(self, database):
        """Accounts that are gone while their rows are not, as after a clean-up that failed half way."""
        draw, batch = self.site.random("remains"), Batch(database)
        gone = [f"gone{number}" for number in range(max(2, self.site.users // 500))]
        writer = AccountWriter(self.site, self.words, draw, batch)
        publisher = Publisher(self.site, self.words, draw, batch)
        weights = vocabulary.harmonic(len(self.ranked), 4.0, 0.92)
        contacts = {node: self.site.contacts(draw, node, self.ranked, weights) for node in gone}
        for node in gone:
            writer.belongings(node, contacts[node], self.site.end - 200 * DAY, self.site.end - 50 * DAY)
            publisher.publish(node, self.site.end - 200 * DAY)
        batch.write()
        talk = Conversations(self.site, self.words, draw, gone, contacts)
        database.insert("archive", talk.rows(20 * len(gone), FIRST_SECOND, FIRST_SECOND + 100 * DAY))
        return gone

    def finish(self, database):
        """Leaves the file as a stopped server does, in WAL mode or not."""
        database.execute("PRAGMA locking_mode=NORMAL")
        database.execute("PRAGMA journal_mode=" + ("WAL" if self.site.wal else "DELETE"))
        database.connection.close()

    def uploads(self, gone):
        """The upload tree: the last file is an upload that broke off at once."""
        root, end = os.fspath(self.upload_root), self.site.end
        uploads = Uploads(self.site, self.words, self.site.random("uploads"), root, self.ranked)
        files = uploads.add(self.site.upload_megabytes * 1_000_000, FIRST_SECOND, end - 1)
        for node in gone:
            path, size = uploads.file(node, end - 100 * DAY, 100_000)
            files[path] = size
        files[uploads.put(self.ranked[0], "empty.txt", b"", end)] = 0
        return files
