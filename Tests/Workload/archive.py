"""The message archive: who writes to whom, and which rows the server keeps of it."""

import bisect

import text
import vocabulary
from accounts import room_count
from stanzas import PLAIN_EXTRAS, Payloads

ROWS_PER_MESSAGE = 1.37  # a message between two local accounts is stored once for each
ROOM_SHARE = 0.20  # of the messages, hence about 15 % of the rows
CHAT_FRAME = ("<markable xmlns='urn:xmpp:chat-markers:0'/><request xmlns='urn:xmpp:receipts'/>"
              "<active xmlns='http://jabber.org/protocol/chatstates'/>")


class Conversations:
    """Draws archive rows in the order of time."""

    def __init__(self, site, words, draw, ranked, contacts, extras=PLAIN_EXTRAS):
        self.site, self.draw, self.ranked, self.contacts = site, draw, ranked, contacts
        self.payloads = Payloads(site, words, draw, extras)
        self.local = set(ranked)
        self.weights = vocabulary.harmonic(len(ranked), 4.0, 0.92)
        self.near = vocabulary.harmonic(max(map(len, contacts.values()), default=1), 1.0, 0.95)
        self.rooms = [f"room{number}@{site.conference}" for number in range(room_count(site.users))]
        self.room_weights = vocabulary.harmonic(len(self.rooms), 2.0, 1.0)
        self.resources, self.languages = {}, {}

    def rows(self, count, start, end):
        """So many rows between two seconds."""
        pace = (end - start) * 1e6 / (count / ROWS_PER_MESSAGE)
        moment, made, draw = start * 1e6, 0, self.draw
        while made < count:
            moment += pace * 2 * draw.random()
            writer = self.ranked[bisect.bisect(self.weights, draw.random() * self.weights[-1])]
            message = self.in_room if draw.random() < ROOM_SHARE else self.in_chat
            for row in message(writer, min(int(moment), int(end * 1e6) - 1000)):
                if made < count:
                    yield row
                made += 1

    def full(self, jid):
        """The address with its resource."""
        found = self.resources.get(jid)
        if found is None:
            found = self.resources[jid] = f"{jid}/{self.site.resource(jid)}"
        return found

    def language(self, node):
        """The writer's language."""
        found = self.languages.get(node)
        if found is None:
            found = self.languages[node] = self.site.language(node)
        return found

    def in_room(self, writer, moment):
        """A message to a room: one row, under the room's address."""
        draw = self.draw
        room = self.rooms[bisect.bisect(self.room_weights, draw.random() * self.room_weights[-1])]
        language, me = self.language(writer), self.site.jid(writer)
        inside, said = self.payloads.next(language)
        identifier, full = text.uuid(draw), self.full(me)
        xml = (f"<message xml:lang='{language}' to='{room}' from='{full}' type='groupchat' id='{identifier}' "
               f"xmlns='jabber:client'><origin-id id='{identifier}' xmlns='urn:xmpp:sid:0'/>"
               f"<markable xmlns='urn:xmpp:chat-markers:0'/>{inside}</message>")
        return ((room, moment, full, me, xml, said, "groupchat", writer, text.sql_time(moment // 1_000_000)),)

    def in_chat(self, writer, moment):
        """A message between two people: a row for each of them who is at home here."""
        draw = self.draw
        mine = self.contacts[writer]
        peer = mine[bisect.bisect(self.near, draw.random() * self.near[len(mine) - 1], 0, len(mine) - 1)]
        language, me = self.language(writer), self.site.jid(writer)
        incoming = draw.random() < 0.5
        sender, receiver = (peer, me) if incoming else (me, peer)
        inside, said = self.payloads.next(language)
        identifier, full = text.uuid(draw), self.full(sender)
        head = f"<message xml:lang='{language}' to='{receiver}' from='{full}' type='chat' id='{identifier}' xmlns='jabber:client'>"
        tail = f"<origin-id id='{identifier}' xmlns='urn:xmpp:sid:0'/>{CHAT_FRAME}{inside}</message>"
        created = text.sql_time(moment // 1_000_000)
        named = draw.random() < 0.4
        rows = []
        for node, at in self.holders(writer, peer, moment):
            owner = self.site.jid(node)
            other, other_full = (sender, full) if owner == receiver else (receiver, receiver)
            mark = (f"<archived by='{owner}' id='{at}' xmlns='urn:xmpp:mam:tmp'/>"
                    f"<stanza-id by='{owner}' id='{at}' xmlns='urn:xmpp:sid:0'/>") if named else ""
            rows.append((node, at, other_full, other, head + mark + tail, said, "chat", "", created))
        return rows

    def holders(self, writer, peer, moment):
        """The local accounts that keep the message, and when each did."""
        yield writer, moment
        node, _, domain = peer.partition("@")
        if domain == self.site.host and node in self.local:
            yield node, moment + 180 + self.draw.randrange(500)
