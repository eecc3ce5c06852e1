"""Every kind of data that a person leaves on the server: how it is written, and how it is read back.

A category is a class with `write(session)` and `read(session)`. What `read` gives right after
everything was written is kept in the ledger; `proof` says which words must occur in it, so that a
server which stored nothing is noticed at once.
"""

import asyncio
import base64
import hashlib

from session import Refused, web

PUBSUB = "http://jabber.org/protocol/pubsub"
MUC = "http://jabber.org/protocol/muc"
ARCHIVE = "urn:xmpp:mam:2"
UPLOAD = "urn:xmpp:http:upload:0"


def texts(element, *names):
    """The texts of all elements of these local names, in document order."""
    if element is None:
        return []
    return [e.text or "" for e in element.iter() if e.tag.rpartition("}")[2] in names]


def attributes(element, name):
    """All values of an attribute, in document order."""
    if element is None:
        return []
    return [e.get(name) for e in element.iter() if e.get(name) is not None]


class Category:
    """One kind of data."""

    name = ""
    kinds = ("ejabberd", "prosody")

    @classmethod
    def canary(cls, session):
        return session.ledger.canary(session.person, cls.name)

    @classmethod
    def proof(cls, session):
        return [cls.canary(session)]


class Card(Category):
    name = "vcard"

    @classmethod
    async def write(cls, session):
        canary = cls.canary(session)
        await session.ask(
            "set",
            f"<vCard xmlns='vcard-temp'><FN>{session.person} Full</FN><EMAIL><USERID>{canary}@mail.test</USERID>"
            f"</EMAIL><ADR><HOME/><STREET>{canary} street 1</STREET></ADR></vCard>")

    @classmethod
    async def read(cls, session):
        return texts(await session.ask_or_none("get", "<vCard xmlns='vcard-temp'/>"), "FN", "USERID", "STREET")


class Roster(Category):
    name = "roster"

    @classmethod
    async def write(cls, session):
        canary = cls.canary(session)
        for friend in friends(session.ledger, session.person):
            await session.ask(
                "set",
                f"<query xmlns='jabber:iq:roster'><item jid='{friend}' name='{canary} my {friend}'>"
                f"<group>{canary} group</group></item></query>")

    @classmethod
    async def read(cls, session):
        query = await session.ask("get", "<query xmlns='jabber:iq:roster'/>")
        return sorted([i.get("jid"), i.get("name") or "", i.get("subscription"), i.get("ask") or "",
                       texts(i, "group")] for i in query or [])


class Private(Category):
    name = "private"

    @classmethod
    async def write(cls, session):
        await session.ask(
            "set", f"<query xmlns='jabber:iq:private'><notes xmlns='lethe:notes'><note>{cls.canary(session)}</note>"
            "</notes></query>")

    @classmethod
    async def read(cls, session):
        return texts(
            await session.ask("get", "<query xmlns='jabber:iq:private'><notes xmlns='lethe:notes'/></query>"), "note")


class Node(Category):
    """Items that a person publishes about themselves."""

    access = "open"

    @classmethod
    async def publish(cls, session, node, item, payload):
        options = ""
        if cls.access:
            fields = {"FORM_TYPE": f"{PUBSUB}#publish-options", "pubsub#persist_items": "true",
                      "pubsub#access_model": cls.access}
            form = "".join(f"<field var='{n}'><value>{v}</value></field>" for n, v in fields.items())
            options = f"<publish-options><x xmlns='jabber:x:data' type='submit'>{form}</x></publish-options>"
        await session.ask(
            "set", f"<pubsub xmlns='{PUBSUB}'><publish node='{node}'><item id='{item}'>{payload}</item></publish>"
            f"{options}</pubsub>")

    @classmethod
    async def items(cls, session, node):
        return await session.ask_or_none("get", f"<pubsub xmlns='{PUBSUB}'><items node='{node}'/></pubsub>")


