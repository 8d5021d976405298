"""Reads the models file: which models are served where, what each is for, and what it costs.

One mistake, one sentence: the entry, the field, and the cure. A file with a mistake is refused whole (law 9).
"""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from math import isfinite
from typing import Any, NoReturn
from urllib.parse import urlsplit

from bot.domain.errors import CatalogueInvalid
from bot.domain.models import ModelEntry
from bot.ensemble.reference import reference_of

_SIZES = ("small", "large")
_ENCODING_TASKS = frozenset({"embed", "rerank"})
_DEFAULT_TASKS: Mapping[str, tuple[str, ...]] = {
    "tgi": ("chat", "answer"),
    "openai": ("chat", "answer"),
    "tei": ("embed",),
}
_TASK = re.compile(r"[a-z0-9][a-z0-9_-]*")
_LANGUAGE = re.compile(r"[a-z]{2}")
_KEY = re.compile(r"[!-~]+")
_LONGEST_SECONDS = 3600

_Check = Callable[[Any], bool]


def _text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _string(value: Any) -> bool:
    return isinstance(value, str)


def _list_of(pattern: re.Pattern[str]) -> _Check:
    return lambda value: (
        isinstance(value, list) and all(isinstance(one, str) and pattern.fullmatch(one) for one in value)
    )


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def _price(value: Any) -> bool:
    return _number(value) and value >= 0


def _seconds(value: Any) -> bool:
    return _number(value) and 0 < value <= _LONGEST_SECONDS


def _whole(least: int) -> _Check:
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and value >= least


_FIELDS: Mapping[str, tuple[_Check, str]] = {
    "name": (_text, "give a name of your own, in quotes"),
    "kind": (lambda value: value in tuple(_DEFAULT_TASKS), 'write "tgi", "openai" (vLLM, SGLang, llama.cpp) or "tei"'),
    "urls": (lambda value: isinstance(value, list) and bool(value), 'list addresses, such as ["http://gpu-1:8080"]'),
    "served_name": (_text, "give the name that the server uses"),
    "size": (lambda value: value in _SIZES, 'write "small" or "large"'),
    "tasks": (lambda value: bool(value) and _list_of(_TASK)(value), 'list tasks or skills, such as ["chat", "answer"]'),
    "languages": (_list_of(_LANGUAGE), 'list ISO 639-1 codes, such as ["en", "ko"], or leave it out for any'),
    "context_tokens": (_whole(256), "give a whole number of tokens, 256 or more"),
    "max_in_flight": (_whole(1), "give a whole number of calls, 1 or more"),
    "first_token_seconds": (_seconds, f"give seconds, above 0 and at most {_LONGEST_SECONDS}"),
    "total_seconds": (_seconds, f"give seconds, above 0 and at most {_LONGEST_SECONDS}"),
    "gpu_hour_usd": (_price, "give dollars for an hour, 0 or more"),
    "usd_per_million_input": (_price, "give dollars for a million tokens, 0 or more"),
    "usd_per_million_output": (_price, "give dollars for a million tokens, 0 or more"),
    "api_key_env": (_text, "give the name of the environment variable that holds the key"),
    "hosted": (lambda value: isinstance(value, bool), "write true or false"),
    "query_prefix": (_string, "give the words that the model wants before a question"),
    "passage_prefix": (_string, "give the words that the model wants before a passage"),
}
_REQUIRED = ("name", "kind", "urls")
_TRANSLATED = ("name", "kind", "urls", "served_name", "tasks", "languages", "api_key_env")
_PLAIN = tuple(field for field in _FIELDS if field not in _TRANSLATED)


def parse(text: str, *, allow_hosted: bool, environment: Mapping[str, str]) -> tuple[ModelEntry, ...]:
    """Return the entries of a models file, in its order. Raises CatalogueInvalid.

    environment: where keys named by `api_key_env` are looked up; a key never shows in a message.
    """
    tables = _tables(text)
    entries: list[ModelEntry] = []
    for position, table in enumerate(tables, start=1):
        label = f"`{table['name']}`" if _text(table.get("name")) else f"number {position}"
        _check_fields(table, label)
        entry = _entry(table, label, environment)
        _check_beside(entry, entries, label)
        if entry.hosted and not allow_hosted:
            _refuse(
                label, "hosted", "text would leave the building: set MARU_ALLOW_HOSTED=true to allow it, or remove it"
            )
        entries.append(entry)
    if not any("answer" in entry.tasks for entry in entries):
        raise CatalogueInvalid('The models file has no model that answers: add one with tasks = ["chat", "answer"].')
    return tuple(entries)


