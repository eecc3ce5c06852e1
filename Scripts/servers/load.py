"""Clients that write without pause, and count what the server lost."""

import asyncio
import hashlib
import secrets
import time

from belongings import archived, chat, upload
from session import Refused, Session, web

NODES = ["load1", "load2", "load3", "load4"]
UPLOAD_EVERY = 20


class Writer:
    """One client: each round is a message to the next one and a private note, now and then an upload."""

    def __init__(self, session, token):
        self.session, self.token = session, token
        self.rounds = 0
        self.errors = []
        self.seconds = []
        self.uploads = {}

    async def write(self, peer, until):
        while time.monotonic() < until:
            self.rounds += 1
            began = time.monotonic()
            try:
                await self._round(peer)
            except (Refused, TimeoutError, OSError) as error:
                self.errors.append(str(error))
                await asyncio.sleep(0.1)
            self.seconds.append(time.monotonic() - began)

    async def _round(self, peer):
        body = f"{self.token} {self.session.boundjid.user} {self.rounds}"
        self.session.say(chat(peer, body, f"{self.token}-{self.rounds}"))
        await self.session.ask(
            "set", f"<query xmlns='jabber:iq:private'><n xmlns='lethe:load'>{self.rounds}</n></query>")
        if self.rounds % UPLOAD_EVERY == 0:
            content = secrets.token_bytes(20_000)
            url = await upload(self.session, f"{self.rounds}.bin", content)
            self.uploads[url] = hashlib.sha256(content).digest()

    async def lost(self, sender_rounds):
        """What the server should have and has not, one sentence each."""
        missing = []
        mine, sender = self.session.boundjid.user, sender_rounds[0]
        bodies = [b for _, b in await archived(self.session) if b.startswith(self.token)]
        for who, count in ((mine, self.rounds), sender_rounds):
            numbers = [int(b.split()[2]) for b in bodies if b.split()[1] == who]
            if numbers != list(range(1, count + 1)):
                missing.append(f"{mine}'s archive has {len(numbers)} of {count} messages by {who}")
        answer = await self.session.ask(
            "get", "<query xmlns='jabber:iq:private'><n xmlns='lethe:load'/></query>")
        if answer[0].text != str(self.rounds):
            missing.append(f"{mine}'s note is {answer[0].text}, not {self.rounds}")
        for url, digest in self.uploads.items():
            status, content = await asyncio.to_thread(web, "GET", url)
            if status != 200 or hashlib.sha256(content).digest() != digest:
                missing.append(f"{mine}'s upload {url} is not there")
        return missing


async def run(ledger, seconds):
    """Writes for some seconds; prints what happened and says whether all went well."""
    sessions = [Session(ledger, ledger.address(node)) for node in NODES]
    for session in sessions:
        await session.__aenter__()
        await session.appear()
    token = f"round-{secrets.token_hex(4)}"
    writers = [Writer(session, token) for session in sessions]
    until = time.monotonic() + seconds
    print("writing", flush=True)
    peers = [s.person for s in sessions[1:] + sessions[:1]]
    await asyncio.gather(*(w.write(p, until) for w, p in zip(writers, peers)))
    await asyncio.sleep(0.5)
    errors = [e for w in writers for e in w.errors]
    lost = []
    for place, writer in enumerate(writers):
        before = writers[place - 1]
        lost += await writer.lost((before.session.boundjid.user, before.rounds))
    for session in sessions:
        await session.__aexit__()
    times = sorted(s for w in writers for s in w.seconds)
    for sentence in errors[:20] + lost[:20]:
        print(sentence)
    print(f"{len(times)} rounds, {len(errors)} errors, {len(lost)} losses; a round took "
          f"{times[len(times) // 2] * 1000:.0f} ms, the longest {times[-1] * 1000:.0f} ms")
    return not errors and not lost
