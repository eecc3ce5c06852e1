"""Lets one accident happen at each request of a run, and expects that nothing is lost."""

import re

from agent import Violation
from faults import FullDisk, Interruption, PowerCut, Refusal
from machine import REMOVE, WRITE

# The statuses with which Lethe may answer an accident: failed, partial, unreachable, refused, damage.
EXPECTED = (0, 1, 3, 10, 13, 14)
CODES = {1: "EOF", 2: "no such file", 3: "permission denied", 4: "failure", 5: "bad message", 6: "no connection", 7: "connection lost",
         8: "unsupported", 14: "no space", 15: "quota exceeded"}


class Cutting:
    """A run from a saved moment, again and again, each time with another accident."""

    def __init__(self, agent, chance):
        self.agent, self.chance = agent, chance
        self.requests, self.last_write = 0, 0

    def prepare(self):
        """A moment whose next run sends, expires, drops, removes, destroys and sweeps."""
        agent = self.agent
        agent.initialise()
        for round_number in range(8):
            agent.backup()
            agent.wait(5)
            agent.change(self.chance)
            if round_number == 5:
                # It is held for six hours and two runs, so that the run that is tried destroys its keys.
                node = agent.nodes()[0]
                agent.unregister(node, "newcomer")
                agent.succeed("erase", f"{node}@talk.example.org")
                agent.forget_copies()
        agent.save()
        agent.machine.arm()
        agent.backup()
        trace = agent.machine.trace
        self.requests = len(trace)
        self.last_write = max(request.number for request in trace if request.kind == WRITE)
        wanted = {"packs": 0, "keyring": 0}
        for request in trace:
            for directory in wanted:
                if request.kind == REMOVE and b"/%s/" % directory.encode() in request.path:
                    wanted[directory] += 1
        self.removals = wanted
        if not wanted["packs"] or not wanted["keyring"]:
            raise Violation(f"the run that is tried removes nothing: {wanted}")

    def case(self, fault, must_succeed=False):
        """One accident: the run, the next, a check and a restore. Gives how the run ended."""
        agent = self.agent
        agent.go_back()
        agent.machine.arm(fault)
        outcome = agent.lethe("backup", limit=400)
        agent.machine.arm()
        agent.machine.disk.capacity = None
        if outcome.status not in EXPECTED:
            raise Violation(f"{fault} at {fault.struck}: {outcome}")
        if must_succeed and outcome.status != 0:
            raise Violation(f"{fault} at {fault.struck}: {outcome}")
        if outcome.status == 0:
            self.acknowledged(outcome.json()["snapshot"], fault)
        try:
            agent.backup()
            if fault.is_lie():
                # Found by a check, which removes packs itself and leaves keyrings to the next run.
                agent.lethe("check")
                agent.backup()
            agent.check()
            agent.restore()
        except Violation as violation:
            raise Violation(f"{fault} at {fault.struck}, after {outcome}: {violation}") from violation
        return outcome

    def acknowledged(self, snapshot, fault):
        """What was acknowledged is there."""
        listed = {line["id"] for line in self.agent.succeed("snapshots")["snapshots"]}
        if snapshot not in listed:
            raise Violation(f"{fault} at {fault.struck}: the snapshot {snapshot} was acknowledged and is not there")

    def cut(self, number, is_after):
        """The connection is cut; the run itself goes on over another."""
        fault = Interruption(number, is_after)
        self.case(fault, must_succeed=True)
        return fault.struck is not None

    def power_cut(self, number, is_after, stays_down):
        """The remote forgets what was not made durable."""
        fault = PowerCut(number, is_after, self.chance.getrandbits(32), stays_down)
        self.case(fault)
        return fault.struck is not None

    def refusal(self, number, code):
        """One request is refused."""
        fault = Refusal(number, code)
        outcome = self.case(fault)
        return fault.struck is not None, outcome

    def full(self, number):
        """The disk fills up; gives whether the cause was named, or None where nothing was to be told."""
        fault = FullDisk(number)
        outcome = self.case(fault)
        said = outcome.errors + outcome.output
        if outcome.status == 0 and not re.search(r"is not done", said):
            return None
        return "no space is left" in said
