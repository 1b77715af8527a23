"""Seals what is written outside this process. Without it anyone who reads Redis could act as anyone who asked."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet


class Vault:
    """Authenticated encryption under the first key; the others still open what they once sealed, until rotated out.

    Keys are Fernet keys: 32 bytes in URL-safe base64. Raises ValueError when there is none, or one is malformed.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys:
            raise ValueError("no encryption key")
        self._fernet = MultiFernet([Fernet(key) for key in keys])

    def seal(self, document: Mapping[str, object]) -> bytes:
        """JSON, encrypted and signed."""
        return self._fernet.encrypt(json.dumps(document).encode())

    def open(self, sealed: bytes) -> Mapping[str, object] | None:
        """The document, or None when it was not sealed with one of our keys."""
        try:
            document = json.loads(self._fernet.decrypt(sealed))
        except (InvalidToken, ValueError):
            return None
        return document if isinstance(document, dict) else None
