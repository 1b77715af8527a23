"""Holds a consent until the chat user whom it is for has sent the code that only the consenting browser shows.

Without it whoever talks a colleague into opening their link would ask questions with that colleague's rights.
"""

from __future__ import annotations

import hmac
import re
import secrets

from adapters.databricks.consent import Consent, UserOAuth
from adapters.databricks.oauth import Grant
from adapters.databricks.stores import ExpiringStore
from adapters.databricks.vault import Vault
from agents.domain import User

CODE_SECONDS = 600.0
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # no sign that is read as another; eight of them are 40 bits
LONGEST = 64  # characters of a message with a code
MESSAGE = re.compile(r"(?:link|relier)\s+`?([a-z2-9]{4})-([a-z2-9]{4})`?[.!]?", re.IGNORECASE)


def code_in(text: str) -> str:
    """The code that a message consists of, "link ABCD-EFGH" or "relier ABCD-EFGH"; empty for any other message."""
    found = MESSAGE.fullmatch(text.strip()) if len(text) <= LONGEST else None
    return f"{found[1]}-{found[2]}".upper() if found else ""


class Confirmations:
    """One consent of each person's waits at a time, sealed and for ten minutes."""

    def __init__(self, oauth: UserOAuth, store: ExpiringStore, vault: Vault) -> None:
        self._oauth, self._store, self._vault = oauth, store, vault

    async def hold(self, consent: Consent) -> str:
        """Keeps the consent aside; the code that brings it into force. Raises Unavailable."""
        letters = "".join(secrets.choice(ALPHABET) for _ in range(8))
        code, grant = f"{letters[:4]}-{letters[4:]}", consent.grant
        note = {"code": code, "access": grant.access_token, "refresh": grant.refresh_token, "until": grant.expires_at}
        await self._store.put(_key(consent.user), self._vault.seal(note), seconds=CODE_SECONDS)
        return code

    async def keep(self, user: User, code: str) -> bool:
        """Brings this person's consent into force, once; also True when told again. False for another code.

        Raises Unavailable.
        """
        sealed = await self._store.get(_key(user))
        note = self._vault.open(sealed) if sealed else None
        if not note or not hmac.compare_digest(str(note["code"]), code):
            return False
        if "access" in note:
            grant = Grant(str(note["access"]), float(str(note["until"])), str(note["refresh"]))
            await self._oauth.keep(Consent(user, grant))
            # From now on these tokens may be renewed: what is held would bring the old ones back.
            await self._store.put(_key(user), self._vault.seal({"code": code}), seconds=CODE_SECONDS)
        return True


def _key(user: User) -> str:
    return f"confirm/{user.key}"
