"""Rooms: their options as the Erlang term that ejabberd stores, and who belongs to them."""

import text
from accounts import room_count

OPTIONS_BEFORE = (
    "{allow_change_subj,true},{allow_query_users,true},{allow_private_messages,true},"
    "{allow_private_messages_from_visitors,anyone},{allow_visitor_status,true},{allow_visitor_nickchange,true},"
    "{public,%s},{public_list,true},{persistent,true},{moderated,true},{members_by_default,true},{members_only,%s},"
    "{allow_user_invites,false},{password_protected,false},{captcha_protected,false},{password,<<>>},"
    "{anonymous,true},{logging,false},{max_users,200},{allow_voice_requests,true},{allow_subscription,true},{mam,true},"
    "{presence_broadcast,[moderator,participant,visitor]},{voice_request_min_interval,1800},{vcard,<<>>},"
    "{vcard_xupdate,undefined},{pubsub,<<>>},{enable_hats,false},{lang,<<\"en\">>},{captcha_whitelist,[]}")
MEMBERS = (3, 30)


class Rooms:
    """Writes the site's rooms into a batch."""

    def __init__(self, site, words, draw, batch, ranked):
        self.site, self.words, self.draw, self.batch, self.ranked = site, words, draw, batch, ranked

    def open(self, now):
        """All rooms with their members, subscribers and reserved names."""
        for number in range(room_count(self.site.users)):
            self.open_room(f"room{number}", now)
        registered = {}
        for node in self.draw.sample(self.ranked, max(2, len(self.ranked) // 20)):
            registered[node] = (self.site.jid(node), self.site.conference, node + "_", text.sql_time(now))
        self.batch.add("muc_registered", *registered.values())

    def open_room(self, name, now):
        """One room."""
        draw, site = self.draw, self.site
        count = min(len(self.ranked), draw.randrange(*MEMBERS))
        members = [site.jid(node) for node in draw.sample(self.ranked, count)]
        self.batch.add("muc_room", (name, site.conference, self.options(members),
                                    draw.choice((text.sql_time(now), "1970-01-02 00:00:00"))))
        for jid in members[: draw.randrange(0, 4)]:
            self.batch.add("muc_room_subscribers", (
                name, site.conference, jid, jid.partition("@")[0],
                '[<<"urn:xmpp:mucsub:nodes:messages">>]', text.sql_time(now)))

    def options(self, members):
        """The term: settings, affiliations, roles, subject."""
        draw, term = self.draw, text.erlang_address
        rank = ["owner", "admin"] + ["member"] * len(members)
        affiliations = [f"{{{term(jid)},{{{rank[place]},<<>>}}}}" for place, jid in enumerate(members)]
        affiliations.append(f"{{{term('spammer@bad.example')},{{outcast,<<>>}}}}")
        roles = [f"{{{term(jid)},{'moderator' if place < 2 else 'participant'}}}"
                 for place, jid in enumerate(members[: draw.randrange(0, 6)])]
        subject = self.words.title(draw, "en", 4)
        flags = (draw.choice(("true", "true", "false")), draw.choice(("false", "false", "true")))
        return (f"[{{title,{text.erlang_binary(self.words.title(draw, 'en', 2))}}},{{description,<<>>}},{OPTIONS_BEFORE % flags},"
                f"{{affiliations,[{','.join(affiliations)}]}},{{roles,[{','.join(roles)}]}},"
                f"{{subject,[{{text,<<>>,{text.erlang_binary(subject)}}}]}},"
                f"{{subject_author,{text.erlang_binary(members[0].partition('@')[0])}}},{{hats_users,[]}},{{hibernation_time,undefined}}]")


def without_affiliation(options, jid):
    """The term without the address's affiliation; its role stays, as ejabberd leaves it."""
    start = options.find("{" + text.erlang_address(jid) + ",{")
    if start < 0:
        return options
    end = options.index("}}", start + len(text.erlang_address(jid)) + 2) + 2
    if options[end] == ",":
        end += 1
    elif options[start - 1] == ",":
        start -= 1
    return options[:start] + options[end:]
