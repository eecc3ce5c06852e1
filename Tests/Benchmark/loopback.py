"""The server all programs share, and the data they back up."""

import dataclasses
import json
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import sys

from wan import Wan

SCRIPTS = pathlib.Path(__file__).resolve().parents[2] / "Scripts"


class Server:
    """An OpenSSH server on a free port of 127.0.0.1, until it is stopped; far away if wished, behind a slow line."""

    def __init__(self, directory, is_far=False):
        self.directory = pathlib.Path(directory)
        subprocess.run([SCRIPTS / "loopback-sshd", self.directory, "--allow-commands"], check=True)
        self.port = int((self.directory / "port").read_text())
        self.identity = self.directory / "client"
        self.ssh_config = self.directory / "ssh_config"
        self.host_key = " ".join((self.directory / "host.pub").read_text().split()[:2])
        self.wan = Wan(self.port) if is_far else None
        if self.wan:
            self.redirect(self.wan.port)

    def redirect(self, port):
        """Lets everybody connect to another port."""
        for path in (self.ssh_config, self.directory / "known_hosts"):
            path.write_text(path.read_text().replace(str(self.port), str(port)))
        self.port = port

    def traffic(self):
        """The bytes that went up and down so far; None where nobody counts."""
        return self.wan.traffic() if self.wan else None

    def url(self, path):
        """The address of a directory on the server."""
        return f"sftp://{pwd.getpwuid(os.geteuid()).pw_name}@127.0.0.1:{self.port}{path}"

    def stop(self):
        """Ends the listener, and the line to it."""
        if self.wan:
            self.wan.stop()
        os.kill(int((self.directory / "sshd.pid").read_text()), signal.SIGTERM)


@dataclasses.dataclass
class Site:
    """A database and an upload directory, and how to make the next four hours happen to them."""

    directory: pathlib.Path
    database: pathlib.Path
    uploads: pathlib.Path
    host: str
    profile: str
    upload_profile: str
    step_command: str
    step: int = 0

    def copied(self, directory):
        """The same site elsewhere; the first one stays as it is."""
        directory = pathlib.Path(directory)
        shutil.rmtree(directory, ignore_errors=True)
        subprocess.run(["cp", "-a", "--reflink=auto", self.directory, directory], check=True)
        moved = [directory / path.relative_to(self.directory) for path in (self.database, self.uploads)]
        return dataclasses.replace(self, directory=directory, database=moved[0], uploads=moved[1])

    def change(self):
        """Lets four hours pass."""
        self.step += 1
        command = self.step_command.format(site=self.directory, step=self.step)
        subprocess.run(command, shell=True, check=True, stdout=subprocess.DEVNULL)

    def is_equal(self, database, uploads, except_tables):
        """Whether the rows and files that were restored are those that are here."""
        kinds = [["database", "--except-tables", except_tables], ["tree"]]
        if self.host:
            kinds[0] += ["--without-remains", "--host", self.host]
            kinds[1] += ["--accounts", self.database, "--host", self.host]
        pairs = ((self.database, database), (self.uploads, uploads))
        return all(succeeds(SCRIPTS / "compare", *words, *pair) for words, pair in zip(kinds, pairs))

    def is_same(self, copy, database, uploads):
        """Whether the copy of the database and the files were restored byte for byte."""
        return succeeds("cmp", copy, database) and succeeds("diff", "-r", self.uploads, uploads)


def succeeds(*command):
    """Whether a command ends with status 0; what it said otherwise is printed."""
    told = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    if told.returncode != 0:
        print(told.stdout + told.stderr, file=sys.stderr)
    return told.returncode == 0


def generated(directory, *size):
    """The site of Scripts/generate in a directory, made with these options if it is not there."""
    directory = pathlib.Path(directory)
    description = directory / "site.json"
    if not description.exists():
        subprocess.run([SCRIPTS / "generate", "--out", directory, *size], check=True, stdout=subprocess.DEVNULL)
    kept = json.loads(description.read_text())
    if kept["step"] != 0:
        sys.exit(f"{directory} has gone through changes already; name another directory")
    return Site(directory, directory / "ejabberd.db", directory / "upload", kept["host"], "ejabberd",
                "ejabberd-uploads", f"'{SCRIPTS / 'generate'}' --out '{{site}}' --step {{step}}")
