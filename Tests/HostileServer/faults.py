"""Accidents of a remote machine."""

from machine import REMOVE, Cut
from disk import NO_SUCH_FILE, Failure


class Fault:
    """Nothing happens. Faults strike at one request, before it is carried out or after."""

    def __init__(self, number=0, is_after=False):
        self.number, self.is_after, self.struck = number, is_after, None

    def before(self, machine, request):
        """Called before a request is carried out."""
        if not self.is_after and self.hits(request):
            self.strike(machine, request)

    def after(self, machine, request, answer):
        """Called before its answer is sent."""
        if self.is_after and self.hits(request):
            self.strike(machine, request)
        return answer

    def hits(self, request):
        """Whether it strikes at this request; it strikes once."""
        if self.struck is None and request.number == self.number:
            self.struck = request
            return True
        return False

    def strike(self, machine, request):
        """What happens."""

    def is_lie(self):
        """Whether the answer was false and cannot be known to be: a check must find and mend what came of it."""
        return False

    def __str__(self):
        return f"{type(self).__name__} {'after' if self.is_after else 'before'} request {self.number}"


class Interruption(Fault):
    """The connection is cut."""

    def strike(self, machine, request):
        machine.cut()
        raise Cut


class PowerCut(Fault):
    """The machine's power fails; it is back at once, or only when it is armed anew."""

    def __init__(self, number, is_after, seed, stays_down):
        super().__init__(number, is_after)
        self.seed, self.stays_down = seed, stays_down

    def strike(self, machine, request):
        machine.lose_power(self.seed, self.stays_down)


class Refusal(Fault):
    """One request is answered with a status, though nothing else is wrong."""

    def __init__(self, number, code):
        super().__init__(number)
        self.code = code

    def strike(self, machine, request):
        raise Failure(self.code)

    def is_lie(self):
        """Nothing is missing that this machine has."""
        return self.code == NO_SUCH_FILE and self.struck is not None and self.struck.kind == REMOVE

    def __str__(self):
        return f"status {self.code} to request {self.number}"


class FullDisk(Fault):
    """From a request on there is no room."""

    def strike(self, machine, request):
        machine.disk.capacity = machine.disk.used()


class Kill(Fault):
    """The client is killed."""

    def __init__(self, number, is_after, kill):
        super().__init__(number, is_after)
        self.kill = kill

    def strike(self, machine, request):
        self.kill()