class Avatar(Node):
    name = "avatar"
    # ejabberd makes the node itself when a card is set, and then holds options against it.
    access = None

    @classmethod
    def image(cls, session):
        pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
        # After the end of the picture, where the length keeps Base64 in step.
        return pixel[:-2] + "AA" + cls.canary(session)

    @classmethod
    async def write(cls, session):
        image = cls.image(session)
        content = base64.b64decode(image)
        digest = hashlib.sha1(content).hexdigest()
        await cls.publish(session, "urn:xmpp:avatar:data", digest, f"<data xmlns='urn:xmpp:avatar:data'>{image}</data>")
        await cls.publish(
            session, "urn:xmpp:avatar:metadata", digest,
            f"<metadata xmlns='urn:xmpp:avatar:metadata'><info bytes='{len(content)}' id='{digest}' type='image/png'/>"
            "</metadata>")

    @classmethod
    async def read(cls, session):
        return [texts(await cls.items(session, "urn:xmpp:avatar:data"), "data"),
                attributes(await cls.items(session, "urn:xmpp:avatar:metadata"), "id")]


class Keys(Node):
    name = "omemo"
    list_node = "eu.siacs.conversations.axolotl.devicelist"
    device = 31415

    @classmethod
    async def write(cls, session):
        space = "xmlns='eu.siacs.conversations.axolotl'"
        canary = cls.canary(session)
        await cls.publish(session, cls.list_node, "current", f"<list {space}><device id='{cls.device}'/></list>")
        await cls.publish(session, f"eu.siacs.conversations.axolotl.bundles:{cls.device}", "current",
                          f"<bundle {space}><identityKey>{canary}</identityKey><prekeys>"
                          f"<preKeyPublic preKeyId='1'>{canary}</preKeyPublic></prekeys></bundle>")

    @classmethod
    async def read(cls, session):
        bundle = await cls.items(session, f"eu.siacs.conversations.axolotl.bundles:{cls.device}")
        return [attributes(await cls.items(session, cls.list_node), "id"), texts(bundle, "identityKey", "preKeyPublic")]


class Bookmarks(Node):
    name = "bookmarks"
    access = "whitelist"

    @classmethod
    async def write(cls, session):
        canary = cls.canary(session)
        await cls.publish(
            session, "urn:xmpp:bookmarks:1", room(session.ledger),
            f"<conference xmlns='urn:xmpp:bookmarks:1' name='{canary} room' autojoin='true'><nick>{canary}</nick>"
            "</conference>")

    @classmethod
    async def read(cls, session):
        items = await cls.items(session, "urn:xmpp:bookmarks:1")
        return attributes(items, "id") + attributes(items, "name") + texts(items, "nick")


class Blocked(Category):
    name = "blocklist"

    @classmethod
    async def write(cls, session):
        item = f"<item jid='{cls.canary(session)}@evil.test'/>"
        await session.ask("set", f"<block xmlns='urn:xmpp:blocking'>{item}</block>")

    @classmethod
    async def read(cls, session):
        return sorted(attributes(await session.ask("get", "<blocklist xmlns='urn:xmpp:blocking'/>"), "jid"))


class Preferences(Category):
    name = "archiving"

    @classmethod
    async def write(cls, session):
        await set_archiving(session, "always")

    @classmethod
    async def read(cls, session):
        answer = await session.ask("get", f"<prefs xmlns='{ARCHIVE}'/>")
        return attributes(answer, "default") + sorted(texts(answer, "jid"))


class Archive(Category):
    """Notes to oneself carry the canary: what is said to others is theirs too and stays with them."""

    name = "archive"

    @classmethod
    async def write(cls, session):
        for number in range(3):
            session.say(chat(session.person, f"{cls.canary(session)} note {number} <> & \U0001f30a", f"note{number}"))
        for friend in friends(session.ledger, session.person):
            session.say(chat(friend, f"hello {friend}, this is {session.person}", f"hello-{session.person}"))

    @classmethod
    async def read(cls, session):
        return [[identifier, body] for identifier, body in await archived(session)]

    @classmethod
    def proof(cls, session):
        return [f"{cls.canary(session)} note {n}" for n in range(3)] + [
            f"hello {session.person}, this is {other}" for other in session.ledger.people
            if session.person in friends(session.ledger, other)]


