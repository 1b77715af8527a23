"""Spans of turns and of the agents in them, for whoever runs a collector. Off, and not imported, without one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from agents.ports import Claim
from bot.settings import WrongUsage

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter

SECOND = 1_000_000_000  # in the unit of spans


class Traces:
    """One span for each attempt at a turn and one in it for each agent: ids, times and outcomes, never content."""

    def __init__(self, provider: TracerProvider | None = None) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("findata") if provider else None

    @contextmanager
    def turn(self, claim: Claim) -> Iterator[None]:
        """Everything in this block belongs to this attempt."""
        if self._tracer is None:
            yield
            return
        told: dict[str, str | int] = {
            "findata.turn": claim.turn.id,
            "findata.conversation": claim.turn.conversation.key,
            "findata.platform": claim.to.platform,
            "findata.attempt": claim.attempt,
        }
        # An exception's message may quote a question or a row.
        with self._tracer.start_as_current_span(
            "turn", attributes=told, record_exception=False, set_status_on_exception=False
        ):
            yield

    def ended(self, outcome: str) -> None:
        """What came of the turn whose block this is."""
        if self._tracer is not None:
            from opentelemetry.trace import get_current_span

            get_current_span().set_attribute("findata.outcome", outcome)

    def agent(self, name: str, seconds: float) -> None:
        """An agent has just ended, after so long."""
        if self._tracer is not None:
            now = time.time_ns()
            self._tracer.start_span(f"agent {name}", start_time=now - int(seconds * SECOND)).end(now)

    async def close(self) -> None:
        """Sends what is left."""
        if self._provider is not None:
            await asyncio.to_thread(self._provider.shutdown)


def to(endpoint: str) -> Traces:
    """Spans for an OTLP collector, such as http://collector:4318. Raises WrongUsage without the packages for it."""
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    except ImportError as error:
        raise WrongUsage("FINDATA_OTLP_ENDPOINT needs more packages: requirements/install.sh traces") from error
    return exported(OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces"))


def exported(exporter: SpanExporter) -> Traces:
    """Spans sent in the background, in batches."""
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=Resource.create({"service.name": "findata"}), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return Traces(provider)
