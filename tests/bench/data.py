"""Data that nobody on this project wrote. It lies beside the repository, never in it."""

import gzip
import json
import os
import random
import re
from dataclasses import dataclass
from pathlib import Path

from tests.bench.machine import ROOT

SEED = 20261124


class NoData(Exception):
    """The data folder is not there; the message says where it was looked for."""


@dataclass(frozen=True, slots=True)
class Collection:
    """Texts by id, and questions, each with the ids of the texts that answer it."""

    name: str
    texts: dict[str, str]
    questions: list[tuple[str, frozenset[str]]]


def folder() -> Path:
    """Return the data folder: MARU_BENCH_DATA, else `shared/data` beside the checkout. Raises NoData."""
    place = Path(os.environ.get("MARU_BENCH_DATA", "").strip() or ROOT.parent / "shared" / "data")
    if not place.is_dir():
        raise NoData("set MARU_BENCH_DATA to the data folder")
    return place


def korquad(most: int) -> Collection:
    """Return KorQuAD's paragraphs and a seeded sample of `most` of its questions."""
    path = existing("korquad1/KorQuAD_v1.0_dev.json.gz")
    articles = json.loads(gzip.decompress(path.read_bytes()))["data"]
    texts: dict[str, str] = {}
    questions = []
    for paragraph in (paragraph for article in articles for paragraph in article["paragraphs"]):
        name = f"p{len(texts)}"
        texts[name] = paragraph["context"]
        questions += [(one["question"], frozenset({name})) for one in paragraph["qas"]]
    random.Random(SEED).shuffle(questions)
    return Collection("KorQuAD", texts, questions[:most])


def cranfield() -> Collection:
    """Return Cranfield's abstracts and all its queries; a judgement above 0 counts as relevant."""
    raw = gzip.decompress(existing("cranfield/cran.all.1400.gz").read_bytes()).decode("latin-1").replace("\r", "")
    texts = dict(_abstract(block) for block in re.split(r"(?m)^\.I ", raw)[1:])
    asked = existing("cranfield/cran.qry").read_text(encoding="latin-1").replace("\r", "")
    queries = [" ".join(block.split("\n", 2)[2].split()) for block in re.split(r"(?m)^\.I ", asked)[1:]]
    relevant: dict[int, set[str]] = {}
    for line in existing("cranfield/cranqrel").read_text(encoding="latin-1").splitlines():
        parts = line.split()
        if len(parts) >= 3 and int(parts[2]) > 0 and parts[1] in texts:
            relevant.setdefault(int(parts[0]) - 1, set()).add(parts[1])  # queries are numbered by their order
    return Collection("Cranfield", texts, [(text, frozenset(relevant[at])) for at, text in enumerate(queries)])


def _abstract(block: str) -> tuple[str, str]:
    number, _, rest = block.partition("\n")
    title = _field(rest, r"(?ms)^\.T\n(.*?)^\.A")
    body = _field(rest, r"(?ms)^\.W\n(.*)\Z")
    body = body.removeprefix(title).strip() if title else body  # the abstract repeats its title
    return number.strip(), f"{title}\n{body}".strip() or "."


def _field(text: str, pattern: str) -> str:
    found = re.search(pattern, text)
    return " ".join(found.group(1).split()) if found else ""


def existing(name: str) -> Path:
    """Return a file or folder of the data. Raises NoData."""
    path = folder() / name
    if not path.exists():
        raise NoData(f"{name} is not in the data folder")
    return path
