"""The room in which everybody has an affiliation, and the person who keeps it."""

from belongings import MUC, friends, room, texts
from ledger import ROOM_KEEPER
from session import Refused, Session

KINDS = ["member", "admin", "outcast", "owner"]


def affiliation(ledger, person):
    return KINDS[ledger.people.index(person) % len(KINDS)]


def reason(ledger, person):
    """ejabberd keeps the reason; Prosody does not."""
    return ledger.canary(person, "affiliation") if ledger.kind == "ejabberd" else ""


async def make(keeper):
    """Makes the room persistent and gives everybody their affiliation."""
    ledger = keeper.ledger
    keeper.say(f"<presence to='{room(ledger)}/keeper'><x xmlns='{MUC}'/></presence>")
    await keeper.until(lambda: any(p.get("from") == f"{room(ledger)}/keeper" for p in keeper.presences))
    await keeper.ask(
        "set", f"<query xmlns='{MUC}#owner'><x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'>"
        f"<value>{MUC}#roomconfig</value></field><field var='muc#roomconfig_persistentroom'><value>1</value></field>"
        "</x></query>", room(ledger))
    for person in ledger.people:
        if person != ROOM_KEEPER:
            await keeper.ask(
                "set", f"<query xmlns='{MUC}#admin'><item affiliation='{affiliation(ledger, person)}' jid='{person}'>"
                f"<reason>{reason(ledger, person)}</reason></item></query>", room(ledger))


async def affiliations(ledger):
    """Who has which affiliation for what reason, as the keeper sees it."""
    found = {}
    async with Session(ledger, ROOM_KEEPER) as keeper:
        for kind in KINDS:
            answer = await keeper.ask(
                "get", f"<query xmlns='{MUC}#admin'><item affiliation='{kind}'/></query>", room(ledger))
            for item in answer if answer is not None else ():
                found[item.get("jid")] = [kind, "".join(texts(item, "reason"))]
    return found


async def disaffiliate(ledger, people):
    """As the keeper would do for people who are gone."""
    async with Session(ledger, ROOM_KEEPER) as keeper:
        for person in people:
            await keeper.ask(
                "set", f"<query xmlns='{MUC}#admin'><item affiliation='none' jid='{person}'/></query>", room(ledger))


def expected(ledger, person):
    if person == ROOM_KEEPER:
        return ["owner", ""]
    return [affiliation(ledger, person), reason(ledger, person)]


async def last_status(ledger, person):
    """The status with which somebody left, as one who sees their presence is told it."""
    others = [p for p in ledger.of_host(person.partition("@")[2]) if person in friends(ledger, p)]
    for friend in friends(ledger, person) + others:
        try:
            async with Session(ledger, friend) as session:
                return (await session.ask("get", "<query xmlns='jabber:iq:last'/>", person)).text or ""
        except Refused:
            continue  # That friend was deleted.
    raise Refused("no friend is left to ask")
