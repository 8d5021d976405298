"""Arithmetic as people write it, exact: `(1,200 + 300) × 12`, `15% of 200`, `3²`. No `eval`."""

import re
from collections.abc import Callable, Mapping
from fractions import Fraction

LONGEST = 200
"""Characters of an expression."""

_MOST_POWER = 64
_MOST_DIGITS = 200
_DEEPEST = 40
"""Parentheses in one another: each is five calls on Python's stack."""

_NUMBER = r"\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+"
_TOKEN = re.compile(rf"\s*(?:({_NUMBER})|(\*\*|[-+*/^()%×x·÷−–²³]|of\b|의))", re.IGNORECASE)
_SIGNS: Mapping[str, str] = {"×": "*", "x": "*", "X": "*", "·": "*", "÷": "/", "−": "-", "–": "-", "**": "^"}
_OPERATIONS: Mapping[str, Callable[[Fraction, Fraction], Fraction]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": lambda left, right: left / right,
}


class NoArithmetic(ValueError):
    """The text is no expression, or its value is out of reach; the message says where."""


def value_of(expression: str) -> Fraction:
    """Return the exact value of an expression of + - * / ^ ( ) % and `of`. Raises NoArithmetic."""
    if len(expression) > LONGEST:
        raise NoArithmetic(f"longer than {LONGEST} characters")
    reader = _Reader(_tokens(expression))
    value = reader.sum()
    if reader.next is not None:
        raise NoArithmetic(f"`{reader.next}` is not expected there")
    return value


def number_of(text: str) -> Fraction:
    """Return the number that a text is, commas allowed. Raises NoArithmetic."""
    if not re.fullmatch(rf"\s*[-−+]?\s*(?:{_NUMBER})\s*", text):
        raise NoArithmetic(f"`{text.strip()[:20]}` is no number")
    return Fraction(re.sub(r"[\s,]", "", text.replace("−", "-")))


def _tokens(expression: str) -> list[str]:
    tokens: list[str] = []
    position, end = 0, len(expression.rstrip())
    while position < end:
        found = _TOKEN.match(expression, position)
        if found is None:
            raise NoArithmetic(f"`{expression[position:].strip()[:10]}` is no arithmetic")
        tokens.append(found[1] or _SIGNS.get(found[2], found[2].lower()))
        position = found.end()
    return tokens


class _Reader:
    """Recursive descent: sum → product → power → sign → number, percent or parentheses."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens[::-1]
        self._depth = 0

    @property
    def next(self) -> str | None:
        """The token that comes, None at the end."""
        return self._tokens[-1] if self._tokens else None

    def sum(self) -> Fraction:
        """Read what + and - join."""
        value = self._product()
        while self.next in ("+", "-"):
            value = _bounded(_OPERATIONS[self._tokens.pop()](value, self._product()))
        return value

    def _product(self) -> Fraction:
        value = self._signed()
        while self.next in ("*", "/", "of", "의"):
            sign = self._tokens.pop()
            factor = self._signed()
            if sign == "/" and factor == 0:
                raise NoArithmetic("a division by zero")
            value = _bounded(_OPERATIONS.get(sign, _OPERATIONS["*"])(value, factor))
        return value

    def _signed(self) -> Fraction:
        if self.next in ("-", "+"):
            return -self._signed() if self._tokens.pop() == "-" else self._signed()
        return self._power()

    def _power(self) -> Fraction:
        base = self._single()
        if self.next in ("²", "³"):
            return _bounded(base ** (2 if self._tokens.pop() == "²" else 3))
        if self.next != "^":
            return base
        self._tokens.pop()
        exponent = self._signed()
        if exponent.denominator != 1 or abs(exponent) > _MOST_POWER or (base == 0 and exponent < 0):
            raise NoArithmetic("an exponent out of reach")
        return _bounded(base ** int(exponent))

    def _single(self) -> Fraction:
        token = self._tokens.pop() if self._tokens else ""
        if token == "(":
            self._depth += 1
            if self._depth > _DEEPEST:
                raise NoArithmetic("too many parentheses in one another")
            value = self.sum()
            self._depth -= 1
            if not self._tokens or self._tokens.pop() != ")":
                raise NoArithmetic("a parenthesis is not closed")
        elif token[:1].isdigit() or token[:1] == ".":
            value = Fraction(token.replace(",", ""))
        else:
            raise NoArithmetic(f"a number is missing before `{token}`" if token else "a number is missing at the end")
        if self.next == "%":
            self._tokens.pop()
            return value / 100
        return value


def _bounded(value: Fraction) -> Fraction:
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > _MOST_DIGITS * 4:
        raise NoArithmetic("a number out of reach")
    return value
