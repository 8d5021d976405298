"""Whether a reply is JSON of the schema that was asked for: servers promise it, and some ignore the schema silently.

The keywords that Maru sends, and no others: a schema with another is refused when the verifier is made, so that nothing
is believed to be checked which is not. Formats, `pattern` and references stay out: what a command's value may be is
checked by the code that runs it.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from math import isfinite
from typing import Any, TypeAlias

from bot.ensemble.verifiers.fences import bare
from bot.ensemble.verifiers.verdict import Draft, Judged, Verdict

Schema: TypeAlias = Mapping[str, Any]

_TYPES: Mapping[str, Callable[[Any], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "integer": lambda value: (isinstance(value, int) and not isinstance(value, bool)) or _whole(value),
}
_ANNOTATIONS = frozenset({"title", "description", "$schema", "default", "examples"})


def json_of(schema: Schema) -> Callable[[Draft], Judged[Any]]:
    """Return the judge that accepts JSON of this schema and returns it parsed. Raises ValueError for a schema with a
    keyword that is not checked here.
    """
    _known(schema)

    def judge(draft: Draft) -> Judged[Any]:
        text = bare(draft.text)
        try:
            value = json.loads(text, parse_constant=_no_constant, object_pairs_hook=_no_twins)
        except json.JSONDecodeError as error:
            half = not draft.finished or error.pos >= len(text) or error.msg.startswith("Unterminated")
            return Judged(Verdict(False, "the reply is half a JSON" if half else f"the reply is no JSON: {error}"))
        except (ValueError, RecursionError) as error:
            return Judged(Verdict(False, f"the reply is no JSON: {error}"))
        fault = _fault(value, schema, "reply")
        if fault is not None:
            return Judged(Verdict(False, fault))
        return Judged(Verdict(True, "JSON of the schema"), value)

    return judge


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a field stands there twice")
    return found


def _known(schema: Schema) -> None:
    strange = [keyword for keyword in schema if keyword not in _CHECKS and keyword not in _ANNOTATIONS]
    if strange:
        raise ValueError(f"This schema has `{strange[0]}`, which is not checked: leave it out, or teach it here.")
    kinds = schema.get("type", ())
    if not set([kinds] if isinstance(kinds, str) else kinds) <= set(_TYPES):
        raise ValueError(f"This schema has a type {kinds!r}, which JSON does not know.")
    for inner in _inner(schema):
        _known(inner)


def _inner(schema: Schema) -> Iterator[Schema]:
    yield from schema.get("properties", {}).values()
    yield from (*schema.get("anyOf", ()), *schema.get("oneOf", ()))
    yield from (schema[name] for name in ("items", "additionalProperties") if isinstance(schema.get(name), Mapping))


def _fault(value: Any, schema: Schema, where: str) -> str | None:
    """Return the first thing that is wrong, and where; None if nothing."""
    for keyword, wanted in schema.items():
        check = _CHECKS.get(keyword)
        fault = check(value, wanted, schema, where=where) if check is not None else None
        if fault is not None:
            return fault
    return None


def _type(value: Any, wanted: Any, schema: Schema, *, where: str) -> str | None:
    names = [wanted] if isinstance(wanted, str) else wanted
    return None if any(_TYPES[name](value) for name in names) else f"{where} is no {' or '.join(names)}"


def _enum(value: Any, wanted: Any, schema: Schema, *, where: str) -> str | None:
    return None if any(_same(value, one) for one in wanted) else f"{where} is none of {json.dumps(wanted)[:80]}"


def _const(value: Any, wanted: Any, schema: Schema, *, where: str) -> str | None:
    return None if _same(value, wanted) else f"{where} is not {json.dumps(wanted)[:80]}"


def _same(left: Any, right: Any) -> bool:
    """Compare as JSON does: true is not 1."""
    return left == right and isinstance(left, bool) == isinstance(right, bool)


def _required(value: Any, wanted: Any, schema: Schema, *, where: str) -> str | None:
    missing = [name for name in wanted if isinstance(value, dict) and name not in value]
    return f"{where} lacks `{missing[0]}`" if missing else None


def _properties(value: Any, wanted: Any, schema: Schema, *, where: str) -> str | None:
    if not isinstance(value, dict):
        return None
    faults = (_fault(value[name], one, f"{where}.{name}") for name, one in wanted.items() if name in value)
    return next((fault for fault in faults if fault), None)


def _additional(value: Any, wanted: Any, schema: Schema, *, where: str) -> str | None:
    if not isinstance(value, dict) or wanted is True:
        return None
    more = [name for name in value if name not in schema.get("properties", {})]
    if wanted is False:
        return f"{where} has a field `{more[0]}` that nobody asked for" if more else None
    return next((fault for name in more if (fault := _fault(value[name], wanted, f"{where}.{name}"))), None)


def _items(value: Any, wanted: Any, schema: Schema, *, where: str) -> str | None:
    if not isinstance(value, list):
        return None
    faults = (_fault(one, wanted, f"{where}[{number}]") for number, one in enumerate(value))
    return next((fault for fault in faults if fault), None)


def _any_of(value: Any, wanted: Any, schema: Schema, *, where: str) -> str | None:
    faults = [_fault(value, one, where) for one in wanted]
    return faults[0] if None not in faults else None


def _one_of(value: Any, wanted: Any, schema: Schema, *, where: str) -> str | None:
    faults = [_fault(value, one, where) for one in wanted]
    if faults.count(None) == 1:
        return None
    return f"{where} fits several forms at once" if None in faults else faults[0]


def _limit(kind: type | tuple[type, ...], fits: Callable[[Any, Any], bool], words: str) -> Callable[..., str | None]:
    def check(value: Any, wanted: Any, schema: Schema, *, where: str) -> str | None:
        counted = isinstance(value, kind) and not isinstance(value, bool)
        return f"{where} {words} {wanted}" if counted and not fits(value, wanted) else None

    return check


def _whole(value: Any) -> bool:
    return isinstance(value, float) and isfinite(value) and value.is_integer()


_CHECKS: Mapping[str, Callable[..., str | None]] = {
    "type": _type,
    "enum": _enum,
    "const": _const,
    "required": _required,
    "properties": _properties,
    "additionalProperties": _additional,
    "items": _items,
    "anyOf": _any_of,
    "oneOf": _one_of,
    "minItems": _limit(list, lambda value, least: len(value) >= least, "has fewer items than"),
    "maxItems": _limit(list, lambda value, most: len(value) <= most, "has more items than"),
    "minLength": _limit(str, lambda value, least: len(value) >= least, "is shorter than"),
    "maxLength": _limit(str, lambda value, most: len(value) <= most, "is longer than"),
    "minimum": _limit((int, float), lambda value, least: value >= least, "is below"),
    "maximum": _limit((int, float), lambda value, most: value <= most, "is above"),
}
