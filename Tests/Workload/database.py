"""The database that is being written, in either of ejabberd's two schemas."""

import pathlib
import sqlite3

FIXTURES = pathlib.Path(__file__).resolve().parent.parent / "Fixtures"
# Numbered by SQLite itself; nodes and lists are numbered here, because other rows point at them.
NUMBERED_BY_SQLITE = {"archive": "id", "spool": "seq", "pubsub_state": "stateid"}


class Database:
    """Rows are given in the old schema's column order; the new schema's `server_host` is added here."""

    def __init__(self, path, site, building=False):
        self.site = site
        self.connection = sqlite3.connect(path, isolation_level=None, timeout=60)
        self.execute = self.connection.execute
        self.execute("PRAGMA temp_store=MEMORY")
        self.execute("PRAGMA synchronous=OFF")
        if building:
            self.execute("PRAGMA journal_mode=OFF")
            self.execute("PRAGMA locking_mode=EXCLUSIVE")
            self.execute("PRAGMA cache_size=-1500000")
            self.connection.executescript((FIXTURES / f"ejabberd-{site.schema}.sql").read_text())
        else:
            self.execute("PRAGMA foreign_keys=ON")
            self.execute("PRAGMA cache_size=-100000")
        self.tables = [name for (name,) in self.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite~_%' ESCAPE '~' ORDER BY rowid")]
        self.hosted, self.statements = set(), {}
        for table in self.tables:
            self.prepare(table)

    def prepare(self, table):
        """Makes the statement that inserts a row of the table."""
        columns = [row[1] for row in self.execute(f"PRAGMA table_info({table})")]
        if table != "route" and "server_host" in columns:
            self.hosted.add(table)
        given = [name for name in columns
                 if name != NUMBERED_BY_SQLITE.get(table) and not (table in self.hosted and name == "server_host")]
        names, values = list(given), ["?"] * len(given)
        if table in self.hosted:
            names.append("server_host")
            values.append(f"'{self.site.host}'")
        self.statements[table] = f"INTO {table}({','.join(names)}) VALUES({','.join(values)})"

    def insert(self, table, rows, verb="INSERT"):
        """Adds the rows."""
        self.connection.executemany(f"{verb} {self.statements[table]}", rows)

    def replace(self, table, row):
        """Puts the row in the place of those with its key."""
        self.execute(f"REPLACE {self.statements[table]}", row)

    def ours(self, table):
        """A condition that holds for the rows of this host, and lets the new schema's indexes serve."""
        return f"server_host = '{self.site.host}'" if table in self.hosted else "1"

    def update(self, table, change, condition, values):
        """Changes rows of this host and gives how many."""
        return self.execute(
            f"UPDATE {table} SET {change} WHERE {self.ours(table)} AND {condition}", values).rowcount

    def delete(self, table, condition, values=()):
        """Removes rows of this host and gives how many."""
        return self.execute(f"DELETE FROM {table} WHERE {self.ours(table)} AND {condition}", values).rowcount

    def select(self, what, table, condition="1", values=()):
        """Reads rows of this host."""
        return self.execute(f"SELECT {what} FROM {table} WHERE {self.ours(table)} AND {condition}", values).fetchall()

    def last_number(self, table):
        """The highest number that an AUTOINCREMENT table has given."""
        row = self.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).fetchone()
        return row[0] if row else 0

    def transaction(self):
        """A context that commits what is done in it."""
        return Transaction(self.connection)


class Transaction:
    """Begins at once, so that a writer never has to upgrade, and commits at the end."""

    def __init__(self, connection):
        self.connection = connection

    def __enter__(self):
        self.connection.execute("BEGIN IMMEDIATE")

    def __exit__(self, failure, *_):
        self.connection.execute("ROLLBACK" if failure else "COMMIT")
