"""Clocks that jump, and sources that are damaged: nothing may be given up because of either."""

import collections
import os
import shutil

from agent import Violation

HOUR = 3600
YEAR = 365 * 24 * HOUR


class Disordering:
    """Runs whose clock or whose source is wrong, between others whose are right."""

    def __init__(self, agent, chance):
        self.agent, self.chance, self.truth = agent, chance, 0
        self.taken, self.statuses = {}, collections.Counter()

    def prepare(self):
        """A repository with a few snapshots."""
        self.agent.initialise()
        for _ in range(3):
            self.right_run()
            self.pass_by(5)

    def pass_by(self, hours):
        """True time passes."""
        self.truth += hours * HOUR
        self.agent.offset = self.agent.uptime = self.agent.machine.offset = self.truth

    def note(self, snapshot):
        """Remembers a snapshot's true time."""
        self.taken[snapshot] = self.truth

    def right_run(self):
        """A run of an agent whose clock and source are right."""
        self.note(self.agent.succeed("backup")["snapshot"])

    def expect_all(self, why):
        """Every snapshot younger than a day is there."""
        listed = {line["id"] for line in self.agent.succeed("snapshots")["snapshots"]}
        for snapshot, taken in list(self.taken.items()):
            if self.truth - taken >= 24 * HOUR:
                del self.taken[snapshot]
            elif snapshot not in listed:
                raise Violation(f"{why}: the snapshot of {(self.truth - taken) / HOUR} hours ago is gone")

    def jump(self):
        """One run at a wrong time, and one at the right one."""
        agent, chance = self.agent, self.chance
        self.pass_by(chance.choice([1, 4, 4]))
        agent.change(chance)
        length = chance.choice([1, 60, HOUR, 12 * HOUR, 25 * HOUR, 20 * 24 * HOUR, YEAR, 10 * YEAR, 60 * YEAR])
        jump = max(length * chance.choice([1, -1]), -20 * YEAR)
        agent.offset = self.truth + jump
        if chance.random() < 0.3:
            agent.machine.offset = agent.offset
        why = f"a jump by {jump / HOUR:.2f} hours"
        outcome = agent.lethe(chance.choice(["backup", "backup", "prune"]))
        self.statuses[outcome.status] += 1
        if outcome.status not in (0, 13):
            raise Violation(f"{why}: {outcome}")
        if outcome.status == 0 and '"destroyed":0' not in outcome.output and outcome.arguments[0] == "backup":
            raise Violation(f"{why}: keys were destroyed: {outcome}")
        # What was taken at a wrong time counts as old as the snapshot before it, which is up to a run's interval less.
        if outcome.status == 0 and outcome.arguments[0] == "backup" and abs(jump) <= 60:
            self.note(outcome.json()["snapshot"])
        agent.offset = agent.machine.offset = self.truth
        self.expect_all(why)
        self.right_run()
        self.expect_all(f"the run after {why}")
        agent.restore()

    def damage(self):
        """One run over a damaged source, and one over the whole one."""
        agent, chance = self.agent, self.chance
        agent.change(chance)
        whole = agent.work / "whole"
        shutil.rmtree(whole, ignore_errors=True)
        shutil.copytree(agent.site, whole, symlinks=True)
        why = self.harm(agent.site / "ejabberd.db")
        if chance.random() < 0.3:
            shutil.rmtree(chance.choice([path for path in (agent.site / "upload").iterdir() if path.is_dir()]))
        outcome = agent.lethe("backup", limit=120)
        shutil.rmtree(agent.site)
        os.rename(whole, agent.site)
        self.statuses[outcome.status] += 1
        if outcome.status not in (0, 1, 3, 13, 14):
            raise Violation(f"{why}: {outcome}")
        if outcome.status == 0:
            self.note(outcome.json()["snapshot"])
        self.expect_all(why)
        # What the damaged one brought may have set the brake, or marked somebody as gone.
        agent.lethe("erasures", "rebase")
        self.pass_by(1)
        outcome = agent.lethe("backup")
        if outcome.status != 0:
            raise Violation(f"after {why}: {outcome}")
        self.note(outcome.json()["snapshot"])
        self.expect_all(f"the run after {why}")
        return outcome

    def harm(self, path):
        """Damages a database; tells how."""
        chance = self.chance
        for end in ("-wal", "-shm"):
            path.with_name(path.name + end).unlink(missing_ok=True)
        data = bytearray(path.read_bytes())
        kind = chance.randrange(5)
        if kind == 0:
            del data[chance.randrange(len(data)):]
            why = f"a database cut to {len(data)} bytes"
        elif kind == 1:
            at = chance.randrange(100)
            data[at] ^= 1 << chance.randrange(8)
            why = f"a flipped bit in byte {at} of a database"
        elif kind == 2:
            page = chance.randrange(len(data) // 4096) * 4096
            data[page:page + 4096] = chance.choice([bytes(4096), chance.randbytes(4096)])
            why = f"a page of a database, at {page}, that is not its own"
        else:
            places = [chance.randrange(len(data)) for _ in range(chance.randrange(1, 60))]
            for at in places:
                data[at] = chance.randrange(256)
            why = f"{len(places)} wrong bytes in a database"
        path.write_bytes(data)
        return why
