"""`maru eval tools` on FunctionChat-Bench's CallDecision (Korean): call a tool, ask for what it lacks, or refuse.

Nothing is trained on it. Lead and lists of words were read off our own messages (tool_messages.json: 18 tools in
Korean, 10 in English, other errands than here); of these items 18 had been looked at before, to learn their format.
Right is the decision, and for a call the tool as well; the benchmark itself also has GPT-4 judge the wording of what is
asked, which is not done here. The embedded model is asked about a seeded sample, by itself and with some of the rails.
"""

import json
import random
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx

from tests.bench.data import SEED, existing
from tests.bench.evaluation import maru_eval, write_lines
from tests.bench.machine import empty_home
from tests.bench.scale import Scale
from tests.bench.table import Findings
from workers.evaluation.servers import served
from workers.settings import Settings

GOAL_POINTS = 20.0
OF_TYPE = {"call": "call", "slot": "ask", "relevance": "refuse"}
AT_ONCE = 2
MOST_TOKENS = 40

Item = dict[str, Any]
Decide = Callable[[int], str]
"""Returns the decision about an item, by its place."""

BARE = """You may use these tools:
{tools}
Decide what to do about the message, and reply with JSON only.
{{"decision": "call", "tool": NAME}}: a tool fits, and the message says all that it requires.
{{"decision": "ask", "tool": NAME}}: a tool fits, but something that it requires is not said.
{{"decision": "refuse", "tool": ""}}: no tool fits."""
FITTING = """The tool {tool} is to be used. It requires: {required}.
Reply with JSON only: {{"decision": "call"}} if the message says all that it requires, else {{"decision": "ask"}}."""


def run(scale: Scale) -> Findings:
    """Measure all items with the rails alone, and a sample with the model."""
    items = [_item(json.loads(line)) for line in existing(f"functionchat_ko/data/{FILE}").open(encoding="utf-8")]
    found = Findings(f"functionchat: CallDecision, {len(items)} Korean decisions: 100 call, 406 ask, 100 refuse")
    sample = sorted(random.Random(SEED).sample(range(len(items)), min(scale.decisions, len(items))))
    with empty_home() as home:
        home.mkdir()
        own, _ = maru_eval(home, "tools", write_lines(home / "own", _own()))
        figures, words = maru_eval(home, "tools", write_lines(home / "items", items))
        chosen = [line.split("\t")[2:4] for line in words[-len(items) :]]
        _whole(found, items, figures, own)
        with served(Settings(home=home), ssllm=True) as serving:
            _sampled(found, items, sample, chosen, url=str(serving.ssllm_url))
    return found


FILE = "FunctionChat-CallDecision.jsonl"


def _item(row: Mapping[str, Any]) -> Item:
    """Return one item in the format of `maru eval tools`."""
    calls = row["ground_truth"].get("tool_calls")
    said = [one for one in row["input_messages"] if one["role"] in ("user", "assistant")]
    tool = calls[0]["function"]["name"] if calls else None
    return {
        "messages": said,
        "tools": row["input_tools"],
        "decision": OF_TYPE[row["type_of_output"]],
        "tool": tool,
    }


def _own() -> list[Item]:
    kept = json.loads(Path(__file__).with_name("tool_messages.json").read_text(encoding="utf-8"))
    tools = {language: {one["name"]: one for one in listed} for language, listed in kept["tools"].items()}
    return [
        {
            "messages": [{"role": "user", "content": one["said"]}],
            "tools": [{"function": tools[one["language"]][name]} for name in one["tools"]],
            "decision": one["decision"],
            "tool": one["tool"],
        }
        for one in kept["messages"]
    ]


def _whole(found: Findings, items: Sequence[Item], figures: Mapping[str, Any], own: Mapping[str, Any]) -> None:
    kinds = ", ".join(f"{kind} {figures[kind]:.0%}" for kind in ("call", "ask", "refuse"))
    found.add("rails (embedding, slots by closed forms), all items", f"{figures['accuracy']:.1%}", kinds)
    found.add("  mean of the three kinds", f"{figures['accuracy_by_kind']:.1%}", "of always the same answer 33.3 %")
    found.add("  the right tool, of those called", f"{figures['tool']:.1%}")
    asked = Counter(item["decision"] for item in items).most_common(1)[0][1] / len(items)
    found.add("  always ask", f"{asked:.1%}", "33.3 % by kind")
    found.add("  our own messages, on which lead and words were read off", f"{own['accuracy']:.1%}", "not a test")


