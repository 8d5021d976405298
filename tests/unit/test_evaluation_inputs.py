"""The files of `maru eval`: read as design.md says, refused with the line."""

import json
from pathlib import Path

import pytest

from bot.domain.errors import DataRefused
from bot.learning.answer_scores import contains
from bot.learning.retrieval_scores import ndcg, recall
from bot.nlu.intents import Example
from workers.evaluation import inputs
from workers.evaluation.inputs import Outcomes, Page, Question


def lines(path: Path, *rows: object) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def test_intents(tmp_path: Path) -> None:
    path = lines(tmp_path / "a", {"text": "연차", "intent": "holiday"}, {"text": "rain?", "intent": None})
    assert inputs.labelled(path) == [Example("연차", "holiday"), Example("rain?", None)]


def test_a_corpus_and_its_queries(tmp_path: Path) -> None:
    path = lines(tmp_path / "c", {"_id": "1", "title": "T", "text": "x"}, {"_id": 2, "text": "line\u2028separator"})
    assert inputs.corpus(path) == [Page("1", "T", "x"), Page("2", "", "line\u2028separator")]
    assert inputs.queries(lines(tmp_path / "q", {"_id": "7", "text": "?"})) == {"7": "?"}


def test_judgements(tmp_path: Path) -> None:
    path = tmp_path / "qrels.tsv"
    path.write_text("query-id\tcorpus-id\tscore\n7\t1\t2\n7\t2\t0\n8\t1\t1\n")
    assert inputs.qrels(path) == {"7": {"1": 2.0, "2": 0.0}, "8": {"1": 1.0}}


def test_questions_without_answers_are_unanswerable_unless_said_otherwise(tmp_path: Path) -> None:
    path = lines(
        tmp_path / "q", {"question": "a", "answers": ["b"], "answerable": True}, {"question": "c", "answers": []}
    )
    assert inputs.questions(path) == [Question("a", ("b",), True), Question("c", (), False)]


def test_outcomes(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text(
        'prompt,weak,strong,group\n"two\nlines, and a comma",1,0,law\nplain,False,True,\n', encoding="utf-8"
    )
    assert inputs.outcomes(path) == [
        Outcomes("two\nlines, and a comma", 1.0, 0.0, "law"),
        Outcomes("plain", 0.0, 1.0, None),
    ]


@pytest.mark.parametrize(
    ("read", "content", "said"),
    [
        (inputs.labelled, '{"text": "a", "intent": "b"}\n{"text": "a"', "line 2"),
        (inputs.labelled, '{"text": "a"}', "'intent' is missing"),
        (inputs.labelled, '["a", "b"]', "line 1"),
        (inputs.labelled, "\n \n", "is empty"),
        (inputs.corpus, '{"_id": "1", "text": 7}', "7 is no text"),
        (inputs.questions, '{"question": "a", "answers": [], "answerable": "no"}', "neither true nor false"),
        (inputs.qrels, "q\tc\ts\n1 2 3\n", "line 2"),
        (inputs.outcomes, "prompt,weak\na,1\n", "strong"),
        (inputs.outcomes, "prompt,weak,strong\na,1,maybe\n", "line 2"),
        (inputs.outcomes, "prompt,weak,strong\na,1,7\n", "between 0 and 1"),
    ],
)
def test_what_is_wrong_is_refused_with_its_place(read: object, content: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DataRefused, match=said):
        read(path)  # type: ignore[operator]


def test_what_is_not_there_or_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataRefused, match="cannot be read"):
        inputs.labelled(tmp_path / "nowhere")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataRefused, match="not UTF-8"):
        inputs.labelled(tmp_path / "binary")


def test_ndcg_and_recall_by_hand() -> None:
    judged = {"a": 2.0, "b": 1.0, "c": 0.0}
    assert ndcg(["a", "b"], judged, 10) == pytest.approx(1)
    assert ndcg(["x", "b"], judged, 10) == pytest.approx((1 / 1.58496) / (2 + 1 / 1.58496), abs=1e-4)
    assert (recall(["a", "x"], judged, 1), recall(["x", "a"], judged, 1), recall(["a", "b"], judged, 5)) == (0.5, 0, 1)


@pytest.mark.parametrize(
    ("reply", "answers", "held"),
    [
        ("It takes **12 days** [1].", ["12 days"], True),
        ("It takes 120 days.", ["12"], False),
        ("The Hotel-limit is 150 €", ["hotel limit"], True),
        ("담당자는 김철수입니다.", ["김 철수"], True),
        ("담당자는 김철수입니다.", ["이영희", "박민수"], False),
        ("anything", [""], False),
        ("anything", [], False),
    ],
)
def test_whether_a_reply_holds_an_answer(reply: str, answers: list[str], held: bool) -> None:
    assert contains(reply, answers) is held
