"""The inside of messages: plain, encrypted, links, replies, reactions, corrections, markers."""

import base64

import text
from rarities import rarity
from vocabulary import EMOJI

AXOLOTL = "eu.siacs.conversations.axolotl"
OMEMO_SHARE = 0.17
LINK_SHARE = 0.07
PLAIN_EXTRAS = (  # cumulative shares of what remains
    (0.05, "reply"), (0.08, "reaction"), (0.10, "correction"), (0.14, "marker"), (0.18, "rare"), (1.0, "plain"))
NOT_ENCRYPTED = ("I sent you an OMEMO encrypted message but your client doesn't seem to support that. "
                 "Find more information on https://conversations.im/omemo")
HINT = "<store xmlns='urn:xmpp:hints'/>"


class Payloads:
    """Draws what a message holds: its XML, and the text that the server puts aside for search."""

    def __init__(self, site, words, draw, extras=PLAIN_EXTRAS):
        self.site, self.words, self.draw, self.extras = site, words, draw, extras

    def next(self, language):
        """The inside of one message."""
        chance = self.draw.random()
        if chance < OMEMO_SHARE:
            return self.encrypted()
        if chance < OMEMO_SHARE + LINK_SHARE:
            return self.link()
        chance = self.draw.random()
        for share, kind in self.extras:
            if chance < share:
                return getattr(self, kind)(language)
        return self.plain(language)

    def sentence(self, language):
        """What somebody says: most messages are short, a few are long."""
        said = self.words.text(self.draw, language, 1 + min(150, int(self.draw.expovariate(1 / 19))))
        return f"{said} {self.draw.choice(EMOJI)}" if self.draw.random() < 0.08 else said

    def plain(self, language):
        """A sentence."""
        said = self.sentence(language)
        return f"<body>{text.escaped(said)}</body>", said

    def encrypted(self):
        """A payload for each device of both people: noise, but for its frame."""
        draw = self.draw
        devices = draw.choice((3, 4, 5, 5, 6, 8, 11))
        noise = base64.b64encode(draw.randbytes(devices * 132)).decode()
        keys = []
        for device in range(devices):
            mark, letters = ("prekey='true' ", 176) if draw.random() < 0.25 else ("", 140)
            start = device * 176
            keys.append(f"<key {mark}rid='{draw.getrandbits(31)}'>{noise[start:start + letters]}</key>")
        sealed = text.base64_text(draw, 17 + int(draw.expovariate(1 / 90)))
        return (f"<encrypted xmlns='{AXOLOTL}'><header sid='{draw.getrandbits(31)}'>{''.join(keys)}"
                f"<iv>{text.base64_text(draw, 12)}</iv></header><payload>{sealed}</payload></encrypted>"
                f"<encryption name='OMEMO' namespace='{AXOLOTL}' xmlns='urn:xmpp:eme:0'/>{HINT}"
                f"<body>{text.escaped(NOT_ENCRYPTED)}</body>"), NOT_ENCRYPTED

    def link(self):
        """The address of an upload."""
        draw = self.draw
        ending = draw.choice(("jpg", "jpg", "jpg", "mp4", "m4a", "pdf", "png"))
        url = (f"https://upload.{self.site.host}:5443/upload/{draw.getrandbits(160):040x}/"
               f"{text.random_letters(draw, 40)}/{text.random_letters(draw, 8)}.{ending}")
        return f"<x xmlns='jabber:x:oob'><url>{url}</url></x><body>{url}</body>", url

    def reply(self, language):
        """An answer that quotes what it answers."""
        quoted, said = self.words.text(self.draw, language, 4), self.sentence(language)
        quote = f"> {quoted}\n"
        return (f"<reply id='{text.uuid(self.draw)}' to='{self.site.host}' xmlns='urn:xmpp:reply:0'/>"
                f"<fallback for='urn:xmpp:reply:0' xmlns='urn:xmpp:fallback:0'><body end='{len(quote)}' start='0'/></fallback>"
                f"<body>{text.escaped(quote + said)}</body>"), quote + said

    def reaction(self, _):
        """A small picture under another message."""
        return (f"<reactions id='{text.uuid(self.draw)}' xmlns='urn:xmpp:reactions:0'>"
                f"<reaction>{self.draw.choice(EMOJI)}</reaction></reactions>{HINT}"), ""

    def correction(self, language):
        """A message in the place of an earlier one."""
        said = self.sentence(language)
        return (f"<replace id='{text.uuid(self.draw)}' xmlns='urn:xmpp:message-correct:0'/>"
                f"<body>{text.escaped(said)}</body>"), said

    def rare(self, language):
        """Something that few clients send."""
        said = self.words.text(self.draw, language, self.draw.randrange(2, 14))
        return rarity(self.draw, self.site, said), said

    def marker(self, _):
        """How far somebody has read."""
        return f"<displayed id='{text.uuid(self.draw)}' xmlns='urn:xmpp:chat-markers:0'/>{HINT}", ""
