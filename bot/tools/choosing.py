"""Which of any given tools a message asks for, and whether it says what that tool must be told. No model takes part.

Two questions, in this order. Is a fitting tool there? It is the one with the nearest description, if that leads the
others clearly. Does the message say what the tool requires? Days, hours, numbers and addresses are read by closed
forms; whatever else is required must stand in words that neither the tool's own description nor a request explains.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from bot.ports.analyser import Analyser
from bot.ports.embedder import Embedder
from bot.tools.values import Kind, kind_of, said, spelled_out

Decision = Literal["call", "ask", "refuse"]
DECISIONS: tuple[Decision, ...] = get_args(Decision)

LEAD = 0.0425
"""Cosine by which a fitting description is nearer than the mean of the others, for multilingual-e5-small. Read off 193
messages of our own to 28 tools (tests/bench/tool_messages.json): whether a tool fits is judged rightly in 178."""

ALONE = 0.86
"""Cosine from which a tool that is offered alone fits: there is nothing to lead. An estimate, not measured."""

_STANDS_FOR: Mapping[Kind, tuple[Kind, ...]] = {"code": ("code", "number"), "text": ("text", "quote", "code")}
"""What may fill a slot beside its own kind; of the others only their own."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One thing that a tool is told. words: its name and what it says of itself."""

    name: str
    words: str
    kind: Kind
    required: bool


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool as it describes itself."""

    name: str
    description: str
    parameters: tuple[Parameter, ...]

    @property
    def words(self) -> tuple[str, ...]:
        """All that it says of itself."""
        return (self.description, *(one.words for one in self.parameters))


@dataclass(frozen=True, slots=True)
class Choice:
    """What to do. tool: the fitting one, None where none fits. missing: parameters to ask for. lead: cosine."""

    decision: Decision
    tool: str | None
    missing: tuple[str, ...]
    lead: float


def read_tool(function: Mapping[str, Any]) -> Tool:
    """Return the tool that an OpenAI function schema describes. Raises KeyError, TypeError, AttributeError."""
    parameters = function.get("parameters") or {}
    required = parameters.get("required") or ()
    found = (parameters.get("properties") or {}).items()
    return Tool(
        str(function["name"]),
        str(function.get("description") or function["name"]),
        tuple(_parameter(name, schema, required=name in required) for name, schema in found),
    )


def choose(text: str, tools: Sequence[Tool], *, embedder: Embedder, analyser: Analyser) -> Choice:
    """Choose for what a person said on one matter, of several messages a line each. Raises EncoderUnavailable."""
    if not tools:
        return Choice("refuse", None, (), 0.0)
    wanted, *described = np.array(embedder.embed([text, *(one.description for one in tools)], kind="query"))
    near = np.array(described) @ wanted
    best = int(near.argmax())
    lead = float(near[best] - np.delete(near, best).mean()) if len(tools) > 1 else float(near[best]) - ALONE + LEAD
    if lead < LEAD:
        return Choice("refuse", None, (), lead)
    missing = lacking(text, tools[best], analyser=analyser)
    return Choice("ask" if missing else "call", tools[best].name, missing, lead)


def lacking(text: str, tool: Tool, *, analyser: Analyser) -> tuple[str, ...]:
    """Return which required parameters a text does not tell, as far as counting shows: who tells two of three texts
    lacks the last. Raises EncoderUnavailable."""
    left = said(text, explained=tool.words, analyser=analyser)
    missing = []
    for one in tool.parameters:
        if not one.required or one.kind == "flag":
            continue
        filling = next((kind for kind in _STANDS_FOR.get(one.kind, (one.kind,)) if left[kind] > 0), None)
        if filling is None:
            missing.append(one.name)
        else:
            left[filling] -= 1
    return tuple(missing)


def _parameter(name: str, schema: Mapping[str, Any], *, required: bool) -> Parameter:
    words = f"{spelled_out(name)} {schema.get('description') or ''}".strip()
    return Parameter(name, words, kind_of(words, str(schema.get("type") or "string")), required)
