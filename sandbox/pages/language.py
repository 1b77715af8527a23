"""The words of the pages in French and English: without it a French reader would get English labels."""

from __future__ import annotations

from typing import Literal, TypeAlias

Language: TypeAlias = Literal["fr", "en"]

_PHRASES: dict[str, tuple[str, str]] = {
    "products": ("Data products", "Data products"),
    "search": ("Rechercher", "Search"),
    "search_hint": ("Nom, domaine, table, colonne, synonyme…", "Name, domain, table, column, synonym…"),
    "found": ("résultats", "found"),
    "nothing": ("Aucun data product ne correspond.", "No data product matches."),
    "all": ("Tous les data products", "All data products"),
    "owner": ("Responsable", "Owner"),
    "domain": ("Domaine", "Domain"),
    "family": ("Famille", "Family"),
    "status": ("Cycle de vie", "Lifecycle"),
    "version": ("Version", "Version"),
    "sensitivity": ("Confidentialité", "Sensitivity"),
    "contact": ("Contact", "Contact"),
    "sla": ("Engagements de service", "Service levels"),
    "about": ("Description", "About"),
    "limitations": ("Limites", "Limitations"),
    "usage": ("Utilisation", "Usage"),
    "tables": ("Tables", "Tables"),
    "column": ("Colonne", "Column"),
    "type": ("Type", "Type"),
    "unit": ("Unité", "Unit"),
    "description": ("Description", "Description"),
    "also": ("Aussi appelé", "Also called"),
    "value_list": ("Valeurs", "Values"),
    "values_hidden": ("Valeurs non affichées : données restreintes.", "Values not shown: restricted data."),
    "key": ("clé", "key"),
    "refers": ("renvoie à", "refers to"),
    "grain": ("Une ligne par", "One row per"),
    "quality": ("Règles de qualité", "Quality rules"),
    "lineage": ("Provenance", "Lineage"),
    "from": ("Construit à partir de", "Derived from"),
    "feeds": ("Alimente", "Feeds"),
    "questions": ("Questions à poser", "Questions to ask"),
    "files": ("Fichiers", "Files"),
    "contract": ("contrat", "contract"),
    "missing": ("non documenté", "not documented"),
    "deprecated": ("Ce data product est déprécié.", "This data product is deprecated."),
    "successor": ("Utilisez plutôt", "Use instead"),
    "access": ("Qui peut lire", "Who may read"),
    "everybody": ("tous les utilisateurs du compte", "every account user"),
    "no_tables": ("Ce data product n'a pas de table.", "This data product has no table."),
    "not_found": ("Ce data product n'existe pas.", "There is no such data product."),
    "signin": ("Connexion", "Sign in"),
    "signin_text": (
        "demande à agir en votre nom dans ce Databricks local. Qui êtes-vous ?",
        "asks to act on your behalf in this local Databricks. Who are you?",
    ),
    "scopes": ("Droits demandés", "Requested rights"),
    "allow": ("Autoriser", "Allow"),
    "deny": ("Refuser", "Deny"),
    "made_up": ("Ces personnes sont fictives.", "These people are made up."),
    "colon": (" : ", ": "),
    "refused": ("Connexion refusée", "Sign-in refused"),
}


def phrases(language: Language) -> dict[str, str]:
    """The phrase book of one language."""
    return {key: pair[0] if language == "fr" else pair[1] for key, pair in _PHRASES.items()}


def preferred(accept: str) -> Language:
    """French or English, whichever the Accept-Language header ranks higher; English when it names neither."""
    ranked = [(_weight(part), part.split(";")[0].strip()[:2].lower()) for part in accept.split(",")]
    best: tuple[float, str] = max((one for one in ranked if one[1] in ("fr", "en")), default=(0.0, "en"), key=_first)
    return "fr" if best[1] == "fr" and best[0] > 0 else "en"


def _first(ranked: tuple[float, str]) -> float:
    return ranked[0]


def _weight(part: str) -> float:
    _, _, weight = part.partition("q=")
    try:
        return float(weight) if weight else 1.0
    except ValueError:
        return 0.0