def _tables(text: str) -> list[dict[str, Any]]:
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CatalogueInvalid(f"The models file is not valid TOML: {error}. Correct it there.") from error
    stray = next((key for key in document if key not in ("model", "reference")), None)
    if stray is not None:
        raise CatalogueInvalid(
            f"The models file has `{stray}` outside of a model: it may hold [[model]] tables and one [reference] only."
        )
    if "reference" in document:
        reference_of(document["reference"])
    tables = document.get("model", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise CatalogueInvalid("The models file must open each model with [[model]], in double brackets.")
    if not tables:
        raise CatalogueInvalid("The models file names no model: add a [[model]] table, see models.example.toml.")
    return tables


def _check_fields(table: Mapping[str, Any], label: str) -> None:
    for field in _REQUIRED:
        if field not in table:
            _refuse(label, field, f"it is missing: {_FIELDS[field][1]}")
    for field, value in table.items():
        if field not in _FIELDS:
            _refuse(label, field, f"there is no such field: remove it, or write one of {', '.join(_FIELDS)}")
        valid, cure = _FIELDS[field]
        if not valid(value):
            _refuse(label, field, cure)


def _entry(table: Mapping[str, Any], label: str, environment: Mapping[str, str]) -> ModelEntry:
    kind = table["kind"]
    entry = ModelEntry(
        name=table["name"],
        kind=kind,
        urls=tuple(_urls(table["urls"], label)),
        served_name=table.get("served_name", "tgi" if kind == "tgi" else table["name"]),
        tasks=tuple(table.get("tasks", _DEFAULT_TASKS[kind])),
        languages=tuple(table.get("languages", ())),
        api_key=_key(table, label, environment),
        **{field: table[field] for field in _PLAIN if field in table},
    )
    _check_tasks(entry, label)
    _check_price(entry, label)
    if kind == "tei" and len(entry.urls) > 1:
        _refuse(label, "urls", "a model of kind tei is asked at one address: give one, such as a load balancer's")
    if "first_token_seconds" not in table:
        return replace(entry, first_token_seconds=min(entry.first_token_seconds, entry.total_seconds))
    if entry.first_token_seconds > entry.total_seconds:
        _refuse(label, "first_token_seconds", f"it must not exceed total_seconds, which is {entry.total_seconds:g}")
    return entry


def _urls(values: list[Any], label: str) -> Iterator[str]:
    seen: set[str] = set()
    for value in values:
        if not isinstance(value, str) or (problem := _url_problem(value)) is not None:
            why = problem if isinstance(value, str) else "each must be a string"
            _refuse(label, "urls", f"{why}: give the server's root, such as http://gpu-1:8080")
        url = value.rstrip("/")
        if url in seen:
            _refuse(label, "urls", f"{url} is listed twice: list each server once")
        seen.add(url)
        yield url


def _url_problem(url: str) -> str | None:
    """Return what is wrong with an address; its text is left out where it may hold a password."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "one is no address"
    if "@" in parts.netloc:
        return "one holds a user or password; keys belong into api_key_env"
    if parts.scheme not in ("http", "https") or not host or re.search(r"\s", url):
        return f"{url!r} is no http:// or https:// address"
    if parts.query or parts.fragment or parts.path.rstrip("/").endswith("/completions"):
        return f"{url!r} names a route"
    return None


def _key(table: Mapping[str, Any], label: str, environment: Mapping[str, str]) -> str | None:
    name = table.get("api_key_env")
    if name is None:
        return None
    key = environment.get(name, "").strip()
    if not key:
        _refuse(label, "api_key_env", f"the variable {name} is not set: set it, or remove the line if no key is needed")
    if not _KEY.fullmatch(key):
        _refuse(label, "api_key_env", f"the variable {name} holds what cannot be sent as a key: set it to the bare key")
    return key


def _check_tasks(entry: ModelEntry, label: str) -> None:
    wrong = [task for task in entry.tasks if (task in _ENCODING_TASKS) != (entry.kind == "tei")]
    if wrong:
        can = "embed and rerank only" if entry.kind == "tei" else "anything but embed and rerank, which need kind tei"
        _refuse(label, "tasks", f"a model of kind {entry.kind} cannot do `{wrong[0]}`: it can do {can}")


def _check_beside(entry: ModelEntry, others: Sequence[ModelEntry], label: str) -> None:
    if any(other.name == entry.name for other in others):
        _refuse(label, "name", "two models have it: names must differ")
    if "embed" in entry.tasks and any("embed" in other.tasks for other in others):
        _refuse(label, "tasks", "another model embeds already, and vectors of two models cannot be compared: keep one")


def _check_price(entry: ModelEntry, label: str) -> None:
    tokens = (entry.usd_per_million_input, entry.usd_per_million_output)
    if entry.gpu_hour_usd is None and None in tokens:
        cure = "a model without a price is refused: give gpu_hour_usd (0 if it costs nothing), or "
        _refuse(label, "gpu_hour_usd", f"{cure}usd_per_million_input and usd_per_million_output, both")


def _refuse(label: str, field: str, cure: str) -> NoReturn:
    raise CatalogueInvalid(f"Models file, model {label}, `{field}`: {cure}.")
