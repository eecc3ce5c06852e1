"""The person who is to be forgotten."""

import contextlib
import json
import sqlite3

from site_model import upload_directory_name


class Account:
    """The account with the most messages in a site's archive."""

    def __init__(self, site):
        query = ("SELECT username FROM archive WHERE username IN (SELECT username FROM users)"
                 " GROUP BY username ORDER BY count(*) DESC, username LIMIT 1")
        self.name = answers(site.database, query)[0][0]
        self.address = f"{self.name}@{site.host}" if site.host else self.name
        description = site.directory / "site.json"
        form = json.loads(description.read_text())["upload_form"] if description.exists() else "sha1"
        self.upload_directory = upload_directory_name(form, self.name, site.host)

    def deletion(self, database):
        """SQL that leaves nothing of the account's own rows in a database, nor in its free pages."""
        name = self.name.replace("'", "''")
        deletions = (f"DELETE FROM \"{table}\" WHERE username = '{name}';" for table in tables_of_accounts(database))
        return f"BEGIN; {' '.join(deletions)} COMMIT; VACUUM;"

    def is_in(self, database, uploads):
        """Whether rows or uploads of the account are among what was restored."""
        queries = (f'SELECT 1 FROM "{table}" WHERE username = ? LIMIT 1' for table in tables_of_accounts(database))
        return (uploads / self.upload_directory).exists() or any(answers(database, query, self.name) for query in queries)


def tables_of_accounts(database):
    """The tables with a column for the account that a row belongs to."""
    query = ("SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c"
             " WHERE m.type = 'table' AND c.name = 'username' ORDER BY 1")
    return [name for (name,) in answers(database, query)]


def answers(database, query, *values):
    """All rows that a query gives."""
    with contextlib.closing(sqlite3.connect(database)) as connection:
        return connection.execute(query, values).fetchall()
