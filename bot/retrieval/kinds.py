"""What a file holds: told by its content, and held against its name, which may lie."""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath

from bot.domain.documents import Kind
from bot.domain.errors import DocumentUnreadable
from bot.domain.refusals import Why

CODE: Mapping[str, str] = {
    **{
        f".{one}": one
        for one in "c cc cpp cs css go java js jsx kt lua php proto rb rs scala sql swift ts tsx vue".split()
    },
    **{".h": "c", ".hpp": "cpp", ".py": "python", ".pyi": "python", ".sh": "sh", ".bash": "sh", ".ps1": "powershell"},
    **{".yaml": "yaml", ".yml": "yaml", ".toml": "toml", ".ini": "ini", ".tf": "hcl", ".gradle": "groovy"},
}
"""Endings of source code, and what the language is called behind a fence."""

_ENDINGS: Mapping[str, Kind] = {
    **dict.fromkeys((".md", ".markdown", ".txt", ".text", ".rst"), Kind.TEXT),
    **dict.fromkeys(CODE, Kind.CODE),
    **dict.fromkeys((".csv", ".tsv"), Kind.CSV),
    **dict.fromkeys((".html", ".htm", ".xhtml"), Kind.HTML),
    ".eml": Kind.EMAIL,
    ".pdf": Kind.PDF,
    ".docx": Kind.DOCX,
    ".pptx": Kind.PPTX,
    ".xlsx": Kind.XLSX,
}

ENDINGS = frozenset(_ENDINGS) | {""}
"""What a folder is searched for; a file that is named itself is read whatever it is called."""

_BY_CONTENT = frozenset({Kind.PDF, Kind.DOCX, Kind.PPTX, Kind.XLSX})
_PARTS: Mapping[bytes, Kind] = {
    b"word/document.xml": Kind.DOCX,
    b"ppt/presentation.xml": Kind.PPTX,
    b"xl/workbook.xml": Kind.XLSX,
}
"""A member that each Office file has; the archive's directory at its end names it in plain bytes."""

_HEAD = 1_024
_DIRECTORY = 1_000_000
_HTML = re.compile(rb"\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<(!doctype\s+html|html)\b", re.IGNORECASE | re.DOTALL)
_MAIL = re.compile(rb"(?:[!-9;-~]+:[^\n]*\n(?:[ \t][^\n]*\n)*){2}")


def kind_of(content: bytes, name: str, *, called: str = "") -> Kind:
    """Return the kind of a file. name: its path or link, for the refusal. called: what has its ending; else the name.

    Raises DocumentUnreadable: the name says something else than the content, or it is an archive or old Office file.
    """
    ending = PurePosixPath(called or name).suffix.lower()
    named, found = _ENDINGS.get(ending), _found(content, name)
    if named is Kind.PDF and b"%PDF-" in content[:_HEAD]:  # the format allows for something in front
        return named
    if found is None and named in _BY_CONTENT | {Kind.EMAIL}:
        if named is Kind.EMAIL and _MAIL.match(content):
            return named
        raise DocumentUnreadable(Why.LYING, name, named=ending, found="something else")
    if found is None:
        return named or Kind.TEXT
    if found is Kind.HTML and named is Kind.CODE:  # a template
        return named
    if named not in (None, found):
        raise DocumentUnreadable(Why.LYING, name, named=ending, found=found)
    return found


def _found(content: bytes, name: str) -> Kind | None:
    """Return what the first bytes say, None where they are any text."""
    if content.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        raise DocumentUnreadable(Why.OLD_OFFICE, name)
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        directory = content[-_DIRECTORY:]
        for part, kind in _PARTS.items():
            if part in directory:
                return kind
        raise DocumentUnreadable(Why.ARCHIVE, name)
    if content.startswith((b"\x1f\x8b", b"7z\xbc\xaf\x27\x1c", b"Rar!", b"BZh", b"\xfd7zXZ\0")):
        raise DocumentUnreadable(Why.ARCHIVE, name)
    if content[:_HEAD].lstrip().startswith(b"%PDF-"):
        return Kind.PDF
    return Kind.HTML if _HTML.match(content[:_HEAD].removeprefix(b"\xef\xbb\xbf")) else None
