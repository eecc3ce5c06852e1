"""One client's connection to the server."""

import asyncio
import http.client
import urllib.parse
import xml.etree.ElementTree as ET

import slixmpp
from slixmpp.exceptions import IqError, IqTimeout
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath

SECONDS = 30


class Refused(Exception):
    """The server answered, and the answer is no."""


class Session(slixmpp.ClientXMPP):
    """Logged in as one person, with no presence sent, so that nothing is delivered unasked."""

    def __init__(self, ledger, person, register=False, password=None):
        super().__init__(f"{person}/client", password or ledger.password(person))
        self.ledger, self.person = ledger, person
        self.messages = []
        self.presences = []
        self.enable_direct_tls = self.enable_starttls = False
        self.enable_plaintext = True
        self.auto_authorize = self.auto_subscribe = None
        for setting in ("unencrypted_scram", "unencrypted_plain"):
            self["feature_mechanisms"].config[setting] = True
        self._opened = asyncio.get_running_loop().create_future()
        if register:
            self.register_plugin("xep_0077")
            self["xep_0077"].force_registration = True
            self.add_event_handler("register", self._register)
        self.add_event_handler("session_start", lambda _: self._open(None))
        self.add_event_handler("failed_all_auth", lambda _: self._open(Refused("login refused")))
        self.add_event_handler("connection_failed", lambda e: self._open(ConnectionError(str(e))))
        self.closed = asyncio.Event()
        self.add_event_handler("disconnected", self._close)
        for kind, kept in (("message", self.messages), ("presence", self.presences)):
            matcher = MatchXPath("{jabber:client}" + kind)
            self.register_handler(Callback(f"keep {kind}", matcher, lambda s, k=kept: k.append(s.xml)))

    def _open(self, failure):
        if self._opened.done():
            return
        if failure:
            self._opened.set_exception(failure)
        else:
            self._opened.set_result(None)

    def _close(self, _):
        self.closed.set()
        self._open(ConnectionError("the server closed the connection"))

    async def _register(self, _):
        # Before the login, slixmpp sends no stanza but those that it has built itself.
        iq = self.Iq()
        iq["type"] = "set"
        iq["register"]["username"], iq["register"]["password"] = self.boundjid.user, self.password
        try:
            await iq.send(timeout=SECONDS)
        except (IqError, IqTimeout) as error:
            self._open(Refused(f"{self.person} is not registered: {error.iq['error']['condition']}"))

    async def __aenter__(self):
        self.connect("127.0.0.1", self.ledger.c2s)
        try:
            await asyncio.wait_for(self._opened, SECONDS)
        except BaseException:
            self.abort()
            raise
        return self

    async def __aexit__(self, *_):
        if self.closed.is_set():
            return
        # ejabberd keeps the status of the last leaving; a person's is their canary.
        if self.presences:
            self.say(f"<presence type='unavailable'><status>{self.status}</status></presence>")
        self.disconnect(wait=1.0)
        await asyncio.wait_for(self.closed.wait(), SECONDS)

    @property
    def status(self):
        return self.ledger.canary(self.person, "last")

    def say(self, stanza):
        self.send_raw(stanza)

    async def appear(self):
        """Sends presence and waits until the server has echoed it."""
        self.say("<presence/>")
        await self.until(lambda: any(p.get("from") == str(self.boundjid) for p in self.presences))

    async def until(self, true):
        for _ in range(SECONDS * 20):
            if true():
                return
            await asyncio.sleep(0.05)
        raise TimeoutError(f"{self.person}: what was waited for did not come")

    async def ask(self, kind, payload, to=None):
        """Sends an IQ and gives the answer's first child, which may be None."""
        iq = self.Iq()
        iq["type"] = kind
        if to:
            iq["to"] = to
        iq.append(ET.fromstring(payload))
        try:
            answer = await iq.send(timeout=SECONDS)
        except IqError as error:
            condition = error.iq["error"]["condition"]
            raise Refused(f"{self.person}: {payload[:60]}: {condition} {error.iq['error']['text']}") from None
        except IqTimeout:
            raise TimeoutError(f"{self.person}: no answer to {payload[:60]}") from None
        return next(iter(answer.xml), None)

    async def ask_or_none(self, kind, payload, to=None):
        """As `ask`, where a refusal means that there is nothing."""
        try:
            return await self.ask(kind, payload, to)
        except Refused:
            return None


def web(method, url, body=None, headers=()):
    """One HTTP request to a virtual host of this machine: status and body."""
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection("127.0.0.1", parts.port, timeout=SECONDS)
    path = parts.path + ("?" + parts.query if parts.query else "")
    connection.request(method, path, body, {"Host": parts.netloc, **dict(headers)})
    response = connection.getresponse()
    try:
        return response.status, response.read()
    finally:
        connection.close()
