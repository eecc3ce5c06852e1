"""A clock that is ahead, shown to one program at a time."""

import pathlib
import subprocess

SOURCE = pathlib.Path(__file__).resolve().parent / "later.c"


class Clock:
    """What makes it, in a directory; needs the clang of the Swift toolchain."""

    def __init__(self, directory):
        self.library = directory / "later.so"
        subprocess.run(["clang", "-shared", "-fPIC", "-O1", "-o", self.library, SOURCE, "-ldl"], check=True)

    def environment(self, seconds, uptime=None):
        """What a program is started with whose clock is to be so many seconds ahead; where `uptime` differs, it was set."""
        return {"LD_PRELOAD": str(self.library), "LATER_SECONDS": f"{seconds:.0f}",
                "LATER_UPTIME": f"{seconds if uptime is None else uptime:.0f}"}
