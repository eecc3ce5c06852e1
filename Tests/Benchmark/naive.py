"""What one would write in an hour."""

from measurement import Cost
from peer import Copying


class Naive(Copying):
    """tar, zstd and age into a file, and sftp; every run is a full one."""

    name, packages = "naive", ("age", "zstd")

    def __init__(self, server, site, home):
        super().__init__(server, site, home)
        self.key, self.local, self.files = self.home / "key", self.home / "local.tar.zst.age", []

    def shell(self, script):
        """Runs a script."""
        return self.run("bash", "-o", "pipefail", "-ec", script)[0]

    def sftp(self, request):
        """One session with one request."""
        return self.shell(f"sftp -q -b - -F '{self.server.ssh_config}' vault <<< \"{request}\" >/dev/null")

    def opened(self, name, use):
        """Fetches a file and gives what is in it to a command."""
        return self.sftp(f"get '{self.remote / name}' '{self.local}'") \
            + self.shell(f"age -d -i '{self.key}' '{self.local}' | zstd -q -d | {use}")

    def init(self):
        """Makes the key; there is nothing to make on the server but the directory."""
        self.run("age-keygen", "-o", self.key)
        self.remote.mkdir()

    def store(self):
        """One run without the copy."""
        stage, uploads = self.below_root()
        self.files.append(f"{len(self.files)}.tar.zst.age")
        self.local.unlink(missing_ok=True)
        return self.shell(f"tar -C / -cf - '{stage}' '{uploads}' | zstd -q -3 -T0 | age -e -i '{self.key}' -o '{self.local}'") \
            + self.sftp(f"put '{self.local}' '{self.remote / self.files[-1]}'")

    def list(self):
        """The files."""
        return self.sftp(f"ls -l '{self.remote}'")

    def check(self):
        """Everything: each file fetched and read to its end."""
        return sum((self.opened(name, "tar -tf - >/dev/null") for name in self.files), Cost())

    def restore(self):
        """A full restore of the newest file, and where the database and the uploads are then."""
        target = self.cleared("restored")
        target.mkdir()
        return self.opened(self.files[-1], f"tar -xf - -C '{target}'"), *self.found(target)

    def expire(self):
        """Lets all files go but the newest."""
        old, self.files = self.files[:-1], self.files[-1:]
        return sum((self.sftp(f"rm '{self.remote / name}'") for name in old), Cost())
