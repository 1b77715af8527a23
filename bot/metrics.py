"""What operators watch. Without these figures a slow model or a long queue would first show in complaints."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from langchain_core.callbacks import AsyncCallbackHandler
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, LLMResult
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 180, 600)


class Metrics:
    """Prometheus figures of one process, in a registry of their own."""

    def __init__(self) -> None:
        registry = self.registry = CollectorRegistry()
        self.turns = Counter("findata_turns", "Turns that ended", ["platform", "outcome"], registry=registry)
        self.seconds = Histogram("findata_turn_seconds", "Claim to final reply", buckets=SECONDS, registry=registry)
        self.waited = Histogram("findata_turn_wait_seconds", "Post to claim", buckets=SECONDS, registry=registry)
        self.line = Histogram("findata_turn_line_seconds", "Claim to a free worker", buckets=SECONDS, registry=registry)
        self.agent = Histogram(
            "findata_agent_seconds",
            "Time in one agent (genie: its wait included)",
            ["agent"],
            buckets=SECONDS,
            registry=registry,
        )
        self.received = Counter("findata_received", "Turns handed in", ["platform", "outcome"], registry=registry)
        self.running = Gauge("findata_turns_running", "Turns that run or wait in this process", registry=registry)
        self.depth = Gauge("findata_queue_depth", "Turns that wait or run, in all processes", registry=registry)
        self.again = Counter("findata_attempts_again", "Turns begun again", ["why"], registry=registry)
        self.retries = Counter("findata_retries", "Calls repeated", ["what"], registry=registry)
        self.steps = Counter("findata_steps", "What agents said they do", ["agent", "step"], registry=registry)
        self.model_calls = Counter("findata_model_calls", "Calls of the chat model", ["outcome"], registry=registry)
        self.model_tokens = Counter("findata_model_tokens", "Tokens of the chat model", ["kind"], registry=registry)

    def text(self) -> bytes:
        """In Prometheus' text format."""
        return generate_latest(self.registry)


class ModelCalls(AsyncCallbackHandler):
    """Counts what LangChain asks of chat models."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    async def on_chat_model_start(
        self, serialized: dict[str, Any], messages: list[list[BaseMessage]], *, run_id: UUID, **kwargs: Any
    ) -> None:
        """Nothing to count yet; without this method LangChain would look for on_llm_start and complain."""

    async def on_llm_end(self, response: LLMResult, *, run_id: UUID, **kwargs: Any) -> None:
        """One call that was answered."""
        self._metrics.model_calls.labels("answered").inc()
        for generations in response.generations:
            for generation in generations:
                self._count(generation)

    async def on_llm_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """One call that failed."""
        self._metrics.model_calls.labels("failed").inc()

    def _count(self, generation: object) -> None:
        message = generation.message if isinstance(generation, ChatGeneration) else None
        if isinstance(message, AIMessage) and message.usage_metadata:
            self._metrics.model_tokens.labels("in").inc(message.usage_metadata["input_tokens"])
            self._metrics.model_tokens.labels("out").inc(message.usage_metadata["output_tokens"])
