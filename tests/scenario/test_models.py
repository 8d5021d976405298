"""Models that go wrong are caught before anybody reads them; what was asked of models is in the receipt."""

import pytest

from bot.domain.errors import EncoderUnavailable, ModelUnavailable
from bot.domain.models import ModelEntry
from bot.generation.phrases import phrase
from integrations.memory.models import ScriptedChatModel
from tests.scenario.house import House, english_model

QUESTION = "how do I roll back a deploy?"
PARAPHRASE = "You can roll back a deploy with `shipit rollback <service>`."
LARGE = ModelEntry("large", "tgi", ("http://127.0.0.1:9",), "l", size="large")

WRONG = {
    "garbage": "}{}{ \ufffd\ufffd deploy \x00 ##",
    "a leaked template": f"{PARAPHRASE}<|im_end|>\n<|im_start|>user",
    "mojibake": "ë°°í\u008f¬ deploy rollback",
    "an endless repetition": "roll back a deploy " * 40,
    "an endless sentence": "The deploy is rolled back. " * 40,
    "another language": "배포를 롤백하려면 `shipit rollback <서비스>` 명령을 실행합니다.",
    "half a JSON": '{"answer": "You can roll back a deploy with `shipit roll',
    "nothing": "",
}


@pytest.mark.parametrize("kind", WRONG)
def test_what_goes_wrong_is_never_shown_and_the_document_speaks(kind: str) -> None:
    maru = House(english_model(WRONG[kind]))
    text = maru.hear(QUESTION).text
    assert text.startswith(phrase("quote", "en"))
    assert "To roll back a deploy, run `shipit rollback <service>`." in text
    assert "\ufffd" not in text
    assert "<|" not in text
    first, quote = maru.database.turns[0].receipt.tries
    assert (first.rung, first.accepted, first.judged) == ("model", False, True)
    assert first.why
    assert (quote.rung, quote.accepted) == ("quote", True)


@pytest.mark.parametrize("kind", WRONG)
def test_or_the_larger_model_answers(kind: str) -> None:
    maru = House(english_model(WRONG[kind]), ScriptedChatModel(PARAPHRASE, entry=LARGE))
    assert maru.hear(QUESTION).text == f"{PARAPHRASE} [1]"


class TestReceipt:
    def test_calls_stages_and_tries_are_the_turns_own(self) -> None:
        maru = House(english_model("NOT IN NOTES"), ScriptedChatModel(PARAPHRASE, entry=LARGE))
        maru.hear(QUESTION)
        maru.hear(QUESTION)
        for turn in maru.database.turns:
            asked = [(call.purpose, call.model) for call in turn.receipt.calls if call.purpose != "embed"]
            assert asked == [("answer", "small-english"), ("answer", "large")]
            assert all(
                call.input_tokens > 50 and not call.counted for call in turn.receipt.calls if call.purpose == "answer"
            )
            assert [name for name, _ in turn.receipt.stages] == ["understand", "search", "rerank", "draft", "verify"]

    def test_embeddings_are_in_it_and_lines_of_documents_only_once(self) -> None:
        maru = House(english_model(PARAPHRASE))
        maru.hear(QUESTION)
        (turn,) = maru.database.turns
        embedded = [call for call in turn.receipt.calls if call.purpose == "embed"]
        assert {call.model for call in embedded} == {maru.embedder.model}
        assert embedded[0].input_tokens == 7, "the question"
        assert len(embedded) > 1, "the lines of the passages, for the first who asks"

    def test_small_talk_costs_nothing(self) -> None:
        maru = House(english_model(PARAPHRASE))
        maru.hear("hello")
        assert maru.database.turns[0].receipt.calls == ()

    def test_an_apology_says_what_was_spent_on_it(self) -> None:
        maru = House(english_model(PARAPHRASE, PARAPHRASE))
        maru.analyser.failures += [EncoderUnavailable("away")] * 6
        maru.keep(maru.message(QUESTION))
        maru.run(patience=31)
        (turn,) = maru.database.turns
        assert turn.apology
        assert [call.purpose for call in turn.receipt.calls] == ["embed"]

    def test_a_model_that_is_down_is_no_verdict_on_its_drafts(self) -> None:
        maru = House(english_model(ModelUnavailable("it is down")), ScriptedChatModel(PARAPHRASE, entry=LARGE))
        maru.hear(QUESTION)
        down, large = maru.database.turns[0].receipt.tries
        assert (down.why, down.tried, down.judged) == ("it is down", True, False)
        assert (large.accepted, large.judged) == (True, True)
