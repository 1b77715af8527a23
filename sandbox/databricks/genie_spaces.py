"""Genie spaces: which tables a question may be about and who may ask there. Without them nobody could ask in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from sandbox.databricks.principals import ACCOUNT_USERS, Principal
from sandbox.mesh import Mesh, Product, Table


@dataclass(frozen=True, slots=True)
class Space:
    """The Genie space of a product. `readers` are groups it is shared with; empty: all account users."""

    id: str
    title: str
    description: str
    tables: tuple[Table, ...]
    questions: tuple[str, ...] = ()
    readers: tuple[str, ...] = ()


def spaces_of(mesh: Mesh) -> dict[str, Space]:
    """One space for each `genieSpaceId` that products declare; products that share one bring their tables together."""
    found: dict[str, Space] = {}
    for product in mesh.products:
        if product.space:
            space = _space(product)
            found[space.id] = _joined(found[space.id], space) if space.id in found else space
    return found


def _space(product: Product) -> Space:
    return Space(product.space, product.name, product.description, product.tables, product.questions, product.readers)


def _joined(one: Space, other: Space) -> Space:
    """Whoever may read one of the two may ask; what is not theirs the warehouse refuses."""
    tables = {table.full_name: table for table in (*one.tables, *other.tables)}
    shared = one.readers and other.readers
    return replace(
        one,
        tables=tuple(tables.values()),
        questions=(*one.questions, *other.questions),
        readers=(*one.readers, *other.readers) if shared else (),
    )


class Spaces:
    """The spaces of the workspace, as each asker may see them."""

    def __init__(self, mesh: Mesh, readable: Callable[[Principal, str], bool]) -> None:
        self._spaces = spaces_of(mesh)
        self._readable = readable

    def shared_with(self, asker: Principal) -> Iterator[Space]:
        """The spaces that this asker may ask in, in file order."""
        return (space for space in self._spaces.values() if self._open_to(space, asker))

    def get(self, asker: Principal, identifier: str) -> Space | None:
        """The space, or None when it does not exist or is not shared with the asker."""
        space = self._spaces.get(identifier)
        return space if space and self._open_to(space, asker) else None

    def _open_to(self, space: Space, asker: Principal) -> bool:
        readers = {reader.lower() for reader in space.readers or (ACCOUNT_USERS,)}
        if asker.admin or asker.identities & readers:
            return True
        return any(self._readable(asker, table.full_name) for table in space.tables)
