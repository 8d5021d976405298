"""Three stand-in models, 300 mixed requests: what the ladder costs beside asking the large model always.

How often stand-ins fail is an assumption, written here: the small and the task model on 15 of 100 requests, the large
on 2, each time in another of the ways in which models go wrong. Prices are the kind that such models have. What is
tested is that the ladder spends what these figures imply and loses nothing; real models have figures of their own.
"""

import re
from collections.abc import Callable, Iterator
from hashlib import sha256

from bot.domain.messages import ModelCall
from bot.domain.models import ChatRequest, ModelEntry
from integrations.memory.models import ScriptedChatModel
from tests.scenario.house import House

PRICES = {"small": (0.10, 0.20), "task": (0.05, 0.10), "large": (1.20, 2.40)}
"""Dollars for a million tokens in and out."""

FAILS = {"small": 15, "task": 15, "large": 2}
"""Of 100 requests."""

WRONG = (
    "}{ \ufffd\ufffd ##",
    "so it is and so it is and " * 30,
    "Voilà, c'est une réponse sans rapport avec la question posée.<|im_end|>",
    '{"answer": "half a',
    "",
)
SERVICES = [f"svc-{name}" for name in "amber birch cedar delta ember fjord grove haven iris jade".split()]
PASTED = (
    "The `{service}` release moved to Thursday. Tests of `{service}` took 12 minutes longer than planned. "
    "Nobody was paged."
)


def requests() -> Iterator[str]:
    """Yield 300 messages: documents, summaries, translations, rewriting, code, sums, and small talk."""
    for number in range(30):
        service = SERVICES[number % 10]
        text = PASTED.format(service=f"{service}-{number}")
        yield f"which port does {service} listen on in house {number}?"
        yield f"who owns the service {service} these days, version {number}?"
        yield f"how often is {service} restarted, number {number}?"
        yield f"{service} 서비스는 어느 팀이 맡고 있어? {number}"
        yield f"summarise this: {text}"
        yield f"translate this to Korean: {text}"
        yield f"rewrite this: {text}"
        yield f"write a python function that prints the number {number}"
        yield f"{number} * 37"
        yield f"{'thanks' if number % 2 else 'hello'}"


def documents(house: House) -> None:
    for number, service in enumerate(SERVICES):
        english = (
            f"# {service}\n\nThe service {service} listens on port 81{number:02}. The service {service} is owned by "
            f"the {service[4:]} team. The service {service} is restarted every {number + 2} days."
        )
        house.learn(f"{service}.md", english)
        house.learn(f"ko/{service}.md", f"# {service} 안내\n\n{service} 서비스는 {service[4:]} 팀이 맡고 있습니다.")


def good(request: ChatRequest) -> str:
    """Answer from what is in the prompt, as a model that follows its instructions does."""
    asked = request.messages[-1].content
    if "<notes>" in asked:
        notes, _, question = asked.partition("Question: ")
        service = re.search(r"svc-\w+", question)
        meant = {"port": "port", "own": "owned", "restart": "restarted", "맡": "맡고"}
        word = next((found for cue, found in meant.items() if cue in question), "port")
        lines = re.split(r"(?<=[.])\s+|\n", notes)
        said = [line for line in lines if service and service.group() in line and word in line]
        return re.sub(r"^\[\d+\]\s*", "", said[0]) if said else "NOT IN NOTES"
    text = re.search(r"<text>\n(.*)\n</text>", asked, re.DOTALL)
    if text is None:
        return "```python\ndef show():\n    print(1)\n```"
    if "ranslat" in request.messages[0].content:
        return f"{' '.join(re.findall(r'`[^`]+`', text[1]))} 배포는 목요일로 옮겨졌고 시험은 12분 더 걸렸습니다."
    return text[1].split(". ")[0] + "." if "short" in request.messages[0].content else f"Please note: {text[1]}"


def model(name: str, tasks: tuple[str, ...], size: str = "small") -> ScriptedChatModel:
    entry = ModelEntry(name, "openai", ("http://127.0.0.1:9",), name, tasks=tasks, size=size)
    return ScriptedChatModel(_says(name), entry=entry)


def _says(name: str) -> Callable[[ChatRequest], str]:
    def says(request: ChatRequest) -> str:
        dice = int.from_bytes(sha256(f"{name} {request.messages[-1].content}".encode()).digest()[:4])
        return WRONG[dice // 100 % len(WRONG)] if dice % 100 < FAILS[name] else good(request)

    return says


def dollars(call: ModelCall) -> float:
    if call.model not in PRICES:
        return 0.0  # embeddings: the same on both sides
    into, out = PRICES[call.model]
    return (call.input_tokens * into + call.output_tokens * out) / 1e6


def asked(*models: ScriptedChatModel) -> tuple[float, int, House]:
    """Ask everything; return the dollars, how many replies a model or a tool gave that passed, and the house."""
    house = House(*models)
    documents(house)
    for number, text in enumerate(requests()):
        house.hear(text, thread=str(number))
    receipts = [turn.receipt for turn in house.database.turns]
    assert len(receipts) == 300
    spent = sum(dollars(call) for receipt in receipts for call in receipt.calls)
    passed = sum(any(one.accepted and one.rung == "model" for one in receipt.tries) for receipt in receipts)
    return spent, passed, house


def test_the_ladder_costs_a_fraction_and_answers_as_much() -> None:
    large = model("large", ("chat", "answer"), "large")
    always, answered, _ = asked(model("large", ("chat", "answer"), "large"))
    spent, passed, house = asked(model("small", ("chat", "answer")), model("task", ("summarise", "translate")), large)
    assert answered > 200
    assert passed >= 0.95 * answered
    assert spent <= 0.30 * always
    for turn in house.database.turns:
        (reply,) = turn.messages
        assert not any(wrong and wrong[:12] in reply.reply.text for wrong in WRONG)
