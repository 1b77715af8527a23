"""Asks the owners of tables for access, as the asker, through Unity Catalog's own requests.

Without it "not yours to see" would end in a name to write to instead of a request that is on its way.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from adapters.databricks.client import Workspace
from agents.domain import TableRef, User
from agents.errors import NotFound

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient
    from databricks.sdk.service.catalog import AccessRequestDestinations

LONGEST, MOST = 200, 30  # characters of a purpose and tables of one request, by the API's own limits
PRIVILEGE = "SELECT"


async def request_access(workspace: Workspace, user: User, refs: Sequence[TableRef], purpose: str) -> tuple[str, ...]:
    """Asks to read these tables; answers who was asked, as far as the asker may know: addresses, channels, URLs.

    Raises NotFound where a table does not exist for the asker or nobody takes requests for it, NotConnected, Refused,
    Unavailable.
    """
    wanted = list(dict.fromkeys(refs))[:MOST]
    ask = functools.partial(_ask, refs=wanted, purpose=" ".join(purpose.split())[:LONGEST])
    return await workspace.call(user, ask, repeat=False)


def _ask(client: WorkspaceClient, refs: Sequence[TableRef], purpose: str) -> tuple[str, ...]:
    from databricks.sdk.service.catalog import CreateAccessRequest, Securable, SecurablePermissions, SecurableType

    tables = [
        SecurablePermissions(permissions=[PRIVILEGE], securable=Securable(full_name=str(ref), type=SecurableType.TABLE))
        for ref in refs
    ]
    request = CreateAccessRequest(comment=purpose or None, securable_permissions=tables)
    answered = client.rfa.batch_create_access_requests(requests=[request]).responses or ()
    told = [places for answer in answered for places in answer.request_destinations or ()]
    if not any(places.destinations or places.are_any_destinations_hidden for places in told):
        raise NotFound("nobody takes requests for these tables", reason="no_access_requests")
    return tuple(dict.fromkeys(_addresses(told)))


def _addresses(told: Iterable[AccessRequestDestinations]) -> Iterable[str]:
    for places in told:
        yield from (place.destination_id for place in places.destinations or () if place.destination_id)
