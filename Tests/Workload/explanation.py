"""What a step changed, counted by triggers that see each row."""

import shutil
import subprocess


class Explanation:
    """Watches a connection, then tells rows and bytes of what is new and what went."""

    def __init__(self, database):
        self.database = database
        database.execute("PRAGMA recursive_triggers=ON")  # so that REPLACE fires the triggers of a deletion
        database.execute("CREATE TEMP TABLE seen(place INTEGER PRIMARY KEY, name TEXT, row INTEGER, was INTEGER)")
        for table in database.tables:
            for event, row, was in (("INSERT", "new", 0), ("UPDATE", "new", 1), ("DELETE", "old", 1)):
                database.execute(f"CREATE TEMP TRIGGER {table}_{event} AFTER {event} ON main.{table} BEGIN "
                                 f"INSERT INTO seen(name, row, was) VALUES('{table}', {row}.rowid, {was}); END")

    def summary(self):
        """Counts by table, and the bytes of the rows that are new or changed."""
        tables, data, total = {}, [], {"inserted": 0, "changed": 0, "deleted": 0}
        for table in self.database.tables:
            counts = {"inserted": 0, "changed": 0, "deleted": 0}
            # The first event of a row tells whether it was there before.
            touched = self.database.execute("SELECT row, was, min(place) FROM seen WHERE name = ? GROUP BY row", (table,))
            for row, was, _ in touched.fetchall():
                now = self.database.execute(f"SELECT * FROM {table} WHERE rowid = ?", (row,)).fetchone()
                if now is not None:
                    counts["changed" if was else "inserted"] += 1
                    data.append(b"".join(value if isinstance(value, bytes) else str(value).encode() for value in now))
                elif was:
                    counts["deleted"] += 1
            if any(counts.values()):
                tables[table] = counts
                total = {kind: total[kind] + counts[kind] for kind in total}
        joined = b"".join(data)
        return {"rows": total, "row_bytes": len(joined), "row_bytes_zstd_3": compressed_size(joined), "tables": tables}


def compressed_size(data):
    """Bytes after `zstd -3`, or nothing where that program is not installed."""
    if not shutil.which("zstd"):
        return None
    return len(subprocess.run(["zstd", "-q", "-3", "-c"], input=data, stdout=subprocess.PIPE, check=True).stdout)
