"""One four-hour change of a site."""

import os
import pathlib
import shutil

import text
import vocabulary
from accounts import AccountWriter, Batch, roster_row, version
from archive import Conversations
from database import Database
from publications import Publisher, picture
from rooms import without_affiliation
from site_model import STEP_SECONDS
from uploads import Uploads

TRANSACTIONS = 200
KEPT = {"admin", *vocabulary.AWKWARD}
OF_ONE_ACCOUNT = ("users", "last", "rosterusers", "rostergroups", "archive", "archive_prefs", "vcard", "vcard_search",
                  "privacy_default_list", "private_storage", "push_session", "spool", "mix_pam", "sm")
BY_ADDRESS = ("sr_user", "muc_room_subscribers")


class Change:
    """Applies the next step in small transactions, as a server would."""

    def __init__(self, site, directory, keep_wal=False, remains=False):
        self.site, self.directory, self.remains = site, pathlib.Path(directory), remains
        self.draw = site.random(f"step {site.step + 1}, event {site.events}")
        self.words = vocabulary.Vocabulary()
        self.start = site.end + site.step * STEP_SECONDS
        self.end = self.start + STEP_SECONDS
        self.database = Database(self.directory / "ejabberd.db", site)
        if keep_wal:
            self.database.execute("PRAGMA wal_autocheckpoint=0")
        self.ranked = site.ranked([node for (node,) in self.database.select("username", "users")])
        self.contacts = {node: [] for node in self.ranked}
        for node, jid in self.database.select("username, jid", "rosterusers", "1 ORDER BY rowid"):
            self.contacts.setdefault(node, []).append(jid)
        self.report = {}

    def apply(self):
        """Everything that happens in four hours."""
        self.site.step += 1
        self.report["step"] = self.site.step
        self.expire()
        self.live()
        gone = self.leavers()
        self.unregister(gone)
        self.register([vocabulary.node_name(self.draw) + f".s{self.site.step}"], self.end - 600)
        self.upload([node for node in self.ranked if node not in gone])
        self.site.save(self.directory)
        return self.report

    def happen(self, leaving, arriving):
        """Some accounts leave, others arrive, perhaps under the same addresses, and nothing else."""
        self.site.events += 1
        self.unregister(leaving)
        self.ranked = [node for node in self.ranked if node not in leaving]
        self.register(arriving, self.start + self.site.events)
        self.site.save(self.directory)
        return self.report

    def expire(self):
        """Removes the oldest messages."""
        (count,), = self.database.select("count(*)", "archive")
        oldest = self.database.select("timestamp", "archive", "1 ORDER BY timestamp LIMIT 1 OFFSET ?", (count // 1000,))
        with self.database.transaction():
            self.report["archive_rows_expired"] = self.database.delete("archive", "timestamp < ?", oldest[0])

    def live(self):
        """Messages arrive while people change things about themselves."""
        count = max(1, self.site.archive_rows * 3 // 1000)
        talk = Conversations(self.site, self.words, self.draw, self.ranked, self.contacts)
        messages = list(talk.rows(count, self.start, self.end))
        touched = self.draw.sample(self.ranked, max(1, len(self.ranked) // 50))
        slices = min(TRANSACTIONS, count)
        for place in range(slices):
            with self.database.transaction():
                self.database.insert("archive", messages[place * count // slices:(place + 1) * count // slices])
                for node in touched[place * len(touched) // slices:(place + 1) * len(touched) // slices]:
                    self.touch(node)
        self.report |= {"archive_rows_added": count, "accounts_touched": len(touched)}

    def touch(self, node):
        """A sign of life, and mostly one change."""
        draw = self.draw
        self.database.update("last", "seconds = ?", "username = ?", (str(self.start + draw.randrange(STEP_SECONDS)), node))
        chance = draw.random()
        if chance < 0.3:
            jid = f"{vocabulary.node_name(draw)}@{draw.choice(vocabulary.ELSEWHERE)}"
            self.database.insert("rosterusers", [roster_row(draw, node, jid, self.end)], "INSERT OR IGNORE")
            self.database.update("roster_version", "version = ?", "username = ?", (version(draw), node))
        elif chance < 0.5:
            writer = AccountWriter(self.site, self.words, draw, None)
            card, search = writer.card(node, self.end)
            self.database.replace("vcard", card)
            self.database.replace("vcard_search", search)
        elif chance < 0.6:
            self.picture(node)

    def picture(self, node):
        """A new avatar in the place of the old one."""
        jid = self.site.jid(node)
        digest, data, metadata = picture(self.draw)
        stamp = text.erlang_time(self.end * 1_000_000)
        for name, xml in (("urn:xmpp:avatar:data", data), ("urn:xmpp:avatar:metadata", metadata)):
            for row in self.database.select("nodeid", "pubsub_node", "host = ? AND node = ?", (jid, name)):
                self.database.delete("pubsub_item", "nodeid = ?", row)
                self.database.insert("pubsub_item", [(*row, digest, f"{jid}/{self.site.resource(jid)}", stamp, stamp, xml)])

    def leavers(self):
        """Some of the quieter accounts; those with awkward names stay for as long as they are wanted."""
        least = 1 if self.site.users < 100 else 2
        quiet = [node for node in self.ranked[len(self.ranked) // 50 + 1:] if node not in KEPT]
        return self.draw.sample(quiet, min(len(quiet), max(least, self.site.users // 5000)))

    def unregister(self, gone):
        """Accounts leave, by the administrator's hand or by their own."""
        removed, files = 0, 0
        for place, node in enumerate(gone):
            half = self.remains and place == 0
            with self.database.transaction():
                removed += Departure(self.site, self.database, node).carry_out(in_band=place % 2 == 1, half=half, now=self.end)
            directory = self.directory / "upload" / self.site.upload_directory(node)
            if directory.is_dir() and not half:
                files += sum(len(names) for _, _, names in os.walk(directory))
                shutil.rmtree(directory)
        self.report |= {"accounts_removed": [self.site.jid(node) for node in gone], "rows_of_accounts_removed": removed,
                        "upload_files_removed": files, "half_removed": [self.site.jid(gone[0])] if self.remains and gone else []}

    def register(self, nodes, now):
        """New accounts, each with all that people set up on their first day."""
        weights = vocabulary.harmonic(len(self.ranked), 4.0, 0.92)
        for node in nodes:
            contacts, batch = self.site.contacts(self.draw, node, self.ranked, weights), Batch(self.database)
            # The server has kept the version of an earlier holder's roster.
            with self.database.transaction():
                self.database.delete("roster_version", "username = ?", (node,))
                self.database.delete("last", "username = ?", (node,))
                AccountWriter(self.site, self.words, self.draw, batch).register(node, contacts, now, now)
                Publisher(self.site, self.words, self.draw, batch).publish(node, now)
                batch.write()
        self.report["accounts_added"] = [self.site.jid(node) for node in nodes]

    def upload(self, ranked):
        """New files: half a percent of the bytes."""
        root = os.fspath(self.directory / "upload")
        files = Uploads(self.site, self.words, self.draw, root, ranked).add(
            self.site.upload_megabytes * 5_000, self.start, self.end)
        os.utime(root, (self.end, self.end))
        self.report |= {"upload_files_added": len(files), "upload_bytes_added": sum(files.values())}


class Departure:
    """Removes one account as ejabberd 23.01 does, and leaves what it leaves."""

    def __init__(self, site, database, node):
        self.site, self.database, self.node, self.jid = site, database, node, site.jid(node)

    def carry_out(self, in_band, half, now):
        """Removes the rows and gives how many; a half removal stops after the account itself."""
        delete = self.database.delete
        if half:
            return delete("users", "username = ?", (self.node,))
        count = sum(delete(table, "username = ?", (self.node,)) for table in OF_ONE_ACCOUNT)
        count += sum(delete(table, "jid = ?", (self.jid,)) for table in BY_ADDRESS)
        for (number,) in self.database.select("id", "privacy_list", "username = ?", (self.node,)):
            count += delete("privacy_list_data", "id = ?", (number,))
        count += delete("privacy_list", "username = ?", (self.node,))
        count += delete("muc_online_users", "username = ?", (self.node,))
        count += self.publications()
        # The server writes the roster's version again after it has removed it.
        versions = self.database.select("version", "roster_version", "username = ?", (self.node,))
        delete("roster_version", "username = ?", (self.node,))
        self.database.insert("roster_version", [(self.node, version) for (version,) in versions])
        self.database.update("rosterusers", "subscription = 'N', ask = 'N'", "jid = ?", (self.jid,))
        self.leave_rooms()
        if in_band:
            self.database.insert("last", [(self.node, str(now), "Stream closed by local host: User removed (conflict)")])
        return count

    def publications(self):
        """Removes the account's own nodes, and what it has in the service's other nodes."""
        delete = self.database.delete
        owned = self.database.select("nodeid", "pubsub_node", "host = ?", (self.jid,))
        owned += self.database.select("nodeid", "pubsub_state", "jid = ? AND affiliation = 'o' AND nodeid IN "
                                      "(SELECT nodeid FROM pubsub_node WHERE plugin = 'flat')", (self.jid,))
        count = 0
        for table in ("pubsub_item", "pubsub_state", "pubsub_node_option", "pubsub_node_owner", "pubsub_node"):
            count += sum(delete(table, "nodeid = ?", number) for number in owned)
        flat = "nodeid IN (SELECT nodeid FROM pubsub_node WHERE plugin = 'flat')"
        count += delete("pubsub_item", f"{flat} AND substr(publisher, 1, ?) = ?", (len(self.jid) + 1, self.jid + "/"))
        return count + delete("pubsub_state", "jid = ?", (self.jid,))

    def leave_rooms(self):
        """Takes the account's affiliations out of the rooms."""
        term = "{" + text.erlang_address(self.jid) + ",{"
        for row, options in self.database.select("rowid, opts", "muc_room", "instr(opts, ?) > 0", (term,)):
            self.database.execute("UPDATE muc_room SET opts = ? WHERE rowid = ?", (without_affiliation(options, self.jid), row))