def _sampled(
    found: Findings, items: Sequence[Item], sample: Sequence[int], chosen: Sequence[Sequence[str]], *, url: str
) -> None:
    def bare(place: int, *, schema: bool) -> str:
        item = items[place]
        names = ["", *(one["function"]["name"] for one in item["tools"])]
        listed = "\n".join(map(_listed, item["tools"]))
        return _asked(url, BARE.format(tools=listed), item, {"decision": list(OF_TYPE.values()), "tool": names}, schema)

    def within(place: int) -> str:
        decision, name = chosen[place]
        if decision == "refuse":
            return decision
        tool = next(one for one in items[place]["tools"] if one["function"]["name"] == name)
        required = ", ".join(tool["function"]["parameters"].get("required") or ["nothing"])
        return _asked(
            url, FITTING.format(tool=name, required=required), items[place], {"decision": ["call", "ask"]}, True
        )

    found.note(f"the rows below: the same {len(sample)} items, drawn by seed {SEED}; in brackets the mean of the kinds")
    free = _row(found, items, sample, "bare model, free text", lambda place: bare(place, schema=False))
    under = _row(found, items, sample, "bare model under a JSON schema", lambda place: bare(place, schema=True))
    _row(found, items, sample, "the nearest tool or none by embedding, then the model", within)
    rails = _row(found, items, sample, "rails", lambda place: chosen[place][0])
    for name, at in (("all items alike", 0), ("mean of the kinds", 1)):
        gain = 100 * (rails[at] - max(free[at], under[at]))
        goal = f"at least {GOAL_POINTS:.0f} points above the better bare model"
        found.add(f"  rails above the bare model, {name}", f"{gain:+.1f} points", goal, met=gain >= GOAL_POINTS)


def _row(
    found: Findings, items: Sequence[Item], sample: Sequence[int], name: str, decide: Decide
) -> tuple[float, float]:
    """Add a row of how often the decision was right, and return that share and the mean of the kinds'."""
    order = sorted(sample, key=lambda place: json.dumps(items[place]["tools"]))  # a common beginning is read once
    with ThreadPoolExecutor(AT_ONCE) as pool:
        decided = dict(zip(order, pool.map(decide, order), strict=True))
    of = Counter(items[place]["decision"] for place in sample)
    right = Counter(items[place]["decision"] for place in sample if decided[place] == items[place]["decision"])
    share, mean = right.total() / len(sample), sum(right[kind] / of[kind] for kind in of) / len(of)
    kinds = ", ".join(f"{kind} {right[kind]}/{of[kind]}" for kind in OF_TYPE.values())
    found.add(f"  {name}", f"{share:.1%} ({mean:.1%})", kinds)
    return share, mean


def _listed(tool: Mapping[str, Any]) -> str:
    function = tool["function"]
    return f"- {function['name']}({', '.join(function['parameters'].get('required') or ())}): {function['description']}"


def _asked(url: str, instructions: str, item: Item, choices: Mapping[str, Sequence[str]], schema: bool) -> str:
    """Return the model's decision; what it says without a schema is read generously: its first word of the three."""
    talk = "\n".join(f"{one['role']}: {one['content']}" for one in item["messages"])
    body: dict[str, Any] = {
        "messages": [{"role": "system", "content": instructions}, {"role": "user", "content": talk}],
        "max_tokens": MOST_TOKENS,
        "temperature": 0,
    }
    if schema:
        properties = {name: {"type": "string", "enum": list(values)} for name, values in choices.items()}
        shape = {"type": "object", "properties": properties, "required": list(choices), "additionalProperties": False}
        body["response_format"] = {"type": "json_schema", "json_schema": {"name": "decision", "schema": shape}}
    reply = httpx.post(f"{url}/v1/chat/completions", json=body, timeout=300).raise_for_status().json()
    said = re.search(r"\b(call|ask|refuse)\b", reply["choices"][0]["message"]["content"].lower())
    return said[1] if said else "nothing"
