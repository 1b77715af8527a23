"""What conversations remember: a LangGraph checkpointer on plain Redis.

Without it a conversation would need server modules to be remembered, and two replicas answering the same one would
overwrite each other in silence. One hash per (thread, namespace) and one script per operation:
  L                          id of the newest checkpoint
  T, U                       the turn that wrote it, and the checkpoint from before that turn ('' = none)
  O, N, W                    the turn and number of the run that may write; 1 when what an earlier one wrote was undone
  c NUL id                   checkpoint without its values, metadata, parent id
  v NUL id                   the value versions that belong to it: channel US version RS channel US version ...
  b NUL channel US version   one channel value
  w NUL id NUL task NUL n    one pending write
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, cast

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    WRITES_IDX_MAP,
    BaseCheckpointSaver,
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
    get_checkpoint_id,
    get_checkpoint_metadata,
)
from langgraph.checkpoint.serde.base import SerializerProtocol
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from redis.asyncio import Redis

from adapters.redis.client import reaching
from adapters.redis.script import Script, Word
from agents.errors import Overtaken

MONTH = 30 * 24 * 3600

Row = tuple[bytes, bytes, list[bytes], list[bytes | None], list[bytes], list[bytes]]


class RedisMemory(BaseCheckpointSaver[str]):
    """Keeps the state of conversations; implements ports.Memory too. Asynchronous only.

    ttl: seconds of silence after which a conversation is forgotten (0 = never). keep: how many checkpoints stay (None =
    all). cas: refuse, with Overtaken, a checkpoint whose parent is no longer the newest. A run whose config carries
    `turn` and `run`, its number within the turn, beside `thread_id` can be undone until it is settled; what it sends
    is refused from then on, and once a later run has read, however late it arrives.
    """

    def __init__(
        self,
        client: Redis,
        *,
        prefix: str = "findata",
        ttl: int = MONTH,
        keep: int | None = 1,
        cas: bool = True,
        serde: SerializerProtocol | None = None,
    ) -> None:
        # No class may be imported because stored bytes name it.
        super().__init__(serde=serde or JsonPlusSerializer(allowed_msgpack_modules=None))
        self.client, self.prefix, self.ttl, self.keep, self.cas = client, f"{prefix}:memory", ttl, keep or 0, cas
        self._put: Script[int | bytes] = Script(client, "checkpoint_put")
        self._get: Script[Row | None] = Script(client, "checkpoint_get")
        self._writes: Script[int] = Script(client, "checkpoint_writes")
        self._turn: Script[int] = Script(client, "checkpoint_turn")

    # ── turns ─────────────────────────────────────────────────────────────────────────────────────────────────────

    async def rewind(self, conversation: str, turn_id: str, run: int) -> bool:
        """The conversation as it was before this turn, of which only `run` or a later one may now remember anything.

        True when an earlier run of it had come to its end. Raises Unavailable.
        """
        return bool(await self._turn([self._hash(conversation, "")], ["rewind", turn_id, self.ttl, run]))

    async def settle(self, conversation: str, turn_id: str) -> None:
        """Only the newest checkpoint stays. Raises Unavailable."""
        await self._turn([self._hash(conversation, "")], ["settle", turn_id, self.ttl, 0])

    async def forget(self, conversation: str) -> None:
        """Everything remembered is gone. Raises Unavailable."""
        with reaching("forget"):
            await self.adelete_thread(conversation)

    # ── writing ───────────────────────────────────────────────────────────────────────────────────────────────────

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Stores a checkpoint. Raises Overtaken when another run was faster, Unavailable."""
        where = config["configurable"]
        thread, namespace, parent = where["thread_id"], where.get("checkpoint_ns", ""), where.get("checkpoint_id") or ""
        if namespace:
            await self._remember_namespace(thread, namespace)
        told = get_checkpoint_metadata(config, metadata)
        body = {key: value for key, value in checkpoint.items() if key != "channel_values"}
        args: list[Word] = [checkpoint["id"], parent, int(self.cas), self.ttl, self.keep]
        args += [self._pack((body, told, parent)), _versions(checkpoint), *_run(config)]
        stored = await self._put([self._hash(thread, namespace)], args + self._values(checkpoint, new_versions))
        if stored != 1:
            raise Overtaken(f"{thread} has moved on to {stored!r}")
        return _config(thread, namespace, checkpoint["id"])

    def _values(self, checkpoint: Checkpoint, new_versions: ChannelVersions) -> list[Word]:
        values = checkpoint["channel_values"]
        return [
            word
            for channel, version in new_versions.items()
            if channel in values
            for word in (f"b\0{channel}\x1f{version}", self._pack(values[channel]))
        ]

    async def _remember_namespace(self, thread: str, namespace: str) -> None:
        key = self._namespaces(thread)
        with reaching("namespace"):
            await self.client.sadd(key, namespace)
            if self.ttl:
                await self.client.expire(key, self.ttl)

    async def aput_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        """Stores a task's writes; special channels overwrite, of others the first stays. Raises Unavailable."""
        where = config["configurable"]
        args: list[Word] = [self.ttl, *_run(config)]
        for position, (channel, value) in enumerate(writes):
            index = WRITES_IDX_MAP.get(channel, position)
            field = f"w\0{where['checkpoint_id']}\0{task_id}\0{index}"
            args += [field, self._pack((task_id, channel, value)), int(index < 0)]
        if writes:
            await self._writes([self._hash(where["thread_id"], where.get("checkpoint_ns", ""))], args)

    async def adelete_thread(self, thread_id: str) -> None:
        """Forgets a thread, all namespaces of it."""
        members = await self._members(thread_id)
        hashes = [self._hash(thread_id, namespace) for namespace in ("", *members)]
        await self.client.unlink(self._namespaces(thread_id), *hashes)

    # ── reading ───────────────────────────────────────────────────────────────────────────────────────────────────

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """The checkpoint named in the config, else the newest; None when there is none. Raises Unavailable."""
        where, wanted = config["configurable"], get_checkpoint_id(config) or ""
        return await self._load(where["thread_id"], where.get("checkpoint_ns", ""), wanted, _run(config))

    async def _load(
        self, thread: str, namespace: str, wanted: str, run: tuple[str, str] = ("", "")
    ) -> CheckpointTuple | None:
        row = await self._get([self._hash(thread, namespace)], [wanted, self.ttl, *run])
        if not row:
            return None
        found, payload, value_fields, values, write_fields, writes = row
        body, metadata, parent = self._unpack(payload)
        ordered = sorted(zip(write_fields, writes, strict=True), key=lambda pair: _task_and_index(pair[0]))
        return CheckpointTuple(
            config=_config(thread, namespace, found.decode()),
            checkpoint=cast("Checkpoint", {**body, "channel_values": self._channels(value_fields, values)}),
            metadata=metadata,
            parent_config=_config(thread, namespace, parent) if parent else None,
            pending_writes=[tuple(self._unpack(raw)) for _, raw in ordered],
        )

    def _channels(self, fields: Sequence[bytes], values: Sequence[bytes | None]) -> Mapping[str, object]:
        return {
            field[2:].split(b"\x1f")[0].decode(): self._unpack(value)
            for field, value in zip(fields, values, strict=True)
            if value is not None
        }

    async def alist(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,  # noqa: A002  the base class's name
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[CheckpointTuple]:
        """Newest first. `config=None` scans every thread: for maintenance, never for a user's request."""
        given = 0
        for found, thread, namespace in sorted(await self._rows(config, before), reverse=True):
            if limit is not None and given >= limit:
                return
            entry = await self._load(thread, namespace, found)
            if entry is None or any(entry.metadata.get(key) != value for key, value in (filter or {}).items()):
                continue
            given += 1
            yield entry

    async def _rows(self, config: RunnableConfig | None, before: RunnableConfig | None) -> list[tuple[str, str, str]]:
        older_than = get_checkpoint_id(before) if before else None
        only = get_checkpoint_id(config) if config else None
        return [
            (found, thread, namespace)
            for thread, namespace in await self._targets(config)
            for found in await self._ids(thread, namespace)
            if (not older_than or found < older_than) and (not only or found == only)
        ]

    async def _targets(self, config: RunnableConfig | None) -> list[tuple[str, str]]:
        if config is None:
            return await self._everything()
        where = config["configurable"]
        thread = where["thread_id"]
        if where.get("checkpoint_ns") is not None:
            return [(thread, where["checkpoint_ns"])]
        return [(thread, ""), *((thread, namespace) for namespace in await self._members(thread))]

    async def _everything(self) -> list[tuple[str, str]]:
        start = f"{self.prefix}:{{"
        targets = []
        async for key in self.client.scan_iter(match=start + "*", count=500):
            thread, _, namespace = key.decode()[len(start) :].partition("}:")
            targets.append((thread, namespace))
        return targets

    async def _members(self, thread: str) -> list[str]:
        return [cast("bytes", member).decode() for member in await self.client.smembers(self._namespaces(thread))]

    async def _ids(self, thread: str, namespace: str) -> list[str]:
        fields = cast("list[bytes]", await self.client.hkeys(self._hash(thread, namespace)))
        return [field[2:].decode() for field in fields if field[:2] == b"c\0"]

    # ── keys, bytes, versions ─────────────────────────────────────────────────────────────────────────────────────

    def get_next_version(self, current: str | None, channel: None = None) -> str:
        """Counter plus a random part: two runs of one thread never share a value's version, so never its bytes."""
        count = int(str(current).split(".")[0]) if current else 0
        return f"{count + 1:032}.{secrets.randbits(53):016}"

    def _hash(self, thread: str, namespace: str) -> str:
        return f"{self.prefix}:{{{thread}}}:{namespace}"

    def _namespaces(self, thread: str) -> str:
        return f"{self.prefix}-namespaces:{{{thread}}}"

    def _pack(self, value: object) -> bytes:
        kind, data = self.serde.dumps_typed(value)
        return kind.encode() + b"\0" + data

    def _unpack(self, raw: bytes) -> Any:
        kind, _, data = raw.partition(b"\0")
        return self.serde.loads_typed((kind.decode(), data))


def _run(config: RunnableConfig) -> tuple[str, str]:
    """The turn that this is a run of, and the run's number; empty for whoever runs no turn."""
    where = config["configurable"]
    return where.get("turn", ""), f"{where.get('run', '')}"


def _versions(checkpoint: Checkpoint) -> str:
    return "\x1e".join(f"{channel}\x1f{version}" for channel, version in checkpoint["channel_versions"].items())


def _config(thread: str, namespace: str, checkpoint_id: str) -> RunnableConfig:
    return {"configurable": {"thread_id": thread, "checkpoint_ns": namespace, "checkpoint_id": checkpoint_id}}


def _task_and_index(field: bytes) -> tuple[bytes, int]:
    _, _, task, index = field.split(b"\0")
    return task, int(index)
