"""The key that signs checkpoints: made once, kept in the data folder for its owner only; its public half beside it."""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from carbonpolis.errors import FolderProblem
from carbonpolis.ledger.checkpoint import public_pem, read_public_key

PRIVATE_FILE, PUBLIC_FILE = "checkpoint-key.pem", "checkpoint-key.pub.pem"
OWNER_ONLY = 0o600


class Keys:
    """The signing key of a data folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def public_file(self) -> Path:
        """Where the public key is, for whoever checks proofs."""
        return self._folder / PUBLIC_FILE

    def private(self) -> Ed25519PrivateKey:
        """The signing key; the first call makes it. Raises FolderProblem when it can't be read or written."""
        path = self._folder / PRIVATE_FILE
        try:
            if not path.exists():
                self._make(path)
            key = serialization.load_pem_private_key(path.read_bytes(), password=None)
        except (OSError, ValueError, TypeError) as problem:
            raise FolderProblem(str(path), f"the signing key can't be used ({problem}).") from None
        if not isinstance(key, Ed25519PrivateKey):
            raise FolderProblem(str(path), "it is a key of another kind; expected an Ed25519 private key.")
        return key

    def public(self) -> Ed25519PublicKey | None:
        """The public key, or None where nothing was signed yet. Raises FolderProblem when it can't be read."""
        if not self.public_file.exists():
            return None
        try:
            text = self.public_file.read_bytes()
            # An empty one is what an earlier version left behind on a full disk, before anything was signed.
            return read_public_key(text) if text or (self._folder / PRIVATE_FILE).exists() else None
        except (OSError, ValueError) as problem:
            raise FolderProblem(str(self.public_file), f"{problem}.") from None

    def _make(self, path: Path) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        key = Ed25519PrivateKey.generate()
        secret = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        # The private one last: while it is missing nothing was signed, and both are made anew.
        _write(self.public_file, public_pem(key.public_key()), 0o644)
        _write(path, secret, OWNER_ONLY)


def _write(path: Path, content: bytes, mode: int) -> None:
    """Write a file whole or not at all, also when the disk is full."""
    aside = path.with_suffix(".writing")
    aside.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    except OSError:
        aside.unlink(missing_ok=True)
        raise
