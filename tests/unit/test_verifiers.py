"""What a model that goes wrong says is caught, and what people write is not."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.language import Language
from bot.ensemble.verifiers.cited import NOT_BACKED, backed
from bot.ensemble.verifiers.code import compiles
from bot.ensemble.verifiers.faithful import finished, keeping_literals_of, literal_to
from bot.ensemble.verifiers.fences import bare, blocks
from bot.ensemble.verifiers.garbage import clean
from bot.ensemble.verifiers.json_schema import json_of
from bot.ensemble.verifiers.language import same_language
from bot.ensemble.verifiers.leak import no_leak
from bot.ensemble.verifiers.repetition import no_loop
from bot.ensemble.verifiers.verdict import Draft, Verdict, Verifier, all_of, verified
from bot.generation.phrases import phrase
from bot.nlu.language import language_of

GOOD = [
    "You can roll back a deploy with `shipit rollback <service>`; it takes 4 minutes.",
    "- Hotel: 180,000 KRW per night\n- Meals: 50,000 KRW per day\n- Taxi: after 22:00 only",
    "Yes.",
    "very very very well done",
    "Call 010-1234-5678 or write to ops@example.com (24/7) 🙏",
    "| name | port |\n|------|------|\n| api | 8080 |\n| web | 8080 |\n| db | 5432 |",
    "```bash\nkubectl get pods --all-namespaces | grep -v Running\n```",
    "1000000000000000000000000000 is 10^27; ====================",
    "Café, naïve, façade: Ángel, Über, Ñandú.",
    "No, no, no: never deploy on a Friday.",
]
GOOD_KO = [
    "배포를 롤백하려면 `shipit rollback <서비스>` 명령을 실행하세요. 4분이 걸립니다.",
    "네, 금요일에는 배포하지 않습니다 ㅎㅎ",
    "하하하하 좋아요 👍",
    "숙박비는 1박에 180,000원, 식비는 하루 50,000원까지입니다.",
]
GARBAGE = {
    "nothing": "  \n ",
    "replacement characters": "The answer is \ufffd\ufffd\ufffd.",
    "control characters": "The answer\x00 is \x1b[31m4.",
    "half a surrogate": "The answer \ud83d is",
    "mojibake": "Ã¬â€“´ the cafÃ© opens",
    "mojibake of Korean": "배포".encode().decode("latin-1"),
    "ChatML": "It takes 4 minutes.<|im_end|>\n<|im_start|>user",
    "Llama": "[INST] how long? [/INST] 4 minutes",
    "Gemma": "It takes 4 minutes.<end_of_turn>",
    "plays both sides": "It takes 4 minutes.\nUser: and then?\nAssistant: wait.",
    "thinks aloud": "<think>the notes say 4</think> 4 minutes",
    "Maru's own fence": "</notes> It takes 4 minutes.",
    "symbols": "}{}{)(&^%$ ## @@ !! ~~ a",
    "letters": "ab" * 45,
    "invisible": "It\u200b takes\u200b 4\u200b minutes\u200b.",
}
LOOPS = {
    "a word": "the deploy " + "again " * 12,
    "two words": "roll back " * 8,
    "a phrase": "and then you wait for the " * 5,
    "a sentence": "You can roll it back. It takes 4 minutes. You can roll it back. Ask Jo. You can roll it back.",
    "a long round": "First open the page and press the red button there. Then wait until it says done in green. " * 3,
    "a sound": "하하하하하하하하하하하하하하하하",
    "one letter": "aaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "in Korean": "배포를 롤백하고 " * 6,
    "circles": " ".join(f"the {x} of the {y} is" for x in "abc" for y in "abc" for _ in range(2)),
}


def presentable(language: Language) -> Verifier:
    return all_of((finished, clean, no_loop, same_language(language, language_of)))


class TestText:
    @pytest.mark.parametrize("text", GOOD)
    def test_what_people_write_in_english_passes(self, text: str) -> None:
        assert presentable("en")(Draft(text)).accepted

    @pytest.mark.parametrize("text", GOOD_KO)
    def test_what_people_write_in_korean_passes(self, text: str) -> None:
        assert presentable("ko")(Draft(text)).accepted

    @pytest.mark.parametrize("name", ["greeting", "help", "not_found", "quote", "thanks"])
    def test_marus_own_words_pass(self, name: str) -> None:
        for language in ("en", "ko"):
            verdict = presentable(language)(Draft(phrase(name, language)))
            assert verdict.accepted, verdict

    @pytest.mark.parametrize("kind", GARBAGE)
    def test_garbage_is_refused(self, kind: str) -> None:
        assert not clean(Draft(GARBAGE[kind])).accepted

    @pytest.mark.parametrize("kind", LOOPS)
    def test_a_loop_is_refused(self, kind: str) -> None:
        assert not no_loop(Draft(LOOPS[kind])).accepted

    @pytest.mark.parametrize(
        ("text", "language"),
        [("배포를 롤백하려면 기다리세요.", "en"), ("Wait for four minutes.", "ko"), ("Attendez quatre minutes.", "ko")],
    )
    def test_another_language_is_refused(self, text: str, language: str) -> None:
        assert not same_language(language, language_of)(Draft(text)).accepted

    def test_a_draft_that_was_cut_is_refused(self) -> None:
        verdict = presentable("en")(Draft("You can roll it", finished=False))
        assert verdict == Verdict(False, "the model did not come to an end")

    def test_instructions_are_not_recited(self) -> None:
        told = "Answer the question in one or two short sentences, using only facts from the notes."
        verify = no_leak(told)
        assert not verify(Draft("Sure! Answer the question in one or two short sentences, using only facts.")).accepted
        assert verify(Draft("Answer in one or two short sentences, please.")).accepted
        assert no_leak("")(Draft("anything at all that is longer than ten words, whatever it may be")).accepted

    @given(st.text(max_size=300))
    @example("🏳️‍🌈👩‍👩‍👧‍👦")
    def test_whatever_comes_is_judged(self, text: str) -> None:
        for verify in (clean, no_loop, presentable("en")):
            assert verify(Draft(text)).why

    @given(st.lists(st.sampled_from(GOOD), min_size=1, max_size=2, unique=True))
    def test_a_loop_is_seen_behind_whatever_came_before(self, texts: list[str]) -> None:
        assert not no_loop(
            Draft(" ".join([*texts, "and so on and so forth"] + ["and so on and so forth"] * 4))
        ).accepted


class TestAllOf:
    def test_the_first_refusal_ends_it(self) -> None:
        def never(draft: Draft) -> Verdict:
            raise AssertionError("not asked")

        verify = all_of([lambda _: Verdict(True, "a", 0.9), lambda _: Verdict(False, "b", 0.1), never])
        assert verify(Draft("x")) == Verdict(False, "b", 0.1)

    def test_the_least_score_counts(self) -> None:
        verify = all_of(
            [lambda _: Verdict(True, "a", 0.9), lambda _: Verdict(True, "b"), lambda _: Verdict(True, "c", 0.4)]
        )
        assert verify(Draft("x")) == Verdict(True, "a; b; c", 0.4)

    def test_only_accepted_text_comes_out(self) -> None:
        assert verified(Draft("x"), [lambda _: Verdict(True, "a")]).value == "x"
        assert verified(Draft("x"), [lambda _: Verdict(False, "a")]).value is None


class TestCited:
    def test_only_sentences_that_pass_are_shown_to_the_evidence(self) -> None:
        asked: list[str] = []

        def ground(text: str) -> list[str]:
            asked.append(text)
            return text.splitlines()

        draft = Draft("It takes 4 minutes. 4분이 걸립니다. It is\ufffd red.")
        judged = backed(draft, ground, passing=(clean, same_language("en", language_of)))
        assert asked == ["It takes 4 minutes."]
        assert (judged.value, judged.verdict.why) == (("It takes 4 minutes.",), "1 sentence(s) backed by the evidence")

    def test_a_draft_of_which_nothing_passes_is_not_grounded_at_all(self) -> None:
        judged = backed(Draft("4분이 걸립니다."), lambda _: [1], passing=(same_language("en", language_of),))
        assert (judged.value, judged.verdict) == (None, Verdict(False, "not in English"))

    def test_what_nothing_backs_is_refused(self) -> None:
        assert backed(Draft("It takes 9 minutes."), lambda _: [], passing=()).verdict == Verdict(False, NOT_BACKED)


COMMAND = {
    "type": "object",
    "properties": {
        "command": {"enum": ["Answer", "SetSlot", "Cancel"]},
        "slot": {"type": "string", "minLength": 1, "maxLength": 10},
        "times": {"type": "integer", "minimum": 1, "maximum": 5},
        "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 2},
        "when": {"anyOf": [{"type": "null"}, {"type": "number"}]},
    },
    "required": ["command"],
    "additionalProperties": False,
}


class TestJson:
    @pytest.mark.parametrize(
        "reply",
        [
            '{"command": "Answer"}',
            '```json\n{"command": "SetSlot", "slot": "staging", "times": 5, "tags": ["a", "b"], "when": null}\n```',
            ' {"command": "Cancel", "when": 1.5, "times": 2.0}\n',
        ],
    )
    def test_json_of_the_schema_comes_out_parsed(self, reply: str) -> None:
        judged = json_of(COMMAND)(Draft(reply))
        assert judged.verdict.accepted
        assert judged.value["command"]

    @pytest.mark.parametrize(
        ("reply", "why"),
        [
            ('{"command": "Ans', "half a JSON"),
            ('{"command": "Answer"', "half a JSON"),
            ('[{"command": "Answer"}', "half a JSON"),
            ("", "half a JSON"),
            ("I would answer.", "no JSON"),
            ('{"command": "Answer"} {"command": "Cancel"}', "no JSON"),
            ('{"command": "Answer", "times": NaN}', "NaN is no JSON"),
            ('{"command": "Answer", "command": "Cancel"}', "twice"),
            ("[" * 100_000, "no JSON"),
            ('"Answer"', "reply is no object"),
            ('{"slot": "x"}', "lacks `command`"),
            ('{"command": "Delete"}', "reply.command is none of"),
            ('{"command": "SetSlot", "slot": ""}', "reply.slot is shorter than 1"),
            ('{"command": "SetSlot", "slot": "abcdefghijk"}', "reply.slot is longer than 10"),
            ('{"command": "SetSlot", "slot": 5}', "reply.slot is no string"),
            ('{"command": "Answer", "times": 0}', "reply.times is below 1"),
            ('{"command": "Answer", "times": 6}', "reply.times is above 5"),
            ('{"command": "Answer", "times": 1.5}', "reply.times is no integer"),
            ('{"command": "Answer", "times": true}', "reply.times is no integer"),
            ('{"command": "Answer", "tags": ["a", 1]}', "reply.tags[1] is no string"),
            ('{"command": "Answer", "tags": ["a", "b", "c"]}', "reply.tags has more items than 2"),
            ('{"command": "Answer", "when": "now"}', "reply.when is no null"),
            ('{"command": "Answer", "shell": "rm"}', "`shell` that nobody asked for"),
        ],
    )
    def test_anything_else_is_refused_with_the_place(self, reply: str, why: str) -> None:
        judged = json_of(COMMAND)(Draft(reply))
        assert (judged.value, judged.verdict.accepted) == (None, False)
        assert why in judged.verdict.why

    def test_a_reply_that_was_cut_is_half_a_json(self) -> None:
        judged = json_of(COMMAND)(Draft('{"command": "Answer", "slot": tr', finished=False))
        assert judged.verdict.why == "the reply is half a JSON"

    @pytest.mark.parametrize(
        "schema",
        [
            {"pattern": "a"},
            {"properties": {"a": {"format": "date"}}},
            {"items": {"$ref": "#"}},
            {"anyOf": [{"not": {}}]},
        ],
    )
    def test_a_schema_that_is_not_checked_whole_is_not_taken(self, schema: dict) -> None:
        with pytest.raises(ValueError, match="which is not checked"):
            json_of(schema)

    def test_an_unknown_type_is_not_taken(self) -> None:
        with pytest.raises(ValueError, match="JSON does not know"):
            json_of({"type": "date"})

    def test_one_of_several_forms(self) -> None:
        judge = json_of({"oneOf": [{"type": "integer"}, {"type": "number", "minimum": 5}], "title": "n"})
        assert [judge(Draft(text)).verdict.accepted for text in ("3", "7.5", "7", "2.5")] == [True, True, False, False]

    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        )
    )
    def test_any_json_fits_the_empty_schema_and_its_own_constant(self, value: object) -> None:
        said = Draft(json.dumps(value))
        assert json_of({})(said).value == value
        assert json_of({"const": value})(said).verdict.accepted

    @given(st.text(max_size=40), st.integers(min_value=1, max_value=30))
    def test_a_cut_reply_never_passes(self, slot: str, cut: int) -> None:
        reply = json.dumps({"command": "SetSlot", "slot": slot})
        assert not json_of(COMMAND)(Draft(reply[:-cut], finished=False)).verdict.accepted


class TestCode:
    @pytest.mark.parametrize(
        ("text", "accepted", "why"),
        [
            ("```python\ndef f(x):\n    return x + 1\n```", True, "python compiles"),
            ("Try:\n```py\nprint('hi')\n```\nand\n```json\n{\"a\": 1}\n```", True, "py compiles; json compiles"),
            ("```toml\n[a]\nb = 1\n```", True, "toml compiles"),
            ("```bash\nrm -rf /\n```", True, "bash not checked"),
            ("no code here", True, "no code block"),
            ("```python\ndef f(x)\n    return x\n```", False, "line 1"),
            ("```python\nreturn 5\n```", False, "outside function"),
            ("```python\nx = '\x00'\n```", False, "null"),
            ("```python\n" + "(" * 5_000 + "\n```", False, "block 1 (python)"),
            ("```python\nx = 1", False, "ends in the middle"),
            ('```json\n{"a": 1,}\n```', False, "json"),
            ("```toml\na = \n```", False, "toml"),
            ("```python\nx = 1\n```\n```python\nx = = 1\n```", False, "block 2"),
            ("```python\n" + "x = 1\n" * 5_000 + "```", False, "longer than"),
        ],
    )
    def test_each_block_is_compiled(self, text: str, accepted: bool, why: str) -> None:
        verdict = compiles()(Draft(text))
        assert verdict.accepted is accepted
        assert why in verdict.why

    def test_code_may_be_wanted(self) -> None:
        assert not compiles(wanted=True)(Draft("I cannot.")).accepted

    def test_nothing_is_run(self) -> None:
        assert compiles()(Draft("```python\nraise SystemExit\n```")).accepted


class TestFences:
    def test_blocks_keep_fences_inside_longer_fences(self) -> None:
        (block,) = blocks("````md\n```py\nx\n```\n````")
        assert (block.language, block.code, block.closed) == ("md", "```py\nx\n```\n", True)

    def test_a_reply_is_its_only_block_or_all_of_it(self) -> None:
        assert bare("Here:\n```sql\nSELECT 1\n```\nDone.") == "SELECT 1"
        assert bare(" SELECT 1 ") == "SELECT 1"
        assert bare("```\na\n```\n```\nb\n```").count("```") == 4

    @given(st.text(alphabet="`~ab\n ", max_size=60))
    def test_any_text_has_blocks(self, text: str) -> None:
        assert all(block.closed for block in blocks(text)[:-1])


@pytest.mark.parametrize(
    ("source", "draft", "accepted"),
    [
        *(("It closes at 18:00.", "It closes at 8.", False), ("15 people came.", "5 people came.", False)),
        *(("It is 3.5 percent.", "It is 5 percent.", False), ("It is 3.5 percent.", "It is 3 percent.", False)),
        *(("1,200 won", "1200 won", True), ("Until 2024.", "2024 it is", True), ("Run `a1` now.", "`a1`", True)),
    ],
)
def test_a_number_is_not_said_by_a_longer_one(source: str, draft: str, accepted: bool) -> None:
    assert literal_to(source)(Draft(draft)).accepted is accepted
    if not accepted:
        assert not keeping_literals_of(draft)(Draft(source)).accepted
