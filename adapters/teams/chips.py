"""What a person edits or chooses on a card, and its values read back. Without it we could ask back in vain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from adapters.replying import Kept, filters
from adapters.teams import elements
from adapters.teams.elements import Element
from adapters.teams.markdown import escaped, one_line
from adapters.wording import Spoken, cut, phrase
from agents.domain import Language

MOST_BUTTONS, MOST_OPTIONS = 6, 100


def chosen_from(spoken: Spoken, id_: str) -> Iterator[Element]:
    """The options of a clarification: buttons, or a menu when there are many."""
    options = spoken.options[:MOST_OPTIONS]
    if not options or not id_:
        return
    for option in options if len(options) <= MOST_BUTTONS else ():
        if option.hint.strip():
            words = f"**{escaped(one_line(option.label)) or '–'}** — {escaped(one_line(cut(option.hint, 300)))}"
            yield elements.text(words, spacing="Small")
    if len(options) <= MOST_BUTTONS:
        made = [elements.press(one.label, "choose", q=id_, n=at) for at, one in enumerate(options)]
        yield from elements.buttons(made)
        return
    yield elements.menu("n", [(str(at), one.label) for at, one in enumerate(options)])
    yield from elements.buttons([elements.press(phrase(spoken.language, "teams.choose"), "choose", q=id_)])


def chips(fields: Sequence[filters.Field], id_: str, box: str, language: Language) -> Iterator[Element]:
    """The answer's filters as fields to change, folded away; running them again asks no model."""
    if not fields or not id_:
        return
    drawn = [(elements.day if one.is_day else elements.field)(one.id, one.label, one.value) for one in fields]
    run = elements.press(phrase(language, "teams.run_again"), "refine", q=id_)
    yield elements.hidden(box, [*drawn, *elements.buttons([run])])


def typed(kept: Kept, data: Mapping[str, object]) -> dict[str, str]:
    """What was typed into each field, whatever else a client sends."""
    sent = ((field.id, data.get(field.id)) for field in filters.fields(kept))
    return {id_: value if isinstance(value, str) else "" for id_, value in sent}
