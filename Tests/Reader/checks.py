"""Counts what holds and what does not."""

from .encoding import Refusal


class Checks:
    """Prints what failed at once, and the sums at the end."""

    def __init__(self, silent=False):
        self.passed = self.failed = 0
        self.silent = silent

    def expect(self, promise, holds, detail=""):
        """One check."""
        if holds:
            self.passed += 1
        else:
            self.failed += 1
            if not self.silent:
                print(f"FAILED: {promise} {detail}".rstrip())

    def refuses(self, promise, kind, action):
        """Checks that an action is refused, with the class that is right."""
        try:
            action()
        except Refusal as refusal:
            self.expect(f"{promise} is {kind}", refusal.kind == kind, f"({refusal})")
        else:
            self.expect(f"{promise} is {kind}", False, "(it was accepted)")