class Uploads(Category):
    name = "upload"
    sizes = {"small": 1_000, "name with ïöü & space": 70_000, "large": 5 * 1024 * 1024}

    @classmethod
    async def write(cls, session):
        kept = session.ledger.stored.setdefault("uploads", {}).setdefault(session.person, {})
        for name, count in cls.sizes.items():
            content = session.ledger.bytes(session.person, name, count)
            kept[await upload(session, f"{name}.bin", content)] = hashlib.sha256(content).hexdigest()

    @classmethod
    async def read(cls, session):
        found = {}
        for url in session.ledger.stored.get("uploads", {}).get(session.person, {}):
            status, content = await asyncio.to_thread(web, "GET", url)
            found[url] = hashlib.sha256(content).hexdigest() if status == 200 else f"HTTP status {status}"
        return found

    @classmethod
    def proof(cls, session):
        return list(session.ledger.stored["uploads"][session.person].values())


class Nickname(Category):
    name = "nickname"
    kinds = ("ejabberd",)

    @classmethod
    async def write(cls, session):
        await session.ask(
            "set", "<query xmlns='jabber:iq:register'><x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'>"
            f"<value>{MUC}#register</value></field><field var='muc#register_roomnick'><value>{cls.canary(session)}</value></field></x>"
            "</query>", f"conference.{session.ledger.domain}")

    @classmethod
    async def read(cls, session):
        form = await session.ask_or_none(
            "get", "<query xmlns='jabber:iq:register'/>", f"conference.{session.ledger.domain}")
        return [v for v in texts(form, "value") if v.startswith("canary")]


CATEGORIES = [
    Card, Roster, Private, Avatar, Keys, Bookmarks, Blocked, Preferences, Archive, Uploads, Nickname,
]


def of(ledger):
    """The categories that this kind of server keeps."""
    return [c for c in CATEGORIES if ledger.kind in c.kinds]


def friends(ledger, person):
    """The next two people of the same host, whose list goes round."""
    people = ledger.of_host(person.partition("@")[2])
    place = people.index(person)
    return [f for f in (people[(place + step) % len(people)] for step in (1, 2)) if f != person]


def room(ledger):
    return f"lounge@conference.{ledger.domain}"


def chat(to, body, identifier):
    body = body.replace("&", "&amp;").replace("<", "&lt;")
    return f"<message type='chat' to='{to}' id='{identifier}'><body>{body}</body></message>"


async def set_archiving(session, default):
    address = f"{session.ledger.canary(session.person, Preferences.name)}@always.test"
    await session.ask("set", f"<prefs xmlns='{ARCHIVE}' default='{default}'><always><jid>{address}</jid></always>"
                      "<never/></prefs>")


async def archived(session):
    """All messages of a person's own archive, oldest first: identifier in the archive, and body."""
    found, after = [], ""
    while True:
        session.messages.clear()
        end = await session.ask(
            "set", f"<query xmlns='{ARCHIVE}'><set xmlns='http://jabber.org/protocol/rsm'><max>50</max>{after}</set>"
            "</query>")
        results = [r for m in session.messages for r in m.iter(f"{{{ARCHIVE}}}result")]
        found += [(r.get("id"), "".join(texts(r, "body"))) for r in results]
        if end is None or end.get("complete") == "true" or not results:
            return found
        after = f"<after>{results[-1].get('id')}</after>"


async def upload(session, name, content):
    """Uploads a file over HTTP and gives the address from which it can be had."""
    slot = await session.ask(
        "get", f"<request xmlns='{UPLOAD}' filename='{name.replace('&', '&amp;')}' size='{len(content)}' "
        "content-type='application/octet-stream'/>", f"upload.{upload_host(session)}")
    put, get = slot.find(f"{{{UPLOAD}}}put"), slot.find(f"{{{UPLOAD}}}get")
    headers = [(h.get("name"), h.text) for h in put] + [("Content-Type", "application/octet-stream")]
    status, _ = await asyncio.to_thread(web, "PUT", put.get("url"), content, headers)
    if status not in (200, 201):
        raise Refused(f"{session.person}: upload of {name}: HTTP status {status}")
    return get.get("url")


def upload_host(session):
    return session.boundjid.domain if session.ledger.kind == "ejabberd" else session.ledger.domain
