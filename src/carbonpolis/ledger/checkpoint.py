"""Signed checkpoints: one line of figures about the whole journal, and an Ed25519 signature under it.

Who keeps an old checkpoint can later tell whether the journal still begins with what it held then: the root of the
Merkle tree says so (RFC 9162), and the signature says who vouched for it (RFC 8032).
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from carbonpolis.ledger.merkle import HASH_BYTES

ORIGIN = "carbonpolis journal checkpoint 1"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The journal at one moment.

    size: entries. root: of the Merkle tree over them. head: digest of the last commit. at: UTC, ISO 8601.
    """

    size: int
    root: bytes
    head: str
    at: str

    @property
    def body(self) -> str:
        """The text that is signed: five lines."""
        return f"{ORIGIN}\n{self.size}\n{self.root.hex()}\n{self.head}\n{self.at}\n"

    @classmethod
    def parse(cls, body: str) -> Checkpoint:
        """Read `body`. Raises ValueError when it isn't exactly one."""
        lines = body.split("\n")
        if len(lines) != 6 or lines[0] != ORIGIN or lines[5] or not lines[1].isdecimal():
            raise ValueError("this is no checkpoint of a Carbonpolis journal")
        found = cls(int(lines[1]), bytes.fromhex(lines[2]), lines[3], lines[4])
        if len(found.root) != HASH_BYTES or found.body != body:
            raise ValueError("this is no checkpoint of a Carbonpolis journal")
        return found


@dataclass(frozen=True, slots=True)
class Signed:
    """A checkpoint's text with its signature in base64."""

    body: str
    signature: str


def sign(checkpoint: Checkpoint, key: Ed25519PrivateKey) -> Signed:
    """The checkpoint with its signature."""
    return Signed(checkpoint.body, base64.b64encode(key.sign(checkpoint.body.encode())).decode())


def opened(signed: Signed, key: Ed25519PublicKey) -> Checkpoint:
    """What was signed. Raises ValueError when the signature isn't this key's, or the text is no checkpoint."""
    try:
        key.verify(base64.b64decode(signed.signature, validate=True), signed.body.encode())
    except (InvalidSignature, binascii.Error, ValueError):
        raise ValueError("the signature of the checkpoint is not that of this key") from None
    return Checkpoint.parse(signed.body)


def read_public_key(pem: bytes) -> Ed25519PublicKey:
    """A public key from its PEM text. Raises ValueError when it's another kind of key, or none."""
    try:
        key = serialization.load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError("this is no public key in PEM format") from None
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError("this is a key of another kind; expected an Ed25519 public key")
    return key


def public_pem(key: Ed25519PublicKey) -> bytes:
    """A public key as PEM text."""
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
