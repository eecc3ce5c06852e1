"""What the server keeps about one account, apart from its archive and its publications."""

import collections
import hashlib

import text
import vocabulary

PRIVACY_FLAGS = ((1, 0, 0, 0, 0), (0, 0, 1, 0, 0), (0, 0, 0, 1, 1))
PUSH_SERVICES = ("push.conversations.example", "p2.siacs.example", "push.tigase.example", "api.monal.example")


class Batch:
    """Rows of several tables, gathered until they are worth a statement each."""

    def __init__(self, database):
        self.database = database
        self.rows = collections.defaultdict(list)
        self.node_number = database.last_number("pubsub_node")
        self.list_number = database.last_number("privacy_list")

    def add(self, table, *rows):
        """Gathers rows."""
        self.rows[table].extend(rows)

    def next_node(self):
        """The number of the next publish-subscribe node."""
        self.node_number += 1
        return self.node_number

    def next_list(self):
        """The number of the next privacy list."""
        self.list_number += 1
        return self.list_number

    def write(self):
        """Inserts what was gathered, parents before children."""
        for table in self.database.tables:
            if table in self.rows:
                self.database.insert(table, self.rows.pop(table))


class AccountWriter:
    """Writes the rows of one account after another."""

    def __init__(self, site, words, draw, batch):
        self.site, self.words, self.draw, self.batch = site, words, draw, batch

    def register(self, node, contacts, created, now):
        """Everything that an account gathers in its life."""
        draw = self.draw
        self.batch.add("users", (node, text.base64_text(draw, 20), text.base64_text(draw, 20),
                                 text.base64_text(draw, 16), 4096, text.sql_time(created)))
        self.belongings(node, contacts, created, now)

    def belongings(self, node, contacts, created, now):
        """All that hangs on an account but the account itself."""
        draw, add = self.draw, self.batch.add
        add("last", (node, str(now - int(draw.expovariate(1 / 350_000))), draw.choice(("", "", "Stream reset by peer"))))
        add("rosterusers", *(roster_row(draw, node, jid, created) for jid in contacts))
        add("rostergroups", *((node, jid, draw.choice(("Friends", "Family", "Work", "Verein")))
                              for jid in contacts if draw.random() < 0.4))
        add("roster_version", (node, version(draw)))
        card, search = self.card(node, created)
        add("vcard", card)
        add("vcard_search", search)
        self.private(node, contacts, created)
        self.privacy(node, contacts, created)
        if draw.random() < 0.5:
            add("archive_prefs", (node, draw.choice(("always", "always", "roster")),
                                  f"[{text.erlang_address(contacts[0])}]" if draw.random() < 0.2 else "[]",
                                  "[]", text.sql_time(created)))
        for _ in range(draw.choice((0, 0, 0, 1, 1, 2))):
            add("push_session", self.push(node, created))
        if draw.random() < 0.06 or node == "zoë":
            self.offline(node, contacts, now)

    def card(self, node, created):
        """The contact card and the row that makes it searchable."""
        draw = self.draw
        given, family = draw.choice(vocabulary.GIVEN), draw.choice(vocabulary.FAMILY)
        town, country = draw.choice(vocabulary.TOWNS), draw.choice(vocabulary.COUNTRIES)
        firm = self.words.title(draw, "en", 1) + draw.choice((" GmbH", " e.V.", " Ltd", " SA"))
        born = f"{draw.randrange(1950, 2010)}-{draw.randrange(1, 13):02d}-{draw.randrange(1, 29):02d}"
        photo = ""
        if draw.random() < 0.35:
            photo = ("<PHOTO><TYPE>image/png</TYPE><BINVAL>"
                     + text.base64_text(draw, draw.randrange(900, 2800)) + "</BINVAL></PHOTO>")
        name, mail = f"{given} {family}", f"{given}.{family}@mail.example".lower()
        xml = (f"<vCard xmlns='vcard-temp'><FN>{name}</FN><N><FAMILY>{family}</FAMILY><GIVEN>{given}</GIVEN></N>"
               f"<NICKNAME>{text.escaped(node)}</NICKNAME><BDAY>{born}</BDAY><ADR><HOME/><LOCALITY>{town}</LOCALITY>"
               f"<CTRY>{country}</CTRY></ADR><EMAIL><INTERNET/><USERID>{mail}</USERID></EMAIL><ORG><ORGNAME>{firm}</ORGNAME>"
               f"<ORGUNIT/></ORG><URL>https://{family.lower()}.example/</URL>"
               f"<DESC>{text.escaped(self.words.text(draw, 'en', draw.randrange(4, 40)))}</DESC>{photo}</vCard>")
        search = [node, node]
        for field in (name, family, given, "", node, born, country, town, mail, firm, ""):
            search += [field, field.lower()]
        return (node, xml, text.sql_time(created)), tuple(search)

    def private(self, node, contacts, created):
        """Bookmarks, notes about contacts and settings of a client."""
        draw = self.draw
        rooms = "".join(
            f"<conference jid='{room_name(draw, self.site)}@{self.site.conference}' "
            f"name='{text.escaped(self.words.title(draw, 'en', 2))}' autojoin='{draw.choice(('true', 'false'))}'>"
            f"<nick>{text.escaped(node)}</nick></conference>" for _ in range(draw.randrange(1, 6)))
        store = [("storage:bookmarks", f"<storage xmlns='storage:bookmarks'>{rooms}</storage>")]
        if draw.random() < 0.25:
            notes = "".join(
                f"<note jid='{jid}' cdate='2025-0{draw.randrange(1, 10)}-1{draw.randrange(10)}T08:30:00Z'>"
                f"{text.escaped(self.words.text(draw, 'en', draw.randrange(3, 12)))}</note>" for jid in contacts[:draw.randrange(1, 5)])
            store.append(("storage:rosternotes", f"<storage xmlns='storage:rosternotes'>{notes}</storage>"))
        if draw.random() < 0.1:
            store.append(("roster:delimiter", "<roster xmlns='roster:delimiter'>::</roster>"))
        self.batch.add("private_storage", *((node, space, xml, text.sql_time(created)) for space, xml in store))

    def privacy(self, node, contacts, created):
        """Blocked addresses, and sometimes a list of the older kind."""
        draw = self.draw
        names = [name for name, share in (("Blocked contacts", 0.15), ("invisible", 0.03)) if draw.random() < share]
        if not names:
            return
        self.batch.add("privacy_default_list", (node, names[0]))
        for name in names:
            number = self.batch.next_list()
            self.batch.add("privacy_list", (node, name, number, text.sql_time(created)))
            for order, jid in enumerate(draw.sample(contacts, draw.randrange(1, 4))):
                self.batch.add("privacy_list_data",
                               (number, "j", jid, draw.choice("da"), order) + draw.choice(PRIVACY_FLAGS))

    def push(self, node, created):
        """A device that asked to be woken."""
        draw = self.draw
        form = ("<x type='submit' xmlns='jabber:x:data'><field var='FORM_TYPE' type='hidden'>"
                "<value>http://jabber.org/protocol/pubsub#publish-options</value></field>"
                f"<field var='secret'><value>{text.random_letters(draw, 24)}</value></field></x>")
        return (node, created * 1_000_000 + draw.randrange(10**9), draw.choice(PUSH_SERVICES),
                text.random_letters(draw, 12), form)

    def offline(self, node, contacts, now):
        """Messages that wait for the account."""
        draw, me = self.draw, self.site.jid(node)
        for _ in range(draw.randrange(1, 20)):
            sender, moment = draw.choice(contacts), now * 1_000_000 - draw.randrange(10**12)
            body = text.escaped(self.words.text(draw, self.site.language(node), draw.randrange(2, 40)))
            xml = (f"<message xml:lang='en' to='{me}' from='{sender}/{self.site.resource(sender)}' type='chat' "
                   f"id='{text.uuid(draw)}' xmlns='jabber:client'><archived by='{me}' id='{moment}' xmlns='urn:xmpp:mam:tmp'/>"
                   f"<stanza-id by='{me}' id='{moment}' xmlns='urn:xmpp:sid:0'/><delay from='{self.site.host}' "
                   f"stamp='{text.xml_time(moment)}' xmlns='urn:xmpp:delay'>Offline Storage</delay>"
                   f"<request xmlns='urn:xmpp:receipts'/><body>{body}</body></message>")
            self.batch.add("spool", (node, xml, text.sql_time(moment // 1_000_000)))


def roster_row(draw, node, jid, created):
    """A contact, mostly with both sides subscribed."""
    nick = jid.partition("@")[0].partition(".")[0].capitalize() if draw.random() < 0.7 else ""
    return (node, jid, nick, draw.choice("BBBBBBBTFN"), draw.choice("NNNNNNNNNO"), "", "N", "", "item", text.sql_time(created))


def version(draw):
    """The version of a roster."""
    return hashlib.sha1(draw.randbytes(8)).hexdigest()


def room_count(users):
    """How many rooms a server of that size has."""
    return max(4, users // 20)


def room_name(draw, site):
    """The name of one of the site's rooms."""
    return f"room{draw.randrange(room_count(site.users))}"
