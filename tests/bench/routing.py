"""`maru eval router` on RouteLLM's MMLU outcomes: Mixtral-8x7B or GPT-4, by subject and by chance.

Every prompt is judged by a router trained on other folds; penalties are chosen by folds within those. What the features
are (bot/ensemble/surface.py) was decided before any figure was seen; which blocks there are, and the range of their
penalties, were laid out while looking at such folds (with another embedding model).
"""

import csv
import json
from pathlib import Path
from typing import Any

from tests.bench.data import existing
from tests.bench.evaluation import maru_eval
from tests.bench.machine import empty_home
from tests.bench.scale import Scale
from tests.bench.table import Findings

GOALS = {"subject": (0.62, 35.0, 63.0), "random": (0.68, 28.0, 59.0)}
KNOWN = {
    "subject": "ridge on USE and six surface features .596, 37.4, 64.6",
    "random": "the same ridge .660, 29.6, 60.8; RouteLLM's best, on other labels, .603, 35.4, 70.3",
}
MOST_MS, LEAST_PER_SECOND = 2.0, 1_000


def run(_: Scale) -> Findings:
    """Measure with no subject on both sides, and with folds at random."""
    found = Findings("routing: 14,037 MMLU questions, contaminated ones dropped; weak right 68.1 %, strong 80.6 %")
    with empty_home() as home:
        home.mkdir()
        for name in GOALS:
            path = _written(home / f"{name}.csv", grouped=name == "subject")
            figures, words = maru_eval(home, "router", path)
            _judge(found, name, figures)
        for line in words[-7:]:
            found.note(line)
    return found


def _judge(found: Findings, name: str, figures: dict[str, Any]) -> None:
    goal = GOALS[name]
    value = f"{figures['apgr']:.3f} ({figures['apgr_low']:.3f} to {figures['apgr_high']:.3f})"
    found.add(
        f"folds by {name}: APGR, with its 95 % interval", value, f"at least {goal[0]}", met=figures["apgr"] >= goal[0]
    )
    for key, most in (("cpt50", goal[1]), ("cpt80", goal[2])):
        found.add(f"  {key.upper()}", f"{figures[key]:.1f} %", f"at most {most:.0f} %", met=figures[key] <= most)
    above = f"{figures['above_knn_low']:+.3f} to {figures['above_knn_high']:+.3f}"
    if name == "subject":
        found.add("  above a tuned kNN on the same folds by", above, "above 0", met=figures["above_knn_low"] > 0)
    else:
        found.add("  above a tuned kNN on the same folds by", above, "no goal: a kNN knows the subject, too")
    beside = f"kNN {figures['knn']:.3f}, oracle {figures['oracle']:.3f}, random {figures['random']:.3f}"
    found.add("  APGR beside it", beside, KNOWN[name])
    taken, rate = figures["decision_ms_p99"], figures["decisions_per_second"]
    found.add("  a decision", f"p99 {taken:.1f} ms", f"at most {MOST_MS:.0f} ms", met=taken <= MOST_MS)
    found.add("  decisions", f"{rate:,}/s", f"at least {LEAST_PER_SECOND:,}/s", met=rate >= LEAST_PER_SECOND)


def _written(path: Path, *, grouped: bool) -> Path:
    """Write the outcomes in the format of `maru eval router`."""
    dropped = {
        json.loads(line)["eval_prompt"]
        for line in existing("routellm/mmlu/contaminated_prompts.jsonl").open(encoding="utf-8")
    }
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["prompt", "weak", "strong", *(["group"] if grouped else [])])
        for source in sorted(existing("routellm/mmlu/responses").glob("*.csv")):
            with source.open(encoding="utf-8", newline="") as rows:
                for row in csv.reader(rows):
                    _copy(writer, row, source.stem if grouped else None, dropped)
    return path


def _copy(writer: Any, row: list[str], group: str | None, dropped: set[str]) -> None:
    prompt, weak, strong = row[:3]
    if prompt == "prompt" or prompt in dropped:
        return
    outcome = [prompt, int(weak == "True"), int(strong == "True")]
    writer.writerow([*outcome, group] if group else outcome)
