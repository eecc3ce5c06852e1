"""Small forms of text: escapes, stamps, identifiers, Erlang terms."""

import base64
import time

UPLOAD_LETTERS = "_.-"


def escaped(text):
    """Text as ejabberd writes it into XML."""
    if text.isalnum():
        return text
    return (text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
            .replace("'", "&apos;").replace('"', "&quot;"))


def base64_text(draw, byte_count):
    """So many random bytes in base64."""
    return base64.b64encode(draw.randbytes(byte_count)).decode()


def random_letters(draw, count, letters="ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"):
    """So many letters and digits."""
    return "".join(draw.choices(letters, k=count))


def uuid(draw):
    """A random identifier in the usual five groups."""
    digits = f"{draw.getrandbits(128):032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def sql_time(seconds):
    """The form of every `created_at`."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(seconds))


def xml_time(microseconds):
    """The form of a delay's stamp."""
    seconds, fraction = divmod(microseconds, 1_000_000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{fraction:06d}Z"


def erlang_time(microseconds):
    """The form of a publication's times: megaseconds, seconds, microseconds."""
    seconds, fraction = divmod(microseconds, 1_000_000)
    return f"{seconds // 1_000_000:06d}:{seconds % 1_000_000:06d}:{fraction:06d}"


def erlang_binary(text):
    """A binary as Erlang prints it: quoted when each byte is a Latin-1 letter, else as numbers."""
    if not text:
        return "<<>>"
    data = text.encode()
    if all(32 <= byte < 127 or byte >= 160 for byte in data):
        return '<<"' + text.replace("\\", "\\\\").replace('"', '\\"') + '">>'
    return "<<" + ",".join(map(str, data)) + ">>"


def erlang_address(jid):
    """A bare address as the three binaries that ejabberd prints."""
    node, _, domain = jid.partition("@")
    return "{" + erlang_binary(node) + "," + erlang_binary(domain) + ",<<>>}"


def upload_safe(name):
    """A name with each character replaced that ejabberd would not put into a URL."""
    return "".join(letter if letter.isalnum() or letter in UPLOAD_LETTERS else "_" for letter in name)
