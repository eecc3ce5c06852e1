"""Whose row it is: an expression per table that gives the owner's bare address, or NULL for what is shared."""

import re

NODE = "username || '@' || {host}"
PERSONAL = "(SELECT CASE WHEN instr(n.host, '@') > 0 THEN n.host END FROM pubsub_node n WHERE n.nodeid = {table}.nodeid)"
PERSONAL_OR = ("(SELECT CASE WHEN instr(n.host, '@') > 0 THEN n.host ELSE "
               "substr({table}.{column}, 1, instr({table}.{column} || '/', '/') - 1) END "
               "FROM pubsub_node n WHERE n.nodeid = {table}.nodeid)")
OWNERS = {
    **dict.fromkeys(("users", "last", "rosterusers", "rostergroups", "roster_version", "spool", "archive_prefs", "vcard",
                     "privacy_default_list", "privacy_list", "private_storage", "push_session", "mix_pam", "mqtt_pub"), NODE),
    **dict.fromkeys(("sr_user", "muc_registered", "muc_room_subscribers", "oauth_token"), "jid"),
    **dict.fromkeys(("mix_participant", "mix_subscription"), "username || '@' || domain"),
    "vcard_search": "lusername || '@' || {host}",
    "motd": f"CASE WHEN username <> '' THEN {NODE} END",
    "archive": f"CASE WHEN instr(username, '@') = 0 THEN {NODE} END",
    "privacy_list_data": "(SELECT l.username || '@' || {list_host} FROM privacy_list l WHERE l.id = privacy_list_data.id)",
    "pubsub_node": "CASE WHEN instr(host, '@') > 0 THEN host END",
    "pubsub_node_option": PERSONAL, "pubsub_node_owner": PERSONAL,
    "pubsub_state": PERSONAL_OR.replace("{column}", "jid"), "pubsub_item": PERSONAL_OR.replace("{column}", "publisher"),
    "pubsub_subscription_opt": ("(SELECT substr(s.jid, 1, instr(s.jid || '/', '/') - 1) FROM pubsub_state s "
                                "WHERE instr(s.subscriptions, pubsub_subscription_opt.subid) > 0 LIMIT 1)"),
}
BINARY = r"<<(?:\"((?:[^\"\\]|\\.)*)\"|([0-9,]*))>>"
MEMBER = re.compile(rf"\{{\{{{BINARY},{BINARY},<<>>\}},(?:\{{[a-z]+,<<[^>]*>>\}}|[a-z]+)\}},?")


class Exclusion:
    """The owners whose rows are expected to be absent: named ones, and local addresses without an account."""

    def __init__(self, connection, profile, host, jids, remains):
        self.new = profile.endswith("new")
        self.connection, self.jids, self.remains = connection, set(jids), remains
        self.host = "server_host" if self.new else "'" + (host or "").replace("'", "''") + "'"
        connection.execute("CREATE TEMP TABLE excluded(jid TEXT PRIMARY KEY) WITHOUT ROWID")
        connection.execute("CREATE TEMP TABLE living(jid TEXT PRIMARY KEY) WITHOUT ROWID")
        connection.execute("CREATE TEMP TABLE local(domain TEXT PRIMARY KEY) WITHOUT ROWID")
        connection.executemany("INSERT INTO excluded VALUES(?)", [(jid,) for jid in self.jids])
        connection.execute(f"INSERT INTO living SELECT {NODE.format(host=self.host)} FROM users")
        connection.execute("INSERT INTO local SELECT DISTINCT server_host FROM users" if self.new
                           else f"INSERT INTO local VALUES({self.host})")
        # Rows come as Latin-1, names as what they are.
        self.living = {decoded(jid) for (jid,) in connection.execute("SELECT jid FROM temp.living")}
        self.local = {decoded(domain) for (domain,) in connection.execute("SELECT domain FROM temp.local")}

    def condition(self, table):
        """Holds for the rows that stay."""
        if table not in OWNERS:
            return "1"
        owner = OWNERS[table].format(host=self.host, table=table, list_host="l." + self.host if self.new else self.host)
        gone = f"{owner} IN temp.excluded"
        if self.remains:
            gone += (f" OR instr({owner}, '@') > 1 AND substr({owner}, instr({owner}, '@') + 1) IN temp.local"
                     f" AND {owner} NOT IN temp.living")
        return f"NOT coalesce({gone}, 0)"

    def covers(self, jid):
        """Whether the address is one whose rows are absent."""
        node, _, domain = jid.partition("@")
        return jid in self.jids or (self.remains and domain in self.local and bool(node) and jid not in self.living)

    def scrubbed(self, options):
        """A room's options without the excluded addresses."""
        def member(match):
            return "" if self.covers(f"{spelled(match, 1)}@{spelled(match, 3)}") else match.group()
        return MEMBER.sub(member, options).replace(",]", "]")


def spelled(match, group):
    """The text of an Erlang binary, quoted or in numbers."""
    if match.group(group) is not None:
        return decoded(re.sub(r"\\(.)", r"\1", match.group(group)))
    return bytes(int(number) for number in match.group(group + 1).split(",") if number).decode(errors="replace")


def decoded(latin):
    """Text that was read as Latin-1."""
    return latin.encode("latin-1").decode(errors="replace")
