"""What the catalogue says of a model, and one call to one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """One `[[model]]` of models.toml (models.example.toml).

    served_name: what the server calls it. languages: empty = any; else ISO 639-1 codes the model can write.
    first_token_seconds, total_seconds: deadlines of one call.
    query_prefix, passage_prefix: what an embedding model wants before a text (E5: `query: `, `passage: `).
    """

    name: str
    kind: Literal["tgi", "openai", "tei"]
    urls: tuple[str, ...]
    served_name: str
    size: Literal["small", "large"] = "small"
    tasks: tuple[str, ...] = ("chat", "answer")
    languages: tuple[str, ...] = ()
    context_tokens: int = 4096
    max_in_flight: int = 32
    first_token_seconds: float = 20.0
    total_seconds: float = 60.0
    gpu_hour_usd: float | None = None
    usd_per_million_input: float | None = None
    usd_per_million_output: float | None = None
    api_key: str | None = field(default=None, repr=False)
    hosted: bool = False
    query_prefix: str = ""
    passage_prefix: str = ""


@dataclass(frozen=True, slots=True)
class ModelLoad:
    """How many calls to a model run now, and how many wait for a place."""

    in_flight: int = 0
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One message in the model's chat format."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """One call. temperature 0 is greedy. json_schema: what the reply must obey (validate it all the same).

    owner: for whom it is; where calls wait for a place at the model, people take turns.
    logprobs: whether the log-probability of each token is wanted.
    """

    messages: tuple[ChatMessage, ...]
    max_tokens: int = 256
    temperature: float = 0.0
    stop: tuple[str, ...] = ()
    json_schema: Mapping[str, Any] | None = None
    owner: str = ""
    logprobs: bool = False


@dataclass(frozen=True, slots=True)
class Usage:
    """How many tokens a call was, by the server's own count."""

    input_tokens: int
    output_tokens: int


@dataclass(frozen=True, slots=True)
class ChatDelta:
    """A piece of the model's text; the last one, perhaps empty, says why the model stopped (`stop` or `length`).

    logprobs: of the tokens in `text`, natural logarithm, where they were asked for.
    usage: with the last one, what the call was in tokens, where the server says it.
    replica: which server answers (host and port), with every piece: who stops reading early knows it, too.
    """

    text: str
    finish_reason: str | None = None
    logprobs: tuple[float, ...] = ()
    usage: Usage | None = None
    replica: str | None = None
