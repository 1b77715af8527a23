"""French or English? Told by the small words that only one of the two has."""

# ruff: noqa: SIM905 - lists of words are easier to read and to add to as text

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from sandbox.brain.tokens import Token

Language = Literal["fr", "en"]

_FRENCH = frozenset(
    """le la les l d du des de un une et ou est sont quel quelle quels quelles combien par pour avec sans dans en sur au
    aux qui que dont chaque entre depuis avant apres nombre moyenne moyen somme plus moins hors sauf mois annee annees
    trimestre jour jours semaine dernier derniere derniers dernieres ce cette ces y ont ete il elle nous donne donnez
    montre montrez liste lister affiche afficher trouve trouvez pays ville nom noms tous toutes tout toute janvier
    fevrier mars avril mai juin juillet aout septembre octobre novembre decembre quoi ou comment meme seulement
    uniquement s n qu a eu evolution total part consommation vert verte verts vertes prix""".split()
)
_ENGLISH = frozenset(
    """the of and or is are was were what which who whose how many much by for with without in on from to each every
    between since before after number average mean sum more less than most least top last this that these those have
    has had show list give find all month months year years quarter day days week per not does do did there their its
    it january february march april may june july august september october november december same only compare highest
    lowest largest smallest total an a share""".split()
)
_ACCENTS = re.compile(r"[éèêëàâçùûîïôœ]", re.IGNORECASE)


def tell(tokens: Sequence[Token], hint: str = "") -> Language:
    """The language of a question; `hint` (that of the conversation) decides when nothing else does."""
    words = [token.plain for token in tokens if token.shape == "word"]
    french = sum(word in _FRENCH for word in words) + sum(bool(_ACCENTS.search(token.text)) for token in tokens)
    english = sum(word in _ENGLISH for word in words)
    if french == english:
        return "fr" if hint.startswith("fr") else "en"
    return "fr" if french > english else "en"
