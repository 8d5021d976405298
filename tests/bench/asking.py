"""`make up` and `maru ask` as a person meets them: how long to ready, to a sign of life, to the answer."""

import contextlib
import os
import pty
import select
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass

from tests.bench.house import House, maru_up, receipts, rung
from tests.bench.machine import ROOT, empty_home, surroundings
from tests.bench.questions import ENGLISH, KOREAN
from tests.bench.scale import Scale
from tests.bench.table import Findings, percentile

GOAL_READY, GOAL_ANSWER, GOAL_SIGN = 20.0, 4.0, 1.0  # seconds
ASK_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Asked:
    """One `maru ask` on a terminal: seconds to the first thing shown, and to its end."""

    question: str
    sign: float
    seconds: float
    said: str


def run(_: Scale) -> Findings:
    """Start twice in one home, and ask in between: nothing but Maru's own parts."""
    with empty_home() as home:
        with maru_up(home, {}) as house:
            first = house.seconds
            began = time.monotonic()
            house.wait_embedded()
            embedded = time.monotonic() - began
            asked = [ask(house, question) for question in (*ENGLISH, *KOREAN)]
            told = receipts(house)
        with maru_up(home, {}) as house:
            second = house.seconds
    return _findings(asked, told, ready=(first, second), embedded=embedded)


def ask(house: House, question: str) -> Asked:
    """Ask on a terminal of its own, as a person does, and note when something first shows."""
    ours, theirs = pty.openpty()
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "workers.cli", "ask", question],
        env=surroundings(house.home.parent, {"MARU_HOME": str(house.home), "TERM": "xterm", "COLUMNS": "100"}),
        cwd=ROOT,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    sign, said = 0.0, b""
    with contextlib.suppress(OSError):  # the terminal is gone once the program has ended
        while time.perf_counter() - began < ASK_SECONDS:
            if not select.select([ours], [], [], 0.5)[0]:
                continue
            said += os.read(ours, 65536)
            sign = sign or time.perf_counter() - began
    seconds = time.perf_counter() - began
    os.close(ours)
    if seconds >= ASK_SECONDS:
        process.kill()
    if process.wait(10):
        raise RuntimeError(f"no answer to {question!r} within {seconds:.0f} s; it showed {said[-300:]!r}")
    return Asked(question, sign, seconds, said.decode(errors="replace"))


def _findings(
    asked: list[Asked], told: list[dict[str, object]], *, ready: tuple[float, float], embedded: float
) -> Findings:
    found = Findings(f"asking: {len(ENGLISH)} English and {len(KOREAN)} Korean questions to the sample handbook")
    for words, seconds in zip(("first `maru up`, an empty home", "second `maru up`"), ready, strict=True):
        found.add(words, f"ready in {seconds:.1f} s", f"at most {GOAL_READY:.0f} s", met=seconds <= GOAL_READY)
    found.add("then, until the whole handbook is found by meaning too", f"{embedded:.0f} s")
    half = percentile([one.seconds for one in asked], 0.5)
    found.add(
        "`maru ask`, its own start included",
        f"p50 {half:.2f} s",
        f"at most {GOAL_ANSWER:.0f} s",
        met=half <= GOAL_ANSWER,
    )
    for language, questions in (("English", ENGLISH), ("Korean", KOREAN)):
        seconds = [one.seconds for one in asked if one.question in questions]
        found.add(f"  in {language}", f"p50 {percentile(seconds, 0.5):.2f} s, longest {max(seconds):.2f} s")
        rungs = Counter(rung(one) for one in told if one["asked"] in questions)
        total = sum(rungs.values()) or 1
        shares = ", ".join(f"{_WORDS.get(name, name)} {count / total:.0%}" for name, count in rungs.most_common())
        found.add("", shares)
    slowest = max(one.sign for one in asked)
    typical = percentile([one.sign for one in asked], 0.5)
    shown = f"p50 {typical:.2f} s, slowest {slowest:.2f} s"
    found.add("first sign of life", shown, f"at most {GOAL_SIGN:.0f} s", met=slowest <= GOAL_SIGN)
    for one in asked:
        receipt = next(told_one for told_one in told if told_one["asked"] == one.question)
        found.note(f"{one.seconds:5.2f} s  {_WORDS.get(rung(receipt), rung(receipt)):<10} {one.question}")
    return found


_WORDS = {"model": "written", "quote": "quoted", "refuse": "refused"}
