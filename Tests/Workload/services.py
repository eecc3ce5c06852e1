"""What the server keeps beside accounts: shared groups, news, channels, tokens, caches and sessions."""

import hashlib

import text
from publications import COMMON_OPTIONS

NEWS_OPTIONS = {**COMMON_OPTIONS, "access_model": "open", "max_items": "1000", "notify_retract": "true",
                "presence_based_delivery": "false"}
MIX_NODES = ("urn:xmpp:mix:nodes:messages", "urn:xmpp:mix:nodes:participants")
CAPABILITIES = """http://jabber.org/protocol/caps http://jabber.org/protocol/chatstates http://jabber.org/protocol/disco#info
  http://jabber.org/protocol/disco#items http://jabber.org/protocol/muc http://jabber.org/protocol/nick+notify
  jabber:iq:last jabber:iq:version jabber:x:conference jabber:x:oob urn:xmpp:avatar:metadata+notify
  urn:xmpp:bookmarks:1+notify urn:xmpp:chat-markers:0 urn:xmpp:eme:0 urn:xmpp:jingle:1 urn:xmpp:jingle:apps:rtp:1
  urn:xmpp:jingle:apps:rtp:audio urn:xmpp:jingle:transports:ice-udp:1 urn:xmpp:message-correct:0 urn:xmpp:ping
  urn:xmpp:reactions:0 urn:xmpp:receipts urn:xmpp:reply:0 urn:xmpp:time
  eu.siacs.conversations.axolotl.devicelist+notify vcard-temp""".split()
CAPABILITY_NODES = ("https://conversations.im", "https://gajim.org", "https://dino.im", "http://monal.im/", "https://movim.eu")
ERLANG_NODE = "ejabberd@localhost"
FOREVER = 4_294_967_295


