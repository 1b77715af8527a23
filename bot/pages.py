"""The few pages that people see in a browser, in French or English. Without it they would read a bare status code."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections.abc import Mapping

from aiohttp import web

from adapters.wording import typeset
from agents.domain import Language

STYLE = """\
body{font:17px/1.5 system-ui,sans-serif;max-width:34rem;margin:12vh auto;padding:0 1.5rem;color:#1d2733;background:#fff}
h1{font-size:1.4rem}button{font:inherit;padding:.6rem 1.2rem;border:0;border-radius:.4rem;background:#0b6b3a;color:#fff}
@media(prefers-color-scheme:dark){body{color:#e6e9ed;background:#14181d}}
"""
# No `form-action`: browsers would hold it against the redirects to the workspace's own sign-in as well.
POLICY = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; style-src 'sha256-{digest}'"

TEXTS: Mapping[Language, Mapping[str, tuple[str, str]]] = {
    "fr": {
        "connect": (
            "Relier Databricks",
            "Vous allez relier votre identité Databricks à {who} ({platform}) : findata répondra aux questions de "
            "cette personne avec vos droits. Ne continuez que si c'est vous.",
        ),
        "code": (
            "Encore un pas",
            "Pour confirmer que {who} ({platform}), c'est vous, envoyez ceci à findata sur {platform} dans les dix "
            "minutes : relier {code} — Si ce lien vous vient de quelqu'un d'autre, ne le faites pas et ne donnez ce "
            "code à personne.",
        ),
        "linked": ("C'est relié", "{who} est relié à Databricks. Votre question reçoit sa réponse dans la discussion."),
        "linked_only": ("C'est relié", "{who} est relié à Databricks. Posez à nouveau votre question."),
        "stale": (
            "Ce lien n'est plus valable",
            "Il a déjà servi, ou il est trop ancien. Posez à nouveau votre question pour en recevoir un autre.",
        ),
        "foreign": (
            "Ce lien n'est pas le vôtre",
            "Il a été ouvert dans un autre navigateur ou par une autre personne ; rien n'a été relié. Posez votre "
            "question vous-même pour recevoir votre lien.",
        ),
        "denied": ("Rien n'a été relié", "L'accord n'a pas été donné. Posez à nouveau votre question pour réessayer."),
        "down": (
            "Databricks ne répond pas",
            "Rien n'a été relié. Posez à nouveau votre question dans quelques minutes.",
        ),
        "button": ("Continuer vers Databricks", ""),
        "file": (
            "Vos lignes en CSV",
            "Ce fichier est pour {who}. Il se télécharge une seule fois, dans les dix minutes qui suivent la demande.",
        ),
        "file_button": ("Télécharger", ""),
        "file_foreign": (
            "Ce fichier est pour quelqu'un d'autre",
            "L'identité Databricks de ce navigateur n'est pas celle de la personne qui l'a demandé.",
        ),
        "file_gone": (
            "Ce fichier n'est plus là",
            "Il a déjà été téléchargé, ou dix minutes ont passé. Appuyez à nouveau sur « Lignes en CSV ».",
        ),
        "file_down": ("Le fichier ne peut pas être lu", "Appuyez à nouveau sur « Lignes en CSV » dans un instant."),
        "privacy": (
            "Confidentialité",
            "findata lit les messages qui lui sont adressés et interroge Databricks avec vos droits. Une conversation "
            "(questions, phrases de réponse, requêtes) est gardée pour la durée que l'équipe d'exploitation a fixée, "
            "30 jours par défaut ; les lignes de données ne sont pas gardées, sauf celles d'un fichier demandé dans "
            "Teams, chiffrées, dix minutes au plus. Écrivez « oublie cette conversation » pour l'effacer. Un journal "
            "(qui, quand, quelles tables, quelle requête) sert au contrôle.",
        ),
        "terms": (
            "Conditions d'utilisation",
            "findata répond à partir des data products auxquels vous avez accès et montre la requête exécutée. "
            "Vérifiez les chiffres avant une décision importante ; le responsable du data product répond de ses "
            "données.",
        ),
    },
    "en": {
        "connect": (
            "Link Databricks",
            "You are about to link your Databricks identity to {who} ({platform}): findata will answer this person's "
            "questions with your rights. Continue only if this is you.",
        ),
        "code": (
            "One more step",
            "To confirm that {who} ({platform}) is you, send this to findata on {platform} within ten minutes: "
            "link {code} — If you were given this link by somebody else, do not, and tell nobody the code.",
        ),
        "linked": ("Linked", "{who} is linked to Databricks. Your question is being answered in the chat."),
        "linked_only": ("Linked", "{who} is linked to Databricks. Please ask your question again."),
        "stale": (
            "This link is no longer valid",
            "It was used already, or is too old. Ask your question again to get another one.",
        ),
        "foreign": (
            "This link is not yours",
            "It was opened in another browser or by somebody else; nothing was linked. Ask your question yourself to "
            "get your own link.",
        ),
        "denied": ("Nothing was linked", "Consent was not given. Ask your question again to have another try."),
        "down": ("Databricks does not answer", "Nothing was linked. Ask your question again in a few minutes."),
        "button": ("Continue to Databricks", ""),
        "file": (
            "Your rows as CSV",
            "This file is for {who}. It can be downloaded once, within ten minutes of being asked for.",
        ),
        "file_button": ("Download", ""),
        "file_foreign": (
            "This file is for somebody else",
            "The Databricks identity of this browser is not that of the person who asked for it.",
        ),
        "file_gone": (
            "This file is no longer here",
            "It was downloaded already, or ten minutes have passed. Press “Rows as CSV” again.",
        ),
        "file_down": ("The file cannot be read", "Press “Rows as CSV” again in a moment."),
        "privacy": (
            "Privacy",
            "findata reads the messages addressed to it and asks Databricks with your rights. A conversation "
            "(questions, sentences of answers, queries) is kept for as long as the operators decided, 30 days by "
            "default; rows of data are not kept, except those of a file that you asked for in Teams, encrypted, for "
            "ten minutes at most. Write “forget this conversation” to erase it. A trail (who, when, which tables, "
            "which query) is kept for control.",
        ),
        "terms": (
            "Terms of use",
            "findata answers from the data products that you may see and shows the query that was run. Check figures "
            "before an important decision; the owner of a data product answers for its data.",
        ),
    },
}


def language_of(request: web.Request) -> Language:
    """The first of our languages that the browser names; English when it names none."""
    named = re.search(r"\b(fr|en)\b", request.headers.get("Accept-Language", "").lower()[:200])
    return "fr" if named and named[1] == "fr" else "en"


def page(
    request: web.Request, key: str, *, status: int = 200, form: Mapping[str, str] | None = None, **names: str
) -> web.Response:
    """One page; whatever fills its gaps is escaped. `form` adds a button that posts these fields back."""
    texts, language = TEXTS[language_of(request)], language_of(request)
    title, text = (typeset(part, language) for part in texts[key])
    told = html.escape(text.format_map({name: value[:120] for name, value in names.items()}))
    label, _ = texts.get(f"{key}_button", texts["button"])
    button = _form(form, label) if form is not None else ""
    body = (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>findata · {html.escape(title)}</title>'
        f"<style>{STYLE}</style></head><body><h1>{html.escape(title)}</h1><p>{told}</p>{button}</body></html>"
    )
    return web.Response(text=body, status=status, content_type="text/html", headers=_headers())


def routes() -> list[web.RouteDef]:
    """The pages that the app packages of the platforms point at."""

    async def told(request: web.Request) -> web.Response:
        return page(request, request.path.strip("/"))

    return [web.get("/privacy", told), web.get("/terms", told)]


def _form(fields: Mapping[str, str], label: str) -> str:
    hidden = "".join(
        f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">'
        for name, value in fields.items()
    )
    return f'<form method="post">{hidden}<button>{html.escape(label)}</button></form>'


def _headers() -> Mapping[str, str]:
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    return {
        "Content-Security-Policy": POLICY.format(digest=digest),
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex",
    }
