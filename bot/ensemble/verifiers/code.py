"""Whether the code in a draft compiles: Python, JSON, TOML, SQL. Nothing is run.

Shell is not checked: no parser of it comes as a wheel of its own, and `bash -n` would be a process of the host.
"""

import json
import tomllib
from collections.abc import Callable, Mapping

from bot.ensemble.verifiers.fences import Block, blocks
from bot.ensemble.verifiers.verdict import Draft, Verdict, Verifier

LONGEST_CODE = 20_000
"""Characters; a parser's recursion has its limits, and nobody reads more in a chat."""

Check = Callable[[str], str | None]
"""Returns what is wrong with code, None if nothing."""


def python_fault(code: str) -> str | None:
    """Return why Python cannot compile the code."""
    try:
        compile(code, "<draft>", "exec", dont_inherit=True)
    except SyntaxError as error:
        return f"line {error.lineno}: {error.msg}"
    except (ValueError, RecursionError, MemoryError, OverflowError) as error:  # a null byte; nesting
        return str(error) or "nested too deeply"
    return None


def json_fault(code: str) -> str | None:
    """Return why the code is no JSON."""
    try:
        json.loads(code)
    except ValueError as error:
        return str(error)
    except RecursionError:
        return "nested too deeply"
    return None


def toml_fault(code: str) -> str | None:
    """Return why the code is no TOML."""
    try:
        tomllib.loads(code)
    except tomllib.TOMLDecodeError as error:
        return str(error)
    except RecursionError:
        return "nested too deeply"
    return None


CHECKS: Mapping[str, Check] = {
    **dict.fromkeys(("python", "py", "python3"), python_fault),
    "json": json_fault,
    "toml": toml_fault,
}
"""By the fence's language. SQL comes from verifiers/sql.py, for whoever can afford its parser."""


def compiles(checks: Mapping[str, Check] = CHECKS, *, wanted: bool = False) -> Verifier:
    """Return the verifier that compiles each fenced block whose language has a check, and refuses an unclosed one.

    wanted: refuse a draft without a block, too. What was not checked is said.
    """

    def verify(draft: Draft) -> Verdict:
        found = blocks(draft.text)
        if not found:
            return Verdict(not wanted, "no code block in the draft")
        said = []
        for number, block in enumerate(found, start=1):
            fault = _fault(block, checks)
            if fault is not None:
                return Verdict(False, f"block {number} ({block.language or 'no language'}) does not compile: {fault}")
            said.append(f"{block.language or 'code'} {'compiles' if block.language in checks else 'not checked'}")
        return Verdict(True, "; ".join(dict.fromkeys(said)))

    return verify


def _fault(block: Block, checks: Mapping[str, Check]) -> str | None:
    if not block.closed:
        return "it ends in the middle"
    check = checks.get(block.language)
    if check is None:
        return None
    return f"longer than {LONGEST_CODE} characters" if len(block.code) > LONGEST_CODE else check(block.code)
