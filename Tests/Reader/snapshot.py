"""A whole snapshot: every part, row, record and piece."""

import collections

from . import catalogue, chunk, description, files, rows
from .encoding import require


class TreeContent:
    """A tree as it was opened: records by path, bytes of regular files by path."""

    def __init__(self, root):
        self.root, self.records, self.bytes = root, {}, {}


class DatabaseContent:
    """A database as it was opened: rows of each table."""

    def __init__(self, found):
        self.description, self.rows = found, {table.name: [] for table in found.tables}


class SnapshotReader:
    """Opens everything a snapshot refers to and counts it."""

    def __init__(self, repository, snapshot):
        self.repository, self.snapshot = repository, snapshot
        self.counts, self.origins, self.oddities = collections.Counter(), {}, []
        self.rows_of, self.paths_of = collections.Counter(), collections.defaultdict(set)

    def chunk(self, location, kind, account, secret=None):
        """The plaintext of a chunk, counted."""
        slot, plain = self.repository.chunk(location, kind, account, secret)
        self.counts[chunk.KIND_NAMES[kind] + " chunks"] += 1
        return slot, plain

    def read(self):
        """Opens everything."""
        _, plain = self.chunk(self.snapshot.root, chunk.ROOT, 0)
        for origin in catalogue.root(plain, self.snapshot.run):
            _, plain = self.chunk(origin.description, chunk.DESCRIPTION, 0)
            if origin.kind == catalogue.DATABASE:
                self.origins[origin.name] = content = DatabaseContent(description.database(plain))
                read = self.rows
            elif origin.kind == catalogue.POSTGRESQL:
                self.origins[origin.name] = content = DatabaseContent(description.postgresql(plain))
                read = self.rows
            else:
                self.origins[origin.name] = content = TreeContent(description.tree(plain))
                read = self.records
            figures = [read(origin, content, position) for position in range(len(origin.segments))]
            self.figures(origin, content, figures)
        return self

    def groups(self, segment):
        """The groups of a segment whose accounts have keys."""
        _, plain = self.chunk(segment.part, chunk.PART, 0)
        for group in catalogue.part(plain):
            if group.account in self.repository.keyring.accounts:
                yield group
            else:
                self.counts["groups passed over"] += 1

    def body(self, origin, segment, group, kind, table):
        """The joined body of a group's chunks."""
        parts, total = [], 0
        for position, location in enumerate(group.records):
            _, plain = self.chunk(location, kind, group.account)
            parts.append(rows.header(plain, origin.name, table, segment.lower, position))
            total += len(parts[-1])
            require(total <= rows.JOINED, "over-limit", "joined bodies")
        return b"".join(parts)

    def rows(self, origin, content, position):
        """The rows of one segment; gives how many rows and bytes of values there were."""
        segment, tables = origin.segments[position], content.description.tables
        require(segment.tables and segment.tables[-1] < len(tables), "malformed", "a segment of tables that are none")
        listed = {tables[number].name: tables[number] for number in segment.tables}
        total = count = values_total = 0
        for group in self.groups(segment):
            require(not group.contents, "malformed", "contents in a database")
            body = self.body(origin, segment, group, chunk.ROWS, tables[segment.tables[0]].name)
            total += len(body)
            require(total <= rows.JOINED, "over-limit", "joined bodies of a segment")
            for name, row_id, values, byte_count in rows.decode(body, listed):
                content.rows[name].append((row_id, values))
                count, values_total = count + 1, values_total + byte_count
                self.rows_of[group.account] += 1
                if row_id is not None and len(listed) == 1:
                    require(row_id >= segment.lower, "malformed", "a row below its segment")
        self.counts["rows"] += count
        return segment, count, values_total

    def records(self, origin, content, position):
        """The records and pieces of one segment; gives how many records and bytes of records there were."""
        segment, total, count = origin.segments[position], 0, 0
        for group in self.groups(segment):
            body, contents, before = self.body(origin, segment, group, chunk.RECORDS, b""), iter(group.contents), None
            total += len(body)
            for record in files.decode(body):
                names = record.path.split(b"/")
                require(before is None or before < names, "malformed", "records out of order")
                require(record.path not in content.records, "malformed", "a path twice")
                before, content.records[record.path] = names, record
                self.paths_of[group.account].add(record.path)
                if record.kind == files.REGULAR:
                    content.bytes[record.path] = self.pieces(record, group.account, contents)
                count += 1
            require(next(contents, None) is None, "malformed", "contents that no record names")
        self.counts["file records"] += count
        return segment, count, total

    def pieces(self, record, account, contents):
        """The bytes of a regular file."""
        whole = bytearray(record.byte_count)
        for piece in record.pieces:
            location = next(contents, None)
            require(location is not None, "malformed", "a piece without a reference")
            slot, plain = self.chunk(location, chunk.CONTENT, account, piece.secret)
            require(slot.name == piece.name and len(plain) == piece.byte_count, "malformed", "a piece that is another one")
            begin = piece.position * files.PIECE
            whole[begin:begin + len(plain)] = plain
        require(not any(any(whole[begin:end]) for begin, end in record.holes), "malformed", "a hole that is not zero")
        return bytes(whole)

    def figures(self, origin, content, figures):
        """Notes where the catalogue's and the log's figures are not those found; those of who was passed over are not known."""
        self.counts["segments"] += len(figures)
        if self.counts["groups passed over"]:
            return
        for segment, count, total in figures:
            if segment.records != count:
                self.oddities.append(f"{origin.name.decode()}: a segment of {segment.records} records has {count}")
            if segment.byte_count != total:
                self.oddities.append(f"{origin.name.decode()}: a segment of {segment.byte_count} bytes has {total}")
        said, found = self.snapshot.origins.get(origin.name), sum(figure[1] for figure in figures)
        self.counts["bytes of files"] += sum(map(len, getattr(content, "bytes", {}).values()))
        files_said = int(origin.kind == catalogue.TREE)
        if said is None or found != said[files_said] or said[1 - files_said]:
            self.oddities.append(f"{origin.name.decode()}: the log says {said}, found {found}")
        if origin.kind != catalogue.TREE and said and said[2] != sum(figure[2] for figure in figures):
            self.oddities.append(f"{origin.name.decode()}: the log says {said[2]} bytes")
