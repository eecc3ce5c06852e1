"""The programs that Lethe can be measured beside."""

from borg import Borg, FixedBorg
from duplicity import Duplicity
from naive import Naive
from restic import Restic

PEERS = {kind.name: kind for kind in (Restic, Borg, FixedBorg, Duplicity, Naive)}
