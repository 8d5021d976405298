"""What calls cost: tokens, shares of a GPU, and the reference beside them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.conversation import Address, Platform
from bot.domain.errors import CatalogueInvalid
from bot.domain.messages import ModelCall
from bot.domain.models import ModelEntry
from bot.domain.money import DEFAULT_REFERENCE, Reference, channel_of
from bot.ensemble.catalogue import parse
from bot.ensemble.prices import Pricing
from bot.ensemble.reference import read_reference

HOUR = 3600.0
CALL = ModelCall("answer", "m", 1_000, 500, 1.0)


class Watch:
    """Time that passes when told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def gpu(name: str = "m", *urls: str, usd: float = HOUR) -> ModelEntry:
    """Return a model whose GPU costs a dollar a second, unless told otherwise."""
    return ModelEntry(name, "tgi", urls or ("http://a",), "tgi", gpu_hour_usd=usd)


def pricing(watch: Watch, *entries: ModelEntry) -> Pricing:
    return Pricing(entries=lambda: entries, reference=lambda: DEFAULT_REFERENCE, monotonic=watch)


def test_tokens_are_paid_by_the_million() -> None:
    entry = ModelEntry("m", "openai", ("http://a",), "m", usd_per_million_input=2.0, usd_per_million_output=10.0)
    priced = pricing(Watch(), entry)("m")(CALL)
    assert priced.usd == pytest.approx(0.002 + 0.005)
    assert priced.reference_usd == pytest.approx(0.002 + 0.004)


def test_a_call_alone_pays_the_whole_gpu() -> None:
    watch = Watch()
    end = pricing(watch, gpu())("m")
    watch.now += 2.5
    assert end(CALL).usd == pytest.approx(2.5)


def test_calls_at_the_same_time_share_it() -> None:
    watch = Watch()
    prices = pricing(watch, gpu())
    first = prices("m")
    watch.now += 1.0  # alone
    second = prices("m")
    watch.now += 2.0  # together
    assert first(CALL).usd == pytest.approx(1.0 + 1.0)
    watch.now += 3.0  # alone again
    assert second(CALL).usd == pytest.approx(1.0 + 3.0)


def test_two_servers_serve_two_calls_at_the_full_price_each() -> None:
    watch = Watch()
    prices = pricing(watch, gpu("m", "http://a", "http://b"))
    ends = [prices("m") for _ in range(4)]
    watch.now += 1.0
    assert [end(CALL).usd for end in ends[:2]] == pytest.approx([0.5, 0.5])
    watch.now += 1.0
    assert [end(CALL).usd for end in ends[2:]] == pytest.approx([1.5, 1.5])


def test_adapters_of_one_base_share_its_gpu() -> None:
    watch = Watch()
    prices = pricing(watch, gpu("base"), gpu("adapter"))
    ends = [prices("base"), prices("adapter")]
    watch.now += 1.0
    assert [end(CALL).usd for end in ends] == pytest.approx([0.5, 0.5])


@settings(max_examples=60, deadline=None)
@given(
    servers=st.integers(1, 3),
    stays=st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), min_size=1, max_size=8),
)
def test_what_calls_pay_is_what_the_gpus_were_busy(servers: int, stays: list[tuple[int, int]]) -> None:
    watch = Watch()
    prices = pricing(watch, gpu("m", *[f"http://{number}" for number in range(servers)]))
    ends, paid, busy = {}, 0.0, 0.0
    for second in range(42):
        watch.now = 100.0 + second
        for number, (start, length) in enumerate(stays):
            if second == start:
                ends[number] = prices("m")
            if second == start + length:
                paid += ends.pop(number)(CALL).usd
        busy += min(servers, len(ends))
    assert paid == pytest.approx(busy)


def test_embeddings_are_compared_with_embeddings() -> None:
    embedded = ModelCall("embed", "unnamed", 1_000_000, 0, 0.01)
    priced = pricing(Watch())("unnamed")(embedded)
    assert (priced.usd, priced.reference_usd) == (0.0, 0.02)


MODEL = """
[[model]]
name = "m"
kind = "tgi"
urls = ["http://gpu-1:8080"]
gpu_hour_usd = 1
"""


def test_a_models_file_may_name_its_reference() -> None:
    text = '[reference]\nname = "ours"\nusd_per_million_input = 5\nusd_per_million_output = 15\n' + MODEL
    assert parse(text, allow_hosted=False, environment={})
    assert read_reference(text) == Reference("ours", 5.0, 15.0, 0.02)
    assert read_reference(MODEL) == DEFAULT_REFERENCE


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("reference = 3", "single brackets"),
        ("[[reference]]", "single brackets"),
        ("[reference]\nusd_per_million_input = 5", "`name`"),
        ('[reference]\nname = "x"\nusd_per_million_input = 5', "`usd_per_million_output`"),
        ('[reference]\nname = "x"\nusd_per_million_input = -1\nusd_per_million_output = 1', "`usd_per_million_input`"),
        ('[reference]\nname = "x"\nusd_per_million_input = nan\nusd_per_million_output = 1', "`usd_per_million_input`"),
        ('[reference]\nname = "x"\nprice = 1', "`price`"),
    ],
)
def test_a_wrong_reference_refuses_the_file(table: str, words: str) -> None:
    with pytest.raises(CatalogueInvalid, match=words):
        parse(f"{table}\n{MODEL}", allow_hosted=False, environment={})


def test_a_channel_is_named_by_its_ids_and_a_direct_one_by_nobody() -> None:
    slack = Address(Platform.SLACK, channel="C1", team="T1")
    assert channel_of(slack) == "slack:T1/C1"
    assert channel_of(Address(Platform.TELEGRAM, channel="-1001")) == "telegram:-1001"
    assert channel_of(Address(Platform.TELEGRAM, channel="42", direct=True)) == "telegram:direct"
    assert channel_of(Address(Platform.CONSOLE, direct=True)) == "console"
