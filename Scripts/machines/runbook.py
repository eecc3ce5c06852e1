"""Prints the commands of an article, as one script: its fenced blocks of shell, in their order.

    python3 runbook.py ARTICLE [--with WORD ...] [--only WORD] [NAME=VALUE ...]

Blocks marked `sh` are taken, and those marked `sh WORD` if the word is named; with --only no others. A line that sets a variable
named on the command line gets that value. Each command is shown before it runs, as a reader types it. The
script refuses to run but on a machine that was made for it, since a runbook replaces what is there.
"""

import re
import shlex
import sys


def blocks(text, words, only):
    """The blocks to run, in order."""
    for mark, body in re.findall(r"^```([^\n]*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        parts = mark.split()
        if parts[:1] == ["sh"] and (parts[1:] == [only] if only else not parts[1:] or parts[1] in words):
            yield body


def main():
    article, words, only, values = sys.argv[1], [], "", {}
    arguments = iter(sys.argv[2:])
    for argument in arguments:
        if argument == "--with":
            words.append(next(arguments))
        elif argument == "--only":
            only = next(arguments)
        else:
            name, value = argument.split("=", 1)
            values[name] = value
    lines = ['[ "${container:-}" = lethe ] || { echo "not a machine for trials" >&2; exit 70; }']
    for body in blocks(open(article, encoding="utf-8").read(), words, only):
        for name in list(values):
            pattern = re.compile(rf"^{name}=.*$", re.MULTILINE)
            if pattern.search(body):
                body = pattern.sub(lambda _, name=name: f"{name}={shlex.quote(values[name])}", body)
                values.pop(name)
        shown = "".join(f"$ {line}\n" for line in body.splitlines())
        lines.append(f"printf %s {shlex.quote(shown)}\n{body}")
    if values:
        sys.exit(f"{article} sets none of {', '.join(values)}")
    print("\n".join(lines))


main()
