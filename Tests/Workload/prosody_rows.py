"""Rows as Prosody's two SQL tables hold them, for the dictionary's sake."""

import json

import text
import vocabulary

PEP_CONFIG = {"persist_items": True, "access_model": "open"}


class ProsodyRows:
    """Draws the rows of one account after another."""

    def __init__(self, site, words, draw):
        self.site, self.words, self.draw = site, words, draw

    def account(self, node):
        """Rows of `prosody`: key-value data, most of it JSON."""
        draw, host = self.draw, self.site.host
        def row(store, key, value):
            kind = "json" if isinstance(value, dict) else "number" if isinstance(value, int) else "string"
            said = json.dumps(value, separators=(",", ":")) if kind == "json" else str(value)
            return (host, node, store, key, kind, said)
        yield row("accounts", "salt", text.uuid(draw))
        yield row("accounts", "stored_key", f"{draw.getrandbits(160):040x}")
        yield row("accounts", "server_key", f"{draw.getrandbits(160):040x}")
        yield row("accounts", "iteration_count", 10_000)
        yield row("account_details", "registered", 1_700_000_000 + draw.randrange(10**7))
        yield row("roster", "", {"__hash": [False, {"pending": {}, "version": draw.randrange(90)}]})
        for _ in range(draw.randrange(2, 12)):
            groups = {draw.choice(("Friends", "Family", "Work")): True} if draw.random() < 0.4 else {}
            contact = {"subscription": draw.choice(("both", "both", "both", "to", "from", "none")), "groups": groups}
            if draw.random() < 0.7:
                contact["name"] = draw.choice(vocabulary.GIVEN)
            if draw.random() < 0.1:
                contact |= {"ask": "subscribe", "approved": True}
            yield row("roster", f"{vocabulary.node_name(draw)}@{draw.choice(vocabulary.ELSEWHERE)}", contact)
        yield row("blocklist", "", {"__hash": [False, {"modified": 1_730_000_000, "created": 1_720_000_000}]})
        for name in ("urn:xmpp:avatar:data", "urn:xmpp:avatar:metadata", "urn:xmpp:bookmarks:1", "urn:xmpp:vcard4",
                     "eu.siacs.conversations.axolotl.devicelist", "http://jabber.org/protocol/nick"):
            yield row("pep", name, {"affiliations": {self.site.jid(node): "owner"}, "subscribers": {}, "name": name,
                                    "config": {**PEP_CONFIG, "max_items": draw.choice((1, "max")),
                                               "send_last_published_item": "never", "notify_retract": True}})
        notes = {"attr": {"jid": "a@" + host, "xmlns": "storage:rosternotes"}, "name": "note",
                 "__array": [self.words.text(draw, "en", 6)]}
        yield row("private", "notes:storage:rosternotes", {"attr": {"xmlns": "storage:rosternotes"}, "name": "notes", "__array": [notes]})

    def archived(self, owner, row):
        """A row of `prosodyarchive` with the message of an ejabberd row, its attributes in Prosody's order."""
        username, moment, peer, bare_peer, xml, _, kind, _, _ = row
        head, _, inside = xml.partition(">")
        attributes = [part for part in head.removeprefix("<message ").split("' ") if not part.startswith("xmlns=")]
        attributes = [part.rstrip("'") + "'" for part in attributes]
        self.draw.shuffle(attributes)
        store = "muc_log" if kind == "groupchat" else "archive"
        partner = "message<groupchat" if kind == "groupchat" else bare_peer
        return (self.site.host, owner, store, text.uuid(self.draw), moment // 1_000_000, partner, "xml",
                f"<message {' '.join(attributes)}>{inside}")
