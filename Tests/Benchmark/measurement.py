"""What one command costs: time, processor, memory."""

import dataclasses
import os
import pathlib
import subprocess
import sys
import time


@dataclasses.dataclass
class Cost:
    """Seconds and bytes; costs of consecutive commands can be added."""

    wall: float = 0.0
    cpu: float = 0.0
    peak: int = 0  # resident bytes of the largest process, children that were waited for included

    def __add__(self, other):
        return Cost(self.wall + other.wall, self.cpu + other.cpu, max(self.peak, other.peak))


def run(command, environment=None, log=None):
    """Runs a command to its end and gives its cost and what it printed; ends the program if it fails."""
    # What an earlier command left for the kernel to write must not slow this one down.
    os.sync()
    began = time.monotonic()
    with open(log or os.devnull, "ab") as errors:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors,
                                 env={**os.environ, **(environment or {})})
        output = child.stdout.read()
        child.stdout.close()
        _, status, usage = os.wait4(child.pid, 0)
    wall = time.monotonic() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        said = pathlib.Path(log).read_text(errors="replace")[-2000:] if log else ""
        sys.exit(f"{' '.join(map(str, command))}\nended with status {child.returncode}\n"
                 f"{output.decode(errors='replace')[-2000:]}{said}")
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024), output


def bytes_below(directory):
    """The bytes of all files below a directory."""
    return sum(size for _, _, size in files_below(directory))


def files_below(directory):
    """Path, time of change and bytes of all files below a directory."""
    found = set()
    for root, _, names in os.walk(directory):
        for path in (os.path.join(root, name) for name in names):
            status = os.lstat(path)
            found.add((path, status.st_mtime_ns, status.st_size))
    return found
