"""Whether Lethe is what it is meant to be beside the better of restic and borg."""

import statistics

from table import print_columns

RIVALS = ("restic", "borg")
PEAK_MIB = 200
ROUND_TRIPS = 60
# What happens in 14 days, one every four hours.
CHANGES = 84


class Goals:
    """Ratios of Lethe's figures to those of others, each with what it may be at most."""

    def __init__(self, table, is_far):
        self.table, self.is_far, self.lines = table, is_far, []

    def show(self):
        """Prints a line for each goal whose figures were measured."""
        self.add("bytes of a change", 1 / 20, ("change", "uploaded"), ("change", "added"))
        self.add("wall of a change", 0.15 if self.is_far else 0.4, ("change", "wall"))
        self.add("wall of the first", 1.05 if self.is_far else 0.6, ("first", "wall"))
        self.add("wall of a restore", 1.05 if self.is_far else 1.0, ("restore", "wall"))
        self.add("remote bytes after the first", 1.05, ("first", "repository"))
        self.add(f"remote bytes after {CHANGES}", 0.1, (f"change {CHANGES}", "repository"))
        self.add("cpu of an unchanged run", 0.5, ("unchanged", "cpu"))
        self.add("bytes of an erasure", 1 / 100, ("erase", "uploaded"))
        self.add("wall of an erasure", 1 / 20, ("erase", "wall"))
        self.add("bytes of a change", 0.25, ("change", "uploaded"), ("change", "added"), ("borg-fixed",))
        self.add("bytes of a change", 0.6, ("change", "uploaded"), ("change", "added"), ("duplicity",))
        peaks = [self.table.median(operation, "lethe").peak for operation in self.table.cells if self.table.has(operation, "lethe")]
        self.add_alone("peak of any command, MiB", max(peaks), PEAK_MIB)
        if (trips := self.figure("lethe", "change", "round_trips")) is not None:
            self.add_alone("round trips of a change", trips, ROUND_TRIPS)
        print("\nas ratios to the better of restic and borg, or to who is named")
        print_columns([("measure", "lethe", "other's", "whose", "ratio", "at most", "is")] + self.lines)

    def figure(self, peer, operation, field):
        """One figure; for changes their median."""
        taken = [getattr(self.table.median(one, peer), field) for one in self.table.cells
                 if operation in (one, one.split()[0]) and self.table.has(one, peer)]
        known = [value for value in taken if value is not None]
        return statistics.median(known) if known else None

    def add(self, measure, goal, ours, theirs=None, rivals=RIVALS):
        """A ratio to the least that one of the rivals takes."""
        mine = self.figure("lethe", *ours)
        others = [(value, name) for name in rivals if (value := self.figure(name, *(theirs or ours)))]
        if mine is None or not others:
            return
        least, name = min(others)
        ratio = mine / least
        self.lines.append((measure, f"{mine:,.3f}", f"{least:,.3f}", name, f"{ratio:.3f}", f"{goal:.2f}", verdict(ratio, goal)))

    def add_alone(self, measure, value, goal):
        """A figure that is compared with nobody's."""
        self.lines.append((measure, f"{value:,.0f}", "", "", "", f"{goal:.0f}", verdict(value, goal)))


def verdict(value, goal):
    """Whether something is at most its goal."""
    return "reached" if value <= goal else "not reached"
