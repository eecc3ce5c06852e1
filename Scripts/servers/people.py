"""client: real XMPP clients for a server started by `ejabberd` or `prosody`.

  client DIR fill              register everybody and leave every kind of data, each with a word of its own
  client DIR check [USER ...]  read everything back and compare it with what fill left; offline messages
                               are delivered by this, so that it can succeed only once
  client DIR login USER ...    succeed if all can log in
  client DIR refused USER ...  succeed if the server lets none of them in
  client DIR blank USER ...    succeed if they can log in, and nothing that fill left for anybody is theirs
  client DIR register USER ... register in-band, with a new password
  client DIR unregister USER ...  delete the account in-band
  client DIR haunt USER FILE   log in, print `here`, and write again once FILE is there, deleted or not
  client DIR tell USER         send somebody a message, which says who was told
  client DIR disaffiliate USER ...  have the room's keeper take their affiliations
  client DIR load SECONDS      write without pause, then look for losses
  client DIR people            print everybody's address
  client DIR canaries USER ... print their words, one line each: category, word

USER is a node of the first host, or an address.
"""

import asyncio
import logging
import os
import sys

import belongings
import load
import room
from ledger import ROOM_KEEPER, Ledger
from session import Refused, Session

OFFLINE_COUNT = 3


def offline_bodies(ledger, person):
    return [f"{ledger.canary(person, 'offline')} waiting {n}" for n in range(OFFLINE_COUNT)]


async def register(ledger, person):
    password = ledger.password(person, to_come=True)
    async with Session(ledger, person, register=True, password=password):
        ledger.registered(person)


async def befriend(sessions):
    """Makes everybody and their friends see each other."""
    async def request(one, other):
        one.say(f"<presence to='{other.person}' type='subscribe'/>")
        await other.until(lambda: any(
            p.get("type") == "subscribe" and p.get("from") == one.person for p in other.presences))
        other.say(f"<presence to='{one.person}' type='subscribed'/>")

    for session in sessions.values():
        await belongings.Roster.write(session)
        for friend in belongings.friends(session.ledger, session.person):
            await request(session, sessions[friend])
            await request(sessions[friend], session)
    for session in sessions.values():
        for _ in range(100):
            if all(entry[2] == "both" for entry in await belongings.Roster.read(session)):
                break
            await asyncio.sleep(0.1)


async def leave_messages(ledger, person):
    """From a friend who keeps no copy, so that the words are the receiver's alone."""
    async with Session(ledger, belongings.friends(ledger, person)[0]) as friend:
        await belongings.set_archiving(friend, "never")
        for number, body in enumerate(offline_bodies(ledger, person)):
            friend.say(belongings.chat(person, body, f"offline{number}"))
        await belongings.set_archiving(friend, "always")


async def write_all(session):
    for category in belongings.of(session.ledger):
        if category is not belongings.Roster:
            await category.write(session)


async def read_all(ledger, person):
    async with Session(ledger, person) as session:
        return {c.name: await c.read(session) for c in belongings.of(ledger)}


async def settle(ledger, people):
    """Leaves everything that people of one host own, and gives them their affiliations."""
    sessions = {person: Session(ledger, person) for person in people}
    for session in sessions.values():
        await session.__aenter__()
        await session.appear()
    await befriend(sessions)
    await asyncio.gather(*(write_all(s) for s in sessions.values()))
    if ROOM_KEEPER in sessions:
        await room.make(sessions[ROOM_KEEPER])
    for session in sessions.values():
        await session.__aexit__()
    for person in people:
        await leave_messages(ledger, person)


async def fill(ledger):
    for person in ledger.people + [ledger.address(node) for node in load.NODES]:
        await register(ledger, person)
    # One host after the other: ejabberd opens a shared SQLite file once per host and waits for no lock,
    # so that two hosts writing at the same time lose each other's writes.
    for host in ledger.hosts:
        await settle(ledger, ledger.of_host(host))
        await asyncio.sleep(1)
    complaints = []
    for person in ledger.people:
        read = await read_all(ledger, person)
        async with Session(ledger, person) as session:
            for category in belongings.of(ledger):
                for word in category.proof(session):
                    if word not in str(read[category.name]):
                        complaints.append(f"{person}: {category.name}: the server did not keep {word}")
        ledger.stored["written"][person] = read
    ledger.save()
    return complaints


async def waiting_messages(session, count):
    """What was kept for a person until they appear; waits a moment for more than expected."""
    await session.appear()
    await session.ask("get", "<query xmlns='http://jabber.org/protocol/disco#info'/>", session.boundjid.domain)
    for _ in range(20):
        bodies = [b for m in session.messages for b in belongings.texts(m, "body")]
        if len(bodies) >= count > 0:
            break
        await asyncio.sleep(0.1)
    return bodies


