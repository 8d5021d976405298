"""Reads the `[reference]` table of the models file: with whose prices Maru's own are compared."""

import tomllib
from math import isfinite
from typing import Any

from bot.domain.errors import CatalogueInvalid
from bot.domain.money import DEFAULT_REFERENCE, Reference

_PRICES = ("usd_per_million_input", "usd_per_million_output")
_EMBEDDING = "usd_per_million_embedding"


def read_reference(text: str) -> Reference:
    """Return the reference of a models file, the default where it names none. Raises CatalogueInvalid."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CatalogueInvalid(f"The models file is not valid TOML: {error}. Correct it there.") from error
    return reference_of(document["reference"]) if "reference" in document else DEFAULT_REFERENCE


def reference_of(table: Any) -> Reference:
    """Return what the table says. Raises CatalogueInvalid with the field and the cure."""
    if not isinstance(table, dict):
        raise CatalogueInvalid("The models file must open the reference with [reference], in single brackets.")
    known = ("name", *_PRICES, _EMBEDDING)
    for field in table:
        if field not in known:
            raise CatalogueInvalid(f"Models file, reference, `{field}`: remove it, or write one of {', '.join(known)}.")
    name = table.get("name")
    if not isinstance(name, str) or not name.strip():
        raise CatalogueInvalid("Models file, reference, `name`: say whose prices these are, in quotes.")
    for field in _PRICES:
        if not _price(table.get(field)):
            raise CatalogueInvalid(f"Models file, reference, `{field}`: give dollars for a million tokens, 0 or more.")
    embedding = table.get(_EMBEDDING, DEFAULT_REFERENCE.usd_per_million_embedding)
    if not _price(embedding):
        raise CatalogueInvalid(f"Models file, reference, `{_EMBEDDING}`: give dollars for a million tokens, 0 or more.")
    return Reference(name.strip(), float(table[_PRICES[0]]), float(table[_PRICES[1]]), float(embedding))


def _price(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value) and value >= 0
