"""The child process: a file on standard input, a JSON object on standard output. It holds no secret and no socket."""

import gc
import json
import re
import sys
import zlib
from collections.abc import Callable, Mapping
from importlib import import_module

from bot.domain.documents import Kind, Parsed
from bot.domain.refusals import Why
from integrations.documents.archive import unpackable
from integrations.documents.limits import Limits, Refused
from integrations.documents.parser import confine

READERS: Mapping[Kind, str] = {
    Kind.PDF: "integrations.documents.pdf",
    Kind.DOCX: "integrations.documents.word",
    Kind.PPTX: "integrations.documents.slides",
    Kind.XLSX: "integrations.documents.sheets",
    Kind.CSV: "integrations.documents.separated",
    Kind.HTML: "integrations.documents.web_page",
    Kind.EMAIL: "integrations.documents.mail",
}
"""Each module has `read(content, limits) -> Parsed`; only the one that is needed is loaded."""

LONGEST_REASON = 120

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")


def main() -> None:
    """Read, and say how it went; dying by a signal says the rest."""
    limits, kind = Limits(**json.loads(sys.argv[1])), Kind[sys.argv[2]]
    confine(limits)
    json.dump(answer(sys.stdin.buffer.read(), kind, limits=limits), sys.stdout, ensure_ascii=False)
    sys.stdout.flush()


def answer(content: bytes, kind: Kind, *, limits: Limits) -> Mapping[str, object]:
    """Return the pages, or why there are none."""
    try:
        if kind in (Kind.DOCX, Kind.PPTX, Kind.XLSX):
            unpackable(content, limits)
        read: Callable[[bytes, Limits], Parsed] = import_module(READERS[kind]).read
        parsed = read(content, limits)
        pages = [(_clean(page.text), page.number) for page in parsed.pages if page.text.strip()]
        if not pages:
            raise Refused(Why.NO_TEXT)
        return {"pages": pages, "title": _clean(parsed.title or "").strip() or None, "unread": parsed.unread}
    except Refused as refusal:
        return {"why": refusal.why, "facts": refusal.facts}
    except (MemoryError, zlib.error) as error:
        gc.collect()
        return {"why": Why.TOO_HEAVY if isinstance(error, MemoryError) else Why.DAMAGED, "facts": {"reason": "broken"}}
    except Exception as error:  # noqa: BLE001  # the edge of the process: a parser may raise anything over a broken file
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        return {"why": Why.DAMAGED, "facts": {"reason": reason[:LONGEST_REASON]}}


def _clean(text: str) -> str:
    """Return what a database keeps and UTF-8 can say: no control characters, no halves of characters."""
    return _CONTROL.sub("", text).encode("utf-8", "replace").decode("utf-8")


if __name__ == "__main__":
    main()
