"""How Lethe's costs grow with the site."""

import shutil

from lethe import Lethe
from loopback import generated
from site_model import SIZES
from table import print_columns

# Of the size's accounts and rows: together, and each by itself.
FACTORS = ((0.1, 0.1), (0.3, 0.3), (1, 1), (3, 1), (1, 3), (3, 3))
FEWEST_ACCOUNTS = 3


class Scale:
    """Sites of several sizes, each backed up first, unchanged and changed. Uploads are few, so that rows count."""

    def __init__(self, options, server, scratch):
        self.options, self.server, self.scratch, self.lines = options, server, scratch, []

    def show(self):
        """Measures and prints."""
        for accounts, rows in FACTORS:
            self.measure(accounts, rows)
        names = [f"{name}{figure}" for name in ("first", "unchanged", "change") for figure in (" s", ", s per million", ", MiB")]
        print_columns([("accounts", "million rows", *names)] + self.lines)

    def measure(self, accounts, rows):
        """One site."""
        users, archive_rows, _ = SIZES[self.options.size]
        users = max(FEWEST_ACCOUNTS, round(users * accounts))
        site = generated(self.scratch / "scaled", "--users", str(users), "--archive-rows", str(round(archive_rows * rows)), "--upload-mb", "1")
        lethe = Lethe(self.server, site, self.scratch / "lethe", self.options.binary)
        lethe.init()
        cells = []
        for is_changed in (False, False, True):
            if is_changed:
                site.change()
            cost, told = lethe.backup()
            millions = told["rows"] / 1e6
            cells += [f"{cost.wall:.2f}", f"{cost.wall / millions:.2f}", f"{cost.peak / 2**20:.0f}"]
        self.lines.append((f"{users:,}", f"{millions:.3f}", *cells))
        for directory in (lethe.home, site.directory):
            shutil.rmtree(directory)
