"""The made-up people of the sandbox: without them there would be nobody to be refused anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.databricks.grants import METASTORE, Grants, Mask, RowFilter
from sandbox.databricks.metastore import OWNER, Metastore
from sandbox.databricks.principals import ACCOUNT_USERS, ADMINS

if TYPE_CHECKING:
    from sandbox.databricks.workspace import Workspace
    from sandbox.mesh import Mesh

# (name before the @, shown as, groups beyond "account users")
PERSONAS = (
    ("analyst", "Ana Lyst", ("analysts", "sales", "finance")),
    ("trader", "Tara Trader", ("traders", "trading_readers")),
    ("hr-analyst", "Henri Ressources", ("hr", "hr_readers", "pii-readers")),
    ("plant-engineer", "Paul Plant", ("plant-engineers", "operations", "maintenance")),
    ("germany", "Greta Germany", ("analysts", "sales", "finance", "only-germany")),
    ("newcomer", "Nora Newcomer", ()),
    ("admin", "Ada Admin", (ADMINS,)),
)
STRANGER = "contractor"  # not even one of the account's users: sees nothing
SERVICES = (("findata-app", "findata"), ("crawler", "Catalogue crawler"))
DEFAULT_TOKEN = "sandbox-analyst"  # noqa: S105 - a development token, good only on this machine

PII_READERS = "pii-readers"
ONLY_GERMANY = "only-germany"
GERMANY = ("Germany", "Allemagne", "DE", "DEU")
COUNTRY = "country"


def settle(workspace: Workspace) -> None:
    """Gives everybody a name, a token and the rights that the contracts' roles promise them."""
    for name, shown, groups in PERSONAS:
        person = workspace.people.add(f"{name}@example.org", shown, (ACCOUNT_USERS, *groups))
        workspace.tokens.issue(person, token=f"sandbox-{name}")
    workspace.add_user(STRANGER, groups=())
    for name, shown in SERVICES:
        principal = workspace.people.add(name, shown, (ACCOUNT_USERS,), service=True)
        workspace.tokens.issue(principal, token=f"sandbox-{name}")
    workspace.people.add(OWNER, "Data platform", (ACCOUNT_USERS,))
    grant_as_promised(workspace.grants, workspace.mesh)
    protect(workspace.grants, workspace.metastore)


def grant_as_promised(grants: Grants, mesh: Mesh) -> None:
    """Everybody may browse; a product's readers may read its tables, everybody when it names none."""
    grants.give("METASTORE", METASTORE, ADMINS, ["ALL_PRIVILEGES", "MANAGE"])
    for catalog in {table.catalog for table in mesh.tables}:
        grants.give("CATALOG", catalog, ACCOUNT_USERS, ["BROWSE"])
    for product in mesh.products:
        for table in product.tables:
            for group in product.readers or (ACCOUNT_USERS,):
                grants.let_read(group, table.full_name)


def protect(grants: Grants, metastore: Metastore) -> None:
    """Personal columns are masked for all but those who need them; one group sees one country's rows only."""
    for relation in metastore.tables.values():
        for column in relation.table.columns:
            if dict(column.tags).get("class.pii") == "true":
                grants.mask_column(
                    Mask(
                        relation.full_name, column.name, PII_READERS, function=_function(relation.full_name, "mask_pii")
                    )
                )
            if column.name.lower() == COUNTRY:
                function = _function(relation.full_name, "own_country")
                grants.filter_rows(RowFilter(relation.full_name, column.name, {ONLY_GERMANY: GERMANY}, function))


def _function(table: str, name: str) -> str:
    return f"{table.split('.', maxsplit=1)[0]}.security.{name}"
