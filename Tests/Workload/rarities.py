"""Messages that are seldom seen, each in the form that some client gives it."""

import text

FORMS = (
    "<received id='{id}' xmlns='urn:xmpp:receipts'/><store xmlns='urn:xmpp:hints'/>",
    "<received id='{id}' xmlns='urn:xmpp:chat-markers:0'/><no-copy xmlns='urn:xmpp:hints'/>",
    "<x xmlns='http://jabber.org/protocol/muc#user'/><body>{said}</body>",
    "<x xmlns='http://jabber.org/protocol/muc#user'><invite from='{jid}'><reason>{said}</reason></invite></x>"
    "<x jid='{room}' reason='{said}' xmlns='jabber:x:conference'/>",
    "<propose id='{id}' xmlns='urn:xmpp:jingle-message:0'><description media='audio' xmlns='urn:xmpp:jingle:apps:rtp:1'/></propose>"
    "<store xmlns='urn:xmpp:hints'/>",
    "<finish id='{id}' xmlns='urn:xmpp:jingle-message:0'><reason xmlns='urn:xmpp:jingle:1'><success/></reason></finish>",
    "<retract id='{id}' xmlns='urn:xmpp:message-retract:1'/><fallback for='urn:xmpp:message-retract:1' xmlns='urn:xmpp:fallback:0'/>"
    "<body>This person attempted to retract a previous message, but it&apos;s unsupported by your client.</body>",
    "<body>{said}</body><html xmlns='http://jabber.org/protocol/xhtml-im'><body xmlns='http://www.w3.org/1999/xhtml'><p>{said}</p></body></html>",
    "<subject>{said}</subject><thread>{id}</thread>",
    "<body>{said}</body><thread>{id}</thread><occupant-id id='{token}' xmlns='urn:xmpp:occupant-id:0'/>",
    "<body>geo:{number},{number}</body><reference begin='0' end='12' type='data' uri='geo:{number}' xmlns='urn:xmpp:reference:0'/>",
    "<body>{said}</body><reference begin='0' end='6' type='mention' uri='xmpp:{jid}' xmlns='urn:xmpp:reference:0'/>",
    "<delay from='{room}' stamp='2025-03-04T05:06:07Z' xmlns='urn:xmpp:delay'>Offline Storage</delay><body>{said}</body>",
    "<event xmlns='http://jabber.org/protocol/pubsub#event'><items node='urn:xmpp:mucsub:nodes:messages'><item id='{number}'>"
    "<message xmlns='jabber:client' type='groupchat' from='{room}/{name}' id='{id}'><body>{said}</body></message></item></items></event>",
    "<encrypted xmlns='urn:xmpp:omemo:2'><header sid='{number}'><keys jid='{jid}'><key rid='{number}' kex='true'>{token}</key>"
    "<key rid='{number}'>{token}</key></keys></header><payload>{token}</payload></encrypted><store xmlns='urn:xmpp:hints'/>"
    "<encryption name='OMEMO' namespace='urn:xmpp:omemo:2' xmlns='urn:xmpp:eme:0'/>"
    "<body>You received a message encrypted with OMEMO but your client doesn&apos;t support OMEMO.</body>",
    "<openpgp xmlns='urn:xmpp:openpgp:0'>{token}{token}</openpgp><encryption namespace='urn:xmpp:openpgp:0' xmlns='urn:xmpp:eme:0'/>",
    "<file-sharing disposition='inline' id='{id}' xmlns='urn:xmpp:sfs:0'><file xmlns='urn:xmpp:file:metadata:0'><media-type>image/jpeg"
    "</media-type><name>IMG_{number}.jpg</name><size>{number}</size><hash algo='sha-256' xmlns='urn:xmpp:hashes:2'>{token}</hash>"
    "<width>1920</width><height>1080</height></file><sources><url-data target='https://{host}/{id}.jpg' "
    "xmlns='http://jabber.org/protocol/url-data'/></sources></file-sharing><body>https://{host}/{id}.jpg</body>",
    "<body>aesgcm://{host}/upload/{id}.jpg#{token}</body>",
    "<composing xmlns='http://jabber.org/protocol/chatstates'/><no-store xmlns='urn:xmpp:hints'/>",
    "<request xmlns='urn:xmpp:receipts'/><markable xmlns='urn:xmpp:chat-markers:0'/><origin-id id='{id}' xmlns='urn:xmpp:sid:0'/>"
    "<active xmlns='http://jabber.org/protocol/chatstates'/><body>{said}</body>",
    "<stanza-id by='{room}' id='{number}' xmlns='urn:xmpp:sid:0'/><occupant-id id='{token}' xmlns='urn:xmpp:occupant-id:0'/><body>{said}</body>",
    "<body>{said}</body><styling xmlns='urn:xmpp:styling:0'/><unstyled xmlns='urn:xmpp:styling:0'/>",
    "<x xmlns='jabber:x:data' type='form'><title>{said}</title><field var='FORM_TYPE' type='hidden'>"
    "<value>http://jabber.org/protocol/pubsub#subscribe_authorization</value></field></x>",
    "<sent xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='{jid}' id='{id}' "
    "type='chat'><body>{said}</body></message></forwarded></sent>",
    "<error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error><body>{said}</body>",
)


def rarity(draw, site, said):
    """The inside of one message of such a kind."""
    said = text.escaped(said)
    return draw.choice(FORMS).format(
        id=text.uuid(draw), jid=site.jid(said.partition(" ")[0]), room=f"room{draw.randrange(50)}@{site.conference}", said=said,
        name=said.partition(" ")[0], number=draw.getrandbits(31), host="upload." + site.host, token=text.base64_text(draw, 48))
