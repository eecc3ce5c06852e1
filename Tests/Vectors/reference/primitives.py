"""The primitives of the specification, from hashlib and libsodium, and its encoding. Nothing here is random."""

import ctypes
import hashlib

SODIUM = ctypes.CDLL("libsodium.so.23")
assert SODIUM.sodium_init() >= 0


def digest(message):
    """H(m)."""
    return hashlib.blake2b(message, digest_size=32).digest()


def keyed(key, message, count=32):
    """Hn(k; m)."""
    return hashlib.blake2b(message, key=key, digest_size=count).digest()


def fixed(label, count=32):
    """Bytes that stand for random ones: the same for one label for ever. Test keys, public by nature."""
    return hashlib.shake_256(b"lethe test vector " + label.encode()).digest(count)


def aead(key, nonce, associated, message):
    """XChaCha20-Poly1305; the ciphertext and its tag."""
    assert len(key) == 32 and len(nonce) == 24
    output, count = ctypes.create_string_buffer(len(message) + 16), ctypes.c_ulonglong()
    SODIUM.crypto_aead_xchacha20poly1305_ietf_encrypt(
        output, ctypes.byref(count), message, ctypes.c_ulonglong(len(message)), associated,
        ctypes.c_ulonglong(len(associated)), None, nonce, key)
    return output.raw[:count.value]


def seal(key, associated, message, label):
    """A nonce and the AEAD under it."""
    nonce = fixed("nonce " + label, 24)
    return nonce + aead(key, nonce, associated, message)


def public(secret):
    """The X25519 public key of a secret one."""
    output = ctypes.create_string_buffer(32)
    assert SODIUM.crypto_scalarmult_base(output, secret) == 0
    return output.raw


def box_pair(seed):
    """(secret, public) of a seed."""
    secret = hashlib.sha512(seed).digest()[:32]
    return secret, public(secret)


def box(recipient, message, label):
    """A sealed box with a fixed ephemeral key, put together from crypto_box."""
    secret = fixed("ephemeral " + label)
    ephemeral = public(secret)
    nonce = hashlib.blake2b(ephemeral + recipient, digest_size=24).digest()
    output = ctypes.create_string_buffer(len(message) + 16)
    assert SODIUM.crypto_box_easy(
        output, message, ctypes.c_ulonglong(len(message)), nonce, recipient, secret) == 0
    return ephemeral + output.raw[:len(message) + 16]


def argon2id(words, salt, memory, passes):
    """Argon2id 1.3 of one lane, 32 bytes."""
    output = ctypes.create_string_buffer(32)
    assert SODIUM.crypto_pwhash(
        output, ctypes.c_ulonglong(32), words, ctypes.c_ulonglong(len(words)), salt,
        ctypes.c_ulonglong(passes), ctypes.c_size_t(memory), 2) == 0
    return output.raw


def u32(value):
    return value.to_bytes(4, "little")


def u64(value):
    return value.to_bytes(8, "little")


def varint(value):
    output = bytearray()
    while value >= 0x80:
        output.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(output + bytes([value]))


def signed(value):
    return varint((value << 1 ^ value >> 63) & (1 << 64) - 1)


def string(value):
    value = value.encode() if isinstance(value, str) else value
    return varint(len(value)) + value


class Fields:
    """The fields of one value in order, by name, so that one of them can be damaged."""

    def __init__(self, *pairs):
        self.pairs = list(pairs)
        names = [name for name, _ in pairs]
        assert len(set(names)) == len(names), names

    def bytes(self):
        return b"".join(value for _, value in self.pairs)

    def but(self, **changes):
        """The same with other bytes in some fields; underscores stand for spaces."""
        changes = {name.replace("_", " "): value for name, value in changes.items()}
        assert set(changes) <= {name for name, _ in self.pairs}, changes
        return Fields(*[(name, changes.get(name, value)) for name, value in self.pairs])

    def cuts(self):
        """(name of the field that is missing, bytes up to it), for each field that has bytes."""
        done = b""
        for name, value in self.pairs:
            if value:
                yield name, done
            done += value
