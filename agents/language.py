"""French and English as far as rules need them: which of the two a text is in, and which of its words carry content."""

from __future__ import annotations

import re
import unicodedata

from agents.domain import Language


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


_FRENCH = _listed(
    "le la les l un une des du de d au aux et ou en dans par pour sur avec sans depuis pendant entre est sont etait"
    " quel quelle quels quelles qui que quoi combien comment pourquoi quand ce cet cette ces mon ma mes nos notre nous"
    " je tu il elle on ils elles ont a avons avez y ne pas plus moins donne donnez montre montrez mois annee annees an"
    " dernier derniere chaque selon vers chez leur leurs son sa ses meme bonjour merci salut aide explique parlent"
    " existe uniquement seulement jour trimestre me moi toi vous votre aussi mais donc puis as es"
    " janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre"
)
_ENGLISH = _listed(
    "the a an of in on at by for with without from to and or is are was were be has have had do does did what which who"
    " whom whose how many much when where why this that these those my our we i you it they there about between during"
    " since per each all any show give tell me us last next year month day quarter hello hi thanks thank please help"
    " explain only same than most least their its not into over but then also so your as"
    " january february march april may june july august september october november december"
)
_NEITHER = _listed(  # German, Spanish, Italian and Dutch, with the words that they share with English
    "der das und ist sind war wie viel viele wieviel wurde wurden im am fur mit nach von vom zum zur auf aus bei ein"
    " eine einen einem einer nicht welche welcher welches wo wer warum gibt zeige mir den dem uber in april august"
    " september november el los las cuanto cuanta cuantos cuantas cual cuales fue del por para con como donde quanto"
    " quanta quale quali della nel nella gli di het een hoeveel van voor met naar werd"
)
_EMPTY = _FRENCH | _ENGLISH
_ASIDE = re.compile(r"-(?:t-)?(moi|nous|vous|tu|toi|il|elle|on|ils|elles|ce|je|le|la|les)\b")
_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*", re.UNICODE)


def fold(text: str) -> str:
    """Lower case, no accents, plain apostrophes, single spaces: so that rules match however it is typed."""
    if text.isascii():
        return " ".join(text.casefold().split())
    text = text.replace("’", "'").replace("œ", "oe").replace("Œ", "oe")
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join(plain.casefold().split())


def written_words(text: str) -> list[str]:
    """The words as they are written, hyphenated ones whole except for pronouns ("montre-moi" is two)."""
    return _WORD.findall(_ASIDE.sub(r" \1", text))


def words_of(text: str) -> tuple[str, ...]:
    """The folded words of a text, hyphenated ones whole."""
    return tuple(written_words(fold(text)))


def content_of(text: str) -> tuple[str, ...]:
    """The words that carry content: neither function words nor single letters, each once."""
    return tuple(dict.fromkeys(word for word in words_of(text) if is_content(word)))


def is_content(word: str) -> bool:
    """True for a word that is neither a function word nor a single letter."""
    return fold(word) not in _EMPTY and (len(word) > 1 or word.isdigit())


def is_speech(text: str) -> bool:
    """True when at least one function word of either language stands in it."""
    return any(word in _EMPTY for word in words_of(text))


def language_of(text: str, *fallbacks: str) -> Language:
    """The language most of its function words belong to; then the first fallback ("fr-CA", "en") that says; English.

    What is rather in a third language says neither.
    """
    return told_language(text, *fallbacks) or "en"


def told_language(text: str, *fallbacks: str) -> Language | None:
    """As `language_of`, or None where neither the text nor a fallback says."""
    words = words_of(text)
    french = sum(word in _FRENCH and word not in _ENGLISH for word in words) + _has_accents(text)
    english = sum(word in _ENGLISH and word not in _FRENCH for word in words)
    neither = sum(word in _NEITHER for word in words)
    if french != english and neither <= max(french, english):
        return "fr" if french > english else "en"
    return next((_tag(f) for f in fallbacks if f[:2].lower() in ("fr", "en")), None)


def _has_accents(text: str) -> int:
    return int(any(c in "éèêëàâçùûîïôœÉÈÀÇ" for c in text))


def _tag(locale: str) -> Language:
    return "fr" if locale[:2].lower() == "fr" else "en"
