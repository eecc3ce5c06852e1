"""What accounts publish about themselves: pictures, encryption keys, bookmarks, names."""

import base64
import hashlib

import text

COMMON_OPTIONS = {
    "access_model": "presence", "deliver_notifications": "true", "deliver_payloads": "true", "itemreply": "none",
    "max_items": "1", "max_payload_size": "250000", "notification_type": "headline", "notify_config": "false",
    "notify_delete": "false", "notify_retract": "false", "persist_items": "true", "presence_based_delivery": "true",
    "publish_model": "publishers", "purge_offline": "false", "roster_groups_allowed": "[]", "rsm": "true",
    "send_last_published_item": "on_sub_and_presence", "sql": "true", "subscribe": "true",
}
OPEN = {"access_model": "open"}
HIDDEN = {"access_model": "whitelist", "max_items": "max", "notify_retract": "true", "send_last_published_item": "never"}
AXOLOTL = "eu.siacs.conversations.axolotl"
PREKEYS = 100
KEY_LETTERS = 44  # 33 bytes in base64


class Publisher:
    """Adds nodes and items to a batch."""

    def __init__(self, site, words, draw, batch):
        self.site, self.words, self.draw, self.batch = site, words, draw, batch

    def node(self, owner, name, items, moment, options=None):
        """A personal node with its options, its owner's state and its items."""
        number = self.batch.next_node()
        add = self.batch.add
        add("pubsub_node", (owner, name, "", "pep", number))
        add("pubsub_node_option", *((number, *pair) for pair in {**COMMON_OPTIONS, **(options or {})}.items()))
        add("pubsub_state", (number, owner, "o", ""))
        stamp, publisher = text.erlang_time(moment), f"{owner}/{self.site.resource(owner)}"
        add("pubsub_item", *((number, item, publisher, stamp, stamp, xml) for item, xml in items))

    def publish(self, node, created):
        """All that one account publishes."""
        draw, owner = self.draw, self.site.jid(node)
        moment = created * 1_000_000 + draw.randrange(1_000_000)
        if draw.random() < 0.75:
            digest, data, metadata = picture(draw)
            self.node(owner, "urn:xmpp:avatar:data", [(digest, data)], moment)
            self.node(owner, "urn:xmpp:avatar:metadata", [(digest, metadata)], moment + 40_000)
        if draw.random() < 0.5:
            self.keys(owner, moment + 1_000_000)
        if draw.random() < 0.35:
            rooms = [self.bookmark(node) for _ in range(draw.randrange(1, 6))]
            self.node(owner, "urn:xmpp:bookmarks:1", dict(rooms).items(), moment + 2_000_000, HIDDEN)
        if draw.random() < 0.3:
            nick = f"<nick xmlns='http://jabber.org/protocol/nick'>{text.escaped(node)}</nick>"
            self.node(owner, "http://jabber.org/protocol/nick", [("current", nick)], moment + 3_000_000)

    def keys(self, owner, moment):
        """The device list, and each device's bundle of keys."""
        draw = self.draw
        devices = [draw.randrange(1, 2**31) for _ in range(draw.choice((1, 1, 1, 2, 2, 3)))]
        listed = "".join(f"<device id='{device}'/>" for device in devices)
        self.node(owner, AXOLOTL + ".devicelist", [("current", f"<list xmlns='{AXOLOTL}'>{listed}</list>")], moment, OPEN)
        for device in devices:
            self.node(owner, f"{AXOLOTL}.bundles:{device}", [("current", bundle(draw))], moment + 500_000, OPEN)

    def bookmark(self, node):
        """A room under its address."""
        draw = self.draw
        room = f"room{draw.randrange(max(4, self.site.users // 20))}@{self.site.conference}"
        return room, (f"<conference xmlns='urn:xmpp:bookmarks:1' name='{text.escaped(self.words.title(draw, 'en', 2))}' "
                      f"autojoin='true'><nick>{text.escaped(node)}</nick></conference>")


def picture(draw):
    """An avatar: its name, its data and what describes it."""
    data = draw.randbytes(int(min(7000, max(500, draw.gauss(2100, 700)))))
    digest = hashlib.sha1(data).hexdigest()
    return (digest, f"<data xmlns='urn:xmpp:avatar:data'>{base64.b64encode(data).decode()}</data>",
            f"<metadata xmlns='urn:xmpp:avatar:metadata'><info bytes='{len(data)}' height='96' id='{digest}' "
            "type='image/png' width='96'/></metadata>")


def bundle(draw):
    """One device's public keys."""
    letters = base64.b64encode(draw.randbytes(PREKEYS * KEY_LETTERS * 3 // 4)).decode()
    prekeys = "".join(
        f"<preKeyPublic preKeyId='{number + 1}'>{letters[number * KEY_LETTERS:(number + 1) * KEY_LETTERS]}</preKeyPublic>"
        for number in range(PREKEYS))
    return (f"<bundle xmlns='{AXOLOTL}'><signedPreKeyPublic signedPreKeyId='{draw.randrange(1, 9)}'>{text.base64_text(draw, 33)}"
            f"</signedPreKeyPublic><signedPreKeySignature>{text.base64_text(draw, 64)}</signedPreKeySignature><identityKey>"
            f"{text.base64_text(draw, 33)}</identityKey><prekeys>{prekeys}</prekeys></bundle>")
