"""The figures, their medians, and ratios between the programs."""

import dataclasses
import statistics

COLUMNS = ("wall s", "cpu s", "peak MiB", "added MB", "uploaded MB", "downloaded MB", "round trips", "repository MB")


@dataclasses.dataclass
class Figures:
    """What one operation of one program took, in the units of the table; None where nothing is known."""

    wall: float
    cpu: float
    peak: float
    added: float
    uploaded: float | None
    downloaded: float | None
    round_trips: float | None
    repository: float
    copy: float | None = None
    integrity_check: float | None = None

    def row(self):
        """The figures as they stand in the table."""
        def shown(value, digits):
            return "" if value is None else f"{value:,.{digits}f}"
        return (shown(self.wall, 2), shown(self.cpu, 2), shown(self.peak, 0), shown(self.added, 2),
                shown(self.uploaded, 3), shown(self.downloaded, 3), shown(self.round_trips, 0), shown(self.repository, 1))


class Table:
    """Collects figures by operation and program, in the order in which they come."""

    def __init__(self):
        self.cells = {}

    def add(self, operation, peer, cost, before, after, told):
        """Takes one measurement down; `before` and `after` are the bytes of the repository."""
        uploaded, downloaded = (None if told.get(way) is None else told[way] / 1e6 for way in ("uploaded", "downloaded"))
        figures = Figures(cost.wall, cost.cpu, cost.peak / 2**20, (after - before) / 1e6, uploaded, downloaded,
                          told.get("round_trips"), after / 1e6, told.get("copy"), told.get("integrity_check"))
        self.cells.setdefault(operation, {}).setdefault(peer, []).append(figures)

    def median(self, operation, peer):
        """The median of every figure by itself."""
        taken = self.cells[operation][peer]
        values = [[getattr(one, field.name) for one in taken] for field in dataclasses.fields(Figures)]
        return Figures(*(None if column[0] is None else statistics.median(column) for column in values))

    def has(self, operation, peer):
        """Whether a program was measured at an operation."""
        return peer in self.cells.get(operation, {})

    def show(self, title, repetitions):
        """Prints the table, how far walls spread, and how many times as much the others take."""
        print(f"{title}, medians of {repetitions}" if repetitions > 1 else f"{title}, one run")
        lines = [("operation", "program") + COLUMNS + ("wall from-to",)]
        for operation, peers in self.cells.items():
            for peer in sorted(peers):
                walls = [one.wall for one in peers[peer]]
                lines.append((operation, peer) + self.median(operation, peer).row()
                             + (f"{min(walls):.2f}-{max(walls):.2f}",))
        print_columns(lines)
        alone = self.median("restore", "lethe").integrity_check
        print(f"integrity_check alone: {alone:.2f} s, which lethe's restore contains beside its proof")
        others = sorted({peer for peers in self.cells.values() for peer in peers} - {"lethe"})
        for other in others:
            self.show_ratios(other)

    def show_ratios(self, other):
        """Prints what the other program takes for each unit that Lethe takes."""
        print(f"\n{other} : lethe")
        lines = [("operation", "wall", "cpu", "peak", "added", "uploaded", "repository", "copy's share of wall")]
        for operation in (one for one in self.cells if self.has(one, other)):
            ours, theirs = self.median(operation, "lethe"), self.median(operation, other)
            pairs = ((theirs.wall, ours.wall), (theirs.cpu, ours.cpu), (theirs.peak, ours.peak),
                     (theirs.added, ours.added),
                     (theirs.uploaded, ours.uploaded), (theirs.repository, ours.repository))
            share = f"{100 * theirs.copy / theirs.wall:.0f} %" if theirs.copy else ""
            lines.append((operation, *(f"{a / b:.2f}" if a and b and a * b > 0 else "" for a, b in pairs), share))
        print_columns(lines)

    def single_figures(self):
        """Every measurement, for a program to read."""
        return {operation: {peer: [dataclasses.asdict(one) for one in taken] for peer, taken in peers.items()}
                for operation, peers in self.cells.items()}


def print_columns(lines):
    """Prints cells in columns, names to the left and figures to the right."""
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    for line in lines:
        cells = (cell.rjust(width) if holds_figures(column, lines) else cell.ljust(width)
                 for column, (cell, width) in enumerate(zip(line, widths)))
        print("  ".join(cells).rstrip())


def holds_figures(column, lines):
    """Whether a column holds figures: its cells, but for the head, begin with no letter."""
    return not any(line[column][:1].isalpha() for line in lines[1:])