class Services:
    """Writes the shared and the fleeting tables into a batch."""

    def __init__(self, site, words, draw, batch, ranked):
        self.site, self.words, self.draw, self.batch, self.ranked = site, words, draw, batch, ranked

    def some(self, share, least=2):
        """A share of the accounts."""
        count = min(len(self.ranked), max(least, int(len(self.ranked) * share)))
        return self.draw.sample(self.ranked, count)

    def open(self, now):
        """Everything."""
        created = text.sql_time(now)
        self.groups(created)
        self.news(now)
        self.channels(created)
        self.announcements(created)
        self.things()
        self.tokens(now)
        self.fleeting(now)

    def groups(self, created):
        """Shared roster groups."""
        for name in ("staff", "members"):
            term = (f'[{{label,<<"{name.capitalize()}">>}},{{displayed_groups,[<<"{name}">>]}},'
                    f'{{description,<<"All {name}">>}}]')
            self.batch.add("sr_group", (name, term, created))
            self.batch.add("sr_user", *((self.site.jid(node), name, created) for node in self.some(0.05)))

    def news(self, now):
        """Nodes of the publish-subscribe service, with subscribers and others' items."""
        host, draw = "pubsub." + self.site.host, self.draw
        for number, owner in enumerate(self.some(0.002, 3)):
            node, jid = self.batch.next_node(), self.site.jid(owner)
            self.batch.add("pubsub_node", (host, f"news{number}", "", "flat", node))
            self.batch.add("pubsub_node_option", *((node, *pair) for pair in NEWS_OPTIONS.items()))
            self.batch.add("pubsub_node_owner", (node, jid))
            self.batch.add("pubsub_state", (node, jid, "o", ""))
            writers = [owner]
            for reader in self.some(0.02, 3):
                if reader != owner:
                    name, role = f"{draw.getrandbits(52):013X}", draw.choice("nnnp")
                    self.batch.add("pubsub_state", (node, self.site.jid(reader), role, "s:" + name))
                    self.batch.add("pubsub_subscription_opt", (name, "DELIVER", "true"), (name, "SHOW_VALUES", "online"))
                    writers += [reader] if role == "p" else []
            for item in range(draw.randrange(3, 12)):
                writer, moment = self.site.jid(draw.choice(writers)), text.erlang_time(now * 1_000_000 - draw.randrange(10**12))
                said = text.escaped(self.words.text(draw, "en", 30))
                self.batch.add("pubsub_item", (
                    node, f"entry-{item}", f"{writer}/{self.site.resource(writer)}", moment, moment,
                    f"<entry xmlns='http://www.w3.org/2005/Atom'><title>{said[:30].rpartition(' ')[0]}</title><summary>{said}</summary></entry>"))

    def channels(self, created):
        """Channels with participants from here and from elsewhere."""
        service = "mix." + self.site.host
        for number, owner in enumerate(self.some(0.002, 2)):
            channel = f"channel{number}"
            self.batch.add("mix_channel", (channel, service, owner, self.site.host, self.site.jid(owner), 0,
                                           hashlib.sha1(channel.encode()).hexdigest(), created))
            people = [(node, self.site.host) for node in self.some(0.01, 3)] + [("visitor", "im.example.edu")]
            for node, domain in people:
                identifier, jid = f"{self.draw.getrandbits(80):020x}", f"{node}@{domain}"
                self.batch.add("mix_participant", (channel, service, node, domain, jid, identifier, node, created))
                self.batch.add("mix_subscription", *((channel, service, node, domain, name, jid) for name in MIX_NODES))
                if domain == self.site.host:
                    self.batch.add("mix_pam", (node, channel, service, identifier, created))

    def announcements(self, created):
        """The message of the day, and who has seen it."""
        xml = (f"<message xml:lang='en' to='{self.site.host}/announce/motd' from='{self.site.jid('admin')}/desk' "
               f"xmlns='jabber:client'><body>{text.escaped(self.words.text(self.draw, 'en', 12))}</body></message>")
        self.batch.add("motd", ("", xml, created), *((node, "", created) for node in self.some(0.3)))

    def things(self):
        """Retained publications of devices, some of which are no text."""
        for place, node in enumerate(self.some(0.01, 4)):
            payload = ("22.5", self.draw.randbytes(24), '{"open":true}', self.draw.randbytes(24))[place % 4]
            self.batch.add("mqtt_pub", (node, f"sensor-{node}", f"{self.site.host}/{node}/state", 1, payload, 0, "", "",
                                        b"\x00\xff\x01", "", FOREVER))

    def tokens(self, now):
        """Applications and what they were given."""
        self.batch.add("oauth_client", ("web", "Web client", "password", "g2wAAAABaAJkAAZzZWNyZXRtAAAAA3NoaGo="))
        self.batch.add("oauth_token", *((text.random_letters(self.draw, 32), self.site.jid(node), "sasl_auth",
                                         now + self.draw.randrange(10**6)) for node in self.some(0.03)))

    def fleeting(self, now):
        """Caches and what is true only while the server runs."""
        draw, created, site = self.draw, text.sql_time(now), self.site
        for node in CAPABILITY_NODES:
            for _ in range(3):
                digest = text.base64_text(draw, 20)
                self.batch.add("caps_features", *((node, digest, feature, created)
                                                  for feature in CAPABILITIES if draw.random() < 0.8))
        for place, node in enumerate(self.some(0.1, 3)):
            pid, resource = f"<0.{1000 + place}.0>", site.resource(site.jid(node))
            self.batch.add("sm", (now * 1_000_000 - draw.randrange(10**10) * 10 + place, pid, ERLANG_NODE, node, resource, "0",
                                  "[{ip,{{127,0,0,1},50000}},{conn,c2s_tls},{auth_module,ejabberd_auth_sql}]"))
            self.batch.add("muc_online_users", (node, site.host, resource, "room0", site.conference, ERLANG_NODE))
        self.batch.add("muc_online_room", *((f"room{place}", site.conference, ERLANG_NODE, f"<0.{500 + place}.0>")
                                            for place in range(3)))
        self.batch.add("route", *((domain, site.host, ERLANG_NODE, f"<0.{300 + place}.0>", "undefined") for place, domain
                                  in enumerate((site.conference, "pubsub." + site.host, "upload." + site.host, "mix." + site.host))))
        self.batch.add("bosh", (hashlib.sha1(b"bosh").hexdigest(), ERLANG_NODE, "<0.900.0>"))
        me = site.jid(self.ranked[0])
        self.batch.add("proxy65", (hashlib.sha1(b"proxy65").hexdigest(), "<0.901.0>", "<0.902.0>", ERLANG_NODE, ERLANG_NODE,
                                   f"{me}/{site.resource(me)}"))