async def check(ledger, people):
    complaints = []

    def compare(person, category, found, wanted):
        if found != wanted:
            complaints.append(f"{person}: {category}: found {found!r} instead of {wanted!r}")

    affiliations = await room.affiliations(ledger)
    for person in people:
        compare(person, "affiliation", affiliations.get(person), room.expected(ledger, person))
        if ledger.kind == "ejabberd":
            compare(person, "last", await room.last_status(ledger, person), ledger.canary(person, "last"))
    for person in people:
        read = await read_all(ledger, person)
        for category, wanted in ledger.stored["written"][person].items():
            compare(person, category, read[category], wanted)
        async with Session(ledger, person) as session:
            wanted = offline_bodies(ledger, person)
            compare(person, "offline", await waiting_messages(session, len(wanted)), wanted)
    print(f"{len(people)} people and {len(belongings.of(ledger)) + 2} kinds of data compared")
    return complaints


async def blank(ledger, people):
    complaints = []
    affiliations = await room.affiliations(ledger)
    for person in people:
        read = await read_all(ledger, person)
        del read[belongings.Uploads.name]
        async with Session(ledger, person) as session:
            read["offline"] = await waiting_messages(session, 0)
        read["affiliation"] = affiliations.get(person)
        for category, found in read.items():
            if "canary" in str(found) or (category in ("roster", "archive", "affiliation") and found):
                complaints.append(f"{person}: {category}: found {found!r}, which is somebody else's")
    return complaints


async def login(ledger, people):
    for person in people:
        async with Session(ledger, person):
            print(f"{person} is let in")


async def refused(ledger, people):
    complaints = []
    for person in people:
        try:
            async with Session(ledger, person):
                complaints.append(f"{person} is let in")
        except Refused:
            print(f"{person} is refused")
    return complaints


async def unregister(ledger, people):
    for person in people:
        async with Session(ledger, person) as session:
            # ejabberd may close the stream before it answers.
            request = asyncio.ensure_future(session.ask("set", "<query xmlns='jabber:iq:register'><remove/></query>"))
            closed = asyncio.ensure_future(session.closed.wait())
            await asyncio.wait({request, closed}, return_when=asyncio.FIRST_COMPLETED)
            if request.done():
                request.result()
            for task in (request, closed):
                task.cancel()


async def haunt(ledger, words):
    """What `prosodyctl deluser` does not end: a session of somebody who has no account any more."""
    person = ledger.address(words[0])
    async with Session(ledger, person) as session:
        await session.appear()
        print("here", flush=True)
        while not os.path.exists(words[1]):
            await asyncio.sleep(0.05)
        for category in (belongings.Private, belongings.Archive, belongings.Keys):
            await category.write(session)
        await belongings.upload(session, "ghost.bin", ledger.bytes(person, "ghost", 10_000))


async def tell(ledger, people):
    """Somebody is told something, and need not be there."""
    async with Session(ledger, ROOM_KEEPER) as keeper:
        for person in people:
            keeper.say(belongings.chat(person, f"told by {person.partition('@')[0]}'s friend", "told"))
        await keeper.ask("get", "<ping xmlns='urn:xmpp:ping'/>", keeper.boundjid.domain)


async def register_all(ledger, people):
    for person in people:
        await register(ledger, person)


async def carry_out(ledger, verb, words):
    people = [ledger.address(word) for word in words]
    if verb == "fill":
        return await fill(ledger)
    if verb == "check":
        return await check(ledger, people or ledger.people)
    if verb == "load":
        return [] if await load.run(ledger, float(words[0])) else ["the load found errors or losses"]
    if verb == "haunt":
        await haunt(ledger, words)
        return []
    if verb == "people":
        print("\n".join(ledger.people))
        return []
    if verb == "canaries":
        names = [c.name for c in belongings.of(ledger)] + ["offline", "affiliation", "last"]
        print("\n".join(f"{name} {ledger.canary(person, name)}" for person in people for name in names))
        return []
    if verb == "disaffiliate":
        await room.disaffiliate(ledger, people)
        return []
    verbs = {"login": login, "refused": refused, "blank": blank, "register": register_all, "unregister": unregister,
             "tell": tell}
    return await verbs[verb](ledger, people) or []


def main(arguments):
    verbs = "fill check login refused blank register unregister load people canaries haunt tell disaffiliate".split()
    if len(arguments) < 2 or arguments[1] not in verbs:
        print(__doc__, file=sys.stderr)
        return 64
    logging.basicConfig(level=logging.CRITICAL)
    complaints = asyncio.run(carry_out(Ledger(arguments[0]), arguments[1], arguments[2:]))
    for complaint in complaints:
        print(f"client: {complaint}", file=sys.stderr)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
