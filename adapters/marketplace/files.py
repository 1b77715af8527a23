"""A marketplace that is a folder of ODPS and ODCS files, such as a git checkout. Without it nothing runs offline."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeVar

import yaml
from pydantic import ValidationError

from adapters.marketplace.listing import Listing, Problem, Snapshot
from adapters.marketplace.plain_yaml import load
from adapters.marketplace.products import listing_of
from adapters.marketplace.standards import Contract, Product
from agents.errors import Unavailable

MAX_FILE: Final = 5_000_000
_SUFFIXES: Final = (".yaml", ".yml")

Stamp = tuple[int, int]
_Document = TypeVar("_Document", Product, Contract)


@dataclass(frozen=True, slots=True)
class _Read:
    """One file as last read."""

    stamp: Stamp
    document: Product | Contract | None = None
    problem: str = ""


@dataclass(slots=True)
class FilesBackend:
    """Reads `folder`, any depth. Files that did not change are not read again; a broken one costs only itself."""

    folder: Path
    environment: str = ""
    name: str = "files"
    _read: dict[Path, _Read] = field(default_factory=dict)

    async def fetch(self, cursor: str) -> Snapshot | None:
        """All products now; None when no file changed since `cursor`. Raises Unavailable without the folder."""
        return await asyncio.to_thread(self._fetch, cursor)

    def _fetch(self, cursor: str) -> Snapshot | None:
        try:
            stamps = dict(_stamps(self.folder))
        except OSError as error:
            raise Unavailable(f"marketplace folder cannot be read: {error}") from error
        now = hashlib.sha256(repr(sorted(stamps.items())).encode()).hexdigest()
        if now == cursor:
            return None
        self._read = {path: self._current(path, stamp) for path, stamp in stamps.items()}
        shelf = _Shelf(self.folder, self._read)
        return Snapshot(tuple(shelf.listings(self.environment)), tuple(shelf.problems()), now, as_of=datetime.now(UTC))

    def _current(self, path: Path, stamp: Stamp) -> _Read:
        known = self._read.get(path)
        return known if known is not None and known.stamp == stamp else _read(path, stamp)


def _stamps(folder: Path) -> Iterator[tuple[Path, Stamp]]:
    if not folder.is_dir():
        raise FileNotFoundError(folder.name)
    for path in sorted(folder.rglob("*")):
        if path.suffix in _SUFFIXES and not any(part.startswith(".") for part in path.relative_to(folder).parts):
            found = path.stat()
            yield path, (found.st_mtime_ns, found.st_size)


def _read(path: Path, stamp: Stamp) -> _Read:
    if stamp[1] > MAX_FILE:
        return _Read(stamp, problem="larger than 5 MB")
    try:
        return _Read(stamp, document_of(load(path.read_text(encoding="utf-8"))))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        return _Read(stamp, problem=f"{'.'.join(map(str, first['loc']))}: {first['msg']}")
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        return _Read(stamp, problem=" ".join(str(error).split())[:300] or type(error).__name__)


def document_of(found: Any) -> Product | Contract | None:
    """The product or contract a parsed document is; None for something else. Raises ValueError when it is broken."""
    if not isinstance(found, dict):
        raise ValueError("not a mapping")  # noqa: TRY004 (a broken file, not a programming error)
    kind = found.get("kind")
    if kind == "DataProduct":
        return Product.model_validate(found)
    if kind == "DataContract":
        return Contract.model_validate(found)
    if "opendataproducts.org" in str(found.get("schema", "")):
        raise ValueError("an Open Data Product Specification 4 document: not read, the Bitol standard is")
    return None


@dataclass(frozen=True, slots=True)
class _Shelf:
    """The products and contracts of one reading, joined."""

    folder: Path
    read: Mapping[Path, _Read]

    def listings(self, environment: str) -> Iterator[Listing]:
        contracts = self._contracts()
        for product, _ in self._chosen(Product).values():
            ids = dict.fromkeys(port.contract for port in product.ports if port.contract)
            found = [contracts[key] for key in ids if key in contracts]
            yield listing_of(product, found, environment=environment)

    def problems(self) -> Iterator[Problem]:
        for path, read in self.read.items():
            if read.problem:
                yield Problem(self._where(path), read.problem)
        doubles = [*self._chosen(Product).items(), *self._chosen(Contract).items()]
        for key, (_, others) in doubles:
            if others:
                yield Problem(", ".join(map(self._where, others)), f"the id {key} is also in another file")
        yield from self._dangling()

    def _dangling(self) -> Iterator[Problem]:
        contracts = self._contracts()
        for product, _ in self._chosen(Product).values():
            for port in product.ports:
                if port.contract and port.contract not in contracts:
                    yield Problem(product.id, f"port {port.name}: no contract {port.contract}")

    def _contracts(self) -> dict[str, Contract]:
        """Contracts by id, and by file name and relative path where no id says the same."""
        found = {key: contract for key, (contract, _) in self._chosen(Contract).items()}
        for path, read in self.read.items():
            if isinstance(read.document, Contract):
                for key in (path.name, self._where(path), path.name.removesuffix(".odcs.yaml")):
                    found.setdefault(key, read.document)
        return found

    def _chosen(self, kind: type[_Document]) -> dict[str, tuple[_Document, list[Path]]]:
        """By id: the document with the highest version, and the paths of the others."""
        found: dict[str, list[tuple[_Document, Path]]] = {}
        for path, read in self.read.items():
            if isinstance(read.document, kind):
                found.setdefault(read.document.id, []).append((read.document, path))
        chosen: dict[str, tuple[_Document, list[Path]]] = {}
        for key, documents in found.items():
            documents.sort(key=lambda pair: _version(pair[0].version), reverse=True)
            chosen[key] = (documents[0][0], [path for _, path in documents[1:]])
        return chosen

    def _where(self, path: Path) -> str:
        return path.relative_to(self.folder).as_posix()


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d{1,9}", text)[:4])
