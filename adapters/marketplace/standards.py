"""The two Bitol standards as they are met in the field, read leniently: ODPS for products, ODCS for contracts.

Without it one unknown key or one number where a text was meant would cost a whole product.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


def _text(value: object) -> object:
    return "" if value is None else value if isinstance(value, str) else str(value)


def _list(value: object) -> object:
    return [item for item in value if item is not None] if isinstance(value, list) else []


def _mappings(value: object) -> object:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _mapping(value: object) -> object:
    return value if isinstance(value, dict) else {}


def _synonyms(value: object) -> object:
    found = value if isinstance(value, list) else []
    return [item if isinstance(item, dict) else {"synonym": item} for item in found if item]


def _team(value: object) -> object:
    return {"members": value} if isinstance(value, list) else value if isinstance(value, dict) else {}


def _context(value: object) -> object:
    return value if isinstance(value, dict) else {}


Text = Annotated[str, BeforeValidator(_text)]
Texts = Annotated[tuple[Text, ...], BeforeValidator(_list)]


class _Lenient(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Property(_Lenient):
    """A customProperty: `value` is whatever its owner put there."""

    property: Text = ""
    value: Any = None


class Synonym(_Lenient):
    """A word people use; `locale` is a BCP 47 tag or empty."""

    synonym: Text = ""
    locale: Text = ""


class Member(_Lenient):
    """Somebody of a team."""

    username: Text = ""
    name: Text = ""
    role: Text = ""
    date_out: Text = Field("", alias="dateOut")


Members = Annotated[tuple[Member, ...], BeforeValidator(_mappings)]


class Team(_Lenient):
    """Who answers for a product: an object since 3.1, a bare list of members before."""

    name: Text = ""
    members: Members = ()


class Support(_Lenient):
    """Where the owner can be reached."""

    channel: Text = ""
    scope: Text = ""


class Statement(_Lenient):
    """A verified question."""

    question: Text = ""


class Context(_Lenient):
    """The block meant for language models; `instructions` are left unread on purpose."""

    verified: Annotated[tuple[Statement, ...], BeforeValidator(_mappings)] = Field((), alias="verifiedStatements")


class Description(_Lenient):
    """What a product or contract says about itself."""

    purpose: Text = ""
    usage: Text = ""
    limitations: Text = ""


Properties = Annotated[tuple[Property, ...], BeforeValidator(_mappings)]
Synonyms = Annotated[tuple[Synonym, ...], BeforeValidator(_synonyms)]
Described = Annotated[Description, BeforeValidator(lambda v: {"purpose": v} if isinstance(v, str) else _mapping(v))]
Owned = Annotated[Team, BeforeValidator(_team)]
Contextual = Annotated[Context, BeforeValidator(_context)]


class Port(_Lenient):
    """An output port; it names a contract or carries its server in a custom property."""

    id: Text = ""
    name: Text = ""
    description: Text = ""
    contract: Text = Field("", alias="contractId")
    deprecated: Any = None
    tags: Texts = ()
    synonyms: Synonyms = ()
    context: Contextual = Context()
    properties: Properties = Field((), alias="customProperties")


class Product(_Lenient):
    """An ODPS document, 0.9 to 1.1."""

    id: Text
    name: Text = ""
    version: Text = ""
    status: Text = ""
    deprecated: Any = None
    type: Text = ""
    domain: Text = ""
    tags: Texts = ()
    description: Described = Description()
    synonyms: Synonyms = ()
    context: Contextual = Context()
    team: Owned = Team()
    support: Annotated[tuple[Support, ...], BeforeValidator(_mappings)] = ()
    ports: Annotated[tuple[Port, ...], BeforeValidator(_mappings)] = Field((), alias="outputPorts")
    properties: Properties = Field((), alias="customProperties")


class Value(_Lenient):
    """One allowed value of a column; custom property `translations` has its names by language: {fr: [éolien, vent]}."""

    value: Text = ""
    label: Text = ""
    properties: Properties = Field((), alias="customProperties")


class Relationship(_Lenient):
    """A foreign key: `table.column` or `schema/<id>/properties/<id>` on either side, lists when composite."""

    source: Any = Field(None, alias="from")
    target: Any = Field(None, alias="to")


Relationships = Annotated[tuple[Relationship, ...], BeforeValidator(_mappings)]


class ColumnProperty(_Lenient):
    """A column."""

    id: Text = ""
    name: Text = ""
    physical_name: Text = Field("", alias="physicalName")
    logical_type: Text = Field("", alias="logicalType")
    physical_type: Text = Field("", alias="physicalType")
    description: Text = ""
    label: Text = Field("", alias="businessName")
    semantic: Text = Field("", alias="semanticType")
    classification: Text = ""
    tags: Texts = ()
    synonyms: Synonyms = ()
    values: Annotated[tuple[Value, ...], BeforeValidator(_mappings)] = Field((), alias="enum")
    relationships: Relationships = ()
    properties: Properties = Field((), alias="customProperties")


class SchemaObject(_Lenient):
    """A table or view."""

    id: Text = ""
    name: Text = ""
    physical_name: Text = Field("", alias="physicalName")
    description: Text = ""
    label: Text = Field("", alias="businessName")
    grain: Text = Field("", alias="dataGranularityDescription")
    tags: Texts = ()
    synonyms: Synonyms = ()
    relationships: Relationships = ()
    columns: Annotated[tuple[ColumnProperty, ...], BeforeValidator(_mappings)] = Field((), alias="properties")


class Server(_Lenient):
    """Where the tables are."""

    type: Text = ""
    environment: Text = ""
    catalog: Text = ""
    schema_: Text = Field("", alias="schema")


class Promise(_Lenient):
    """A service level: latency 5 d."""

    property: Text = ""
    value: Text = ""
    unit: Text = ""


class Contract(_Lenient):
    """An ODCS document, 2.2 to 3.2."""

    id: Text
    name: Text = ""
    version: Text = ""
    description: Described = Description()
    servers: Annotated[tuple[Server, ...], BeforeValidator(_mappings)] = ()
    objects: Annotated[tuple[SchemaObject, ...], BeforeValidator(_mappings)] = Field((), alias="schema")
    promises: Annotated[tuple[Promise, ...], BeforeValidator(_mappings)] = Field((), alias="slaProperties")
    support: Annotated[tuple[Support, ...], BeforeValidator(_mappings)] = ()
    context: Contextual = Context()
    team: Owned = Team()


def custom(properties: Sequence[Property], key: str) -> Any:
    """The value of a custom property; None when there is none."""
    return next((found.value for found in properties if found.property == key), None)
