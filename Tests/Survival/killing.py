"""Kills Lethe anywhere and expects that the next run needs no human."""

import collections
import os
import shutil
import signal
import threading

from agent import Violation
from faults import Kill
from machine import RENAME, WRITE


def phase(command, trace):
    """How far a command had come, by what it had asked of the remote."""
    if not trace:
        return f"{command}: before the remote"
    renamed = [request.path.split(b" to ")[-1].split(b"/")[2:3] for request in trace if request.kind == RENAME]
    if trace[-1].kind == RENAME and renamed[-1] == [b"log"]:
        return f"{command}: appending"
    if [b"log"] in renamed:
        return f"{command}: after an entry"
    if [b"keyring"] in renamed:
        return f"{command}: keyring"
    if renamed or any(request.kind == WRITE for request in trace):
        return f"{command}: packs"
    return f"{command}: reading"


class Killing:
    """Rounds of change, a killed command, and a look at what came of it."""

    def __init__(self, agent, chance):
        self.agent, self.chance, self.phases, self.names = agent, chance, collections.Counter(), 0

    def prepare(self):
        """A repository whose next runs expire, drop and remove."""
        self.agent.initialise()
        for _ in range(4):
            self.agent.backup()
            self.agent.wait(8)
            self.agent.change(self.chance)
        self.agent.backup()
        self.usual = {"backup": (60, 1.0), "prune": (12, 0.5), "erase": (40, 0.8), "check": (40, 0.8), "restore": (40, 1.0)}

    def command(self):
        """What is killed this time."""
        name = self.chance.choices(["backup", "prune", "erase", "check", "restore"], [12, 2, 3, 2, 1])[0]
        agent = self.agent
        if name == "erase":
            node = self.chance.choice(agent.nodes())
            self.names += 1
            agent.unregister(node, f"newcomer{self.names}")
            agent.forget_copies()
            return name, ["erase", f"{node}@talk.example.org", "--now"]
        if name == "check":
            return name, ["check", "--read-data"]
        if name == "restore":
            target = agent.work / "half"
            shutil.rmtree(target, ignore_errors=True)
            return name, ["restore", "--kit", agent.work / "kit", "--target", target]
        return name, [name]

    def round(self):
        """One kill."""
        agent, chance = self.agent, self.chance
        agent.wait(chance.choice([1, 4, 4, 8]))
        agent.change(chance)
        name, arguments = self.command()
        process = {}

        def kill():
            os.kill(process["id"], signal.SIGKILL)

        count, seconds = self.usual[name]
        timer = None
        if chance.random() < 0.6:
            agent.machine.arm(Kill(chance.randrange(1, max(2, int(count * 1.05))), chance.random() < 0.5, kill))
        else:
            agent.machine.arm()
            timer = threading.Timer(chance.random() * seconds, lambda: process["killer"]())

        def begun(child):
            process["id"] = child.pid
            process["killer"] = lambda: child.returncode is None and child.kill()
            if timer:
                timer.start()

        outcome = agent.lethe(*arguments, begun=begun)
        if timer:
            timer.cancel()
        trace = list(agent.machine.trace)
        agent.machine.arm()
        if outcome.status == 0:
            self.phases[f"{name}: too late"] += 1
            self.usual[name] = (len(trace), outcome.seconds)
        elif outcome.status == -signal.SIGKILL:
            self.phases[phase(name, trace)] += 1
        else:
            raise Violation(f"it was not killed: {outcome}")
        agent.backup()
        agent.check()
        agent.restore()
        agent.expect_snapshots()
