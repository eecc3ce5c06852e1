"""The primitives, by libsodium and Python's own BLAKE2b."""

import hashlib

import nacl.bindings
import nacl.exceptions
import nacl.public
import nacl.pwhash
import nacl.utils

from .encoding import require, Refusal

NONCE, TAG = 24, 16
SEAL_OVERHEAD = NONCE + TAG
BOX_OVERHEAD = 48


def hashed(message, key=b"", byte_count=32):
    """`H(m)`, or `Hn(k; m)` with a key."""
    return hashlib.blake2b(message, digest_size=byte_count, key=key).digest()


def unlock(key, nonce, associated, sealed, what):
    """Opens what `AEAD` made."""
    require(len(sealed) >= TAG, "forged", f"{what} is shorter than a tag")
    try:
        return nacl.bindings.crypto_aead_xchacha20poly1305_ietf_decrypt(sealed, associated, nonce, key)
    except nacl.exceptions.CryptoError:
        raise Refusal("forged", f"{what} does not open") from None


def lock(key, nonce, associated, plain):
    """`AEAD`; only the tests of refusals need it."""
    return nacl.bindings.crypto_aead_xchacha20poly1305_ietf_encrypt(plain, associated, nonce, key)


def unseal(key, associated, sealed, what):
    """Opens what `seal` made."""
    require(len(sealed) >= SEAL_OVERHEAD, "forged", f"{what} is shorter than nonce and tag")
    return unlock(key, sealed[:NONCE], associated, sealed[NONCE:], what)


def seal(key, associated, plain):
    """`seal`; only the tests of refusals need it."""
    nonce = nacl.utils.random(NONCE)
    return nonce + lock(key, nonce, associated, plain)


def public(secret):
    """The public key of an X25519 secret key."""
    return nacl.bindings.crypto_scalarmult_base(secret)


def box_secret(seed):
    """The secret key of `boxpair(seed)`."""
    return hashlib.sha512(seed).digest()[:32]


def unbox(secret, boxed, kind, what):
    """Opens what `box` made; the class of a failure depends on where the box stands."""
    try:
        return nacl.public.SealedBox(nacl.public.PrivateKey(secret)).decrypt(boxed)
    except nacl.exceptions.CryptoError:
        raise Refusal(kind, f"{what} does not open") from None


def box(public_key, plain):
    """`box`; only the tests of refusals need it."""
    return nacl.public.SealedBox(nacl.public.PublicKey(public_key)).encrypt(plain)


def argon2id(passphrase, salt, memory, passes):
    """`argon2id(w, salt, m, t)`, memory in bytes."""
    return nacl.pwhash.argon2id.kdf(32, passphrase, salt, opslimit=passes, memlimit=memory)


class MetadataKeys:
    """The metadata key's derivations [F-KEY-1] and the seals made with them [F-KEY-2]."""

    def __init__(self, metadata_key, repository):
        self.metadata_key, self.repository = metadata_key, repository

    def key(self, purpose):
        """The key of one purpose."""
        return hashed(b"lethe1 metadata " + purpose.encode(), self.metadata_key)

    def open(self, purpose, prefix, name, sealed, what):
        """The plaintext of a log entry, a pack's header or a keyring's outer seal."""
        return unseal(self.key(purpose), prefix + self.repository + name, sealed, what)

    def close(self, purpose, prefix, name, plain):
        """The reverse, for the tests of refusals."""
        return seal(self.key(purpose), prefix + self.repository + name, plain)
