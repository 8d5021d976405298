"""The intent head: which intent, and how sure; on vectors and words made for the purpose."""

import numpy as np
import pytest

from bot.domain.errors import DataRefused
from bot.nlu.intents import Example, Guess, IntentHead, train
from bot.nlu.wording import SKETCH, Wording

WIDTH = 24
INTENTS = {"deploy": 0, "holiday": 1, "expense": 2}
WORDS = {"deploy": "release rollout ship", "holiday": "leave vacation absence", "expense": "receipt taxi claim"}


def vectors_of(examples: list[Example], seed: int = 1) -> np.ndarray:
    """Return vectors around one direction an intent; a stranger's go anywhere else."""
    generator = np.random.default_rng(seed)
    rows = generator.standard_normal((len(examples), WIDTH)) * 0.12
    for row, example in zip(rows, examples, strict=True):
        if example.intent is not None:
            row[INTENTS[example.intent]] += 1
        else:
            row[3 + generator.integers(WIDTH - 3)] += 1
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def examples_of(count: int, strangers: int = 0) -> list[Example]:
    known = [
        Example(f"{WORDS[intent].split()[number % 3]} please {number}", intent)
        for intent in INTENTS
        for number in range(count)
    ]
    return [*known, *(Example(f"weather tomorrow {number}", None) for number in range(strangers))]


def trained(count: int = 20, strangers: int = 30) -> IntentHead:
    examples = examples_of(count, strangers)
    return train(examples, vectors_of(examples))


def guesses(head: IntentHead, examples: list[Example]) -> list[Guess]:
    rows = vectors_of(examples, seed=2)
    return [head.guess(one.text, row) for one, row in zip(examples, rows, strict=True)]


def test_messages_like_the_examples_are_understood() -> None:
    head, asked = trained(), examples_of(15)
    found = guesses(head, asked)
    assert [guess.best for guess in found] == [one.intent for one in asked]
    assert sum(guess.accepted for guess in found) > 0.9 * len(found)


def test_strangers_are_noticed() -> None:
    asked = [Example(f"who won the match {number}", None) for number in range(40)]
    assert sum(not guess.accepted for guess in guesses(trained(), asked)) > 0.8 * len(asked)


def test_confidence_is_higher_in_scope_than_out_of_it() -> None:
    inside, outside = guesses(trained(), examples_of(15)), guesses(trained(), examples_of(0, 30))
    assert np.mean([one.confidence for one in inside]) > np.mean([one.confidence for one in outside]) + 0.3
    assert all(0 <= one.confidence <= 1 for one in (*inside, *outside))


def test_without_strangers_among_the_examples_most_messages_are_kept() -> None:
    head = trained(strangers=0)
    kept = [guess.accepted for guess in guesses(head, examples_of(60))]
    assert sum(kept) > 0.8 * len(kept)


def test_the_threshold_comes_from_the_validation_messages_where_they_are_given() -> None:
    examples, checked = examples_of(20), examples_of(10, 60)
    head = train(examples, vectors_of(examples), validation=checked, validation_vectors=vectors_of(checked, seed=3))
    rejected = [not guess.accepted for guess in guesses(head, examples_of(0, 60))]
    assert np.mean(rejected) > 0.75


def test_words_decide_where_vectors_do_not() -> None:
    examples = examples_of(20)
    same = np.tile(vectors_of(examples)[:1], (len(examples), 1))
    head = train(examples, same)
    assert head.guess("the taxi receipt", same[0]).best == "expense"


def test_training_twice_gives_the_same_head() -> None:
    one, other = trained(), trained()
    assert guesses(one, examples_of(3, 3)) == guesses(other, examples_of(3, 3))


def test_one_intent_is_nothing_to_tell_apart() -> None:
    examples = [Example("release", "deploy"), Example("rollout", "deploy"), Example("rain", None)]
    with pytest.raises(DataRefused, match="fewer than two intents"):
        train(examples, np.eye(3))


@pytest.mark.parametrize("text", ["", "?!", "😊"])
def test_a_text_without_words_has_an_empty_sketch(text: str) -> None:
    assert not Wording(["deploy now"]).sketch(text).any()


def test_a_sketch_is_short_and_of_unit_length_and_near_for_near_words() -> None:
    wording = Wording(["배포를 롤백하려면", "how do I roll back a deploy", "연차는 며칠이야"])
    one, near, far = (wording.sketch(text) for text in ("배포 롤백", "배포를 롤백", "연차 며칠"))
    assert one.shape == (SKETCH,)
    assert np.linalg.norm(one) == pytest.approx(1, abs=1e-5)
    assert one @ near > one @ far + 0.2
