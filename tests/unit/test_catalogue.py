"""The models file: what it may say, and the one sentence for each mistake."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import CatalogueInvalid
from bot.domain.models import ModelEntry
from bot.ensemble.catalogue import parse

SMALL = """
[[model]]
name = "qwen"
kind = "tgi"
urls = ["http://gpu-1:8080/", "http://gpu-2:8080"]
gpu_hour_usd = 1.1
"""


def read(text: str, *, allow_hosted: bool = False, **environment: str) -> tuple[ModelEntry, ...]:
    return parse(text, allow_hosted=allow_hosted, environment=environment)


def test_a_short_entry_gets_the_documented_defaults() -> None:
    assert read(SMALL) == (
        ModelEntry(
            name="qwen",
            kind="tgi",
            urls=("http://gpu-1:8080", "http://gpu-2:8080"),
            served_name="tgi",
            size="small",
            tasks=("chat", "answer"),
            max_in_flight=32,
            gpu_hour_usd=1.1,
        ),
    )


def test_a_full_entry_is_read_field_by_field() -> None:
    (entry,) = read(
        """
        [[model]]
        name = "large-1"
        kind = "openai"
        urls = ["https://models.example.com/v1"]
        served_name = "org/large-1"
        size = "large"
        tasks = ["answer", "incident-report"]
        languages = ["en", "ko"]
        context_tokens = 32768
        max_in_flight = 8
        first_token_seconds = 5
        total_seconds = 90.5
        usd_per_million_input = 2.5
        usd_per_million_output = 10
        api_key_env = "LARGE_KEY"
        hosted = true
        """,
        allow_hosted=True,
        LARGE_KEY=" sk-1\n",
    )
    assert entry == ModelEntry(
        name="large-1",
        kind="openai",
        urls=("https://models.example.com/v1",),
        served_name="org/large-1",
        size="large",
        tasks=("answer", "incident-report"),
        languages=("en", "ko"),
        context_tokens=32768,
        max_in_flight=8,
        first_token_seconds=5,
        total_seconds=90.5,
        usd_per_million_input=2.5,
        usd_per_million_output=10,
        api_key="sk-1",
        hosted=True,
    )
    assert "sk-1" not in repr(entry)


def test_other_kinds_are_called_by_their_own_name_and_tei_embeds() -> None:
    more = (
        '[[model]]\nname = "e5"\nkind = "tei"\nurls = ["http://tei:80"]\ngpu_hour_usd = 0\nquery_prefix = "query: "\n'
    )
    entry = read(SMALL + more)[1]
    assert (entry.served_name, entry.tasks, entry.query_prefix) == ("e5", ("embed",), "query: ")


def test_a_short_total_time_shortens_the_default_wait_for_the_first_token() -> None:
    (entry,) = read(SMALL + "total_seconds = 8")
    assert (entry.first_token_seconds, entry.total_seconds) == (8, 8)


def test_the_example_in_the_repository_is_valid() -> None:
    text = Path(__file__).parents[2].joinpath("models.example.toml").read_text(encoding="utf-8")
    entries = read(text)
    able = [entry.name for entry in entries if "answer" in entry.tasks]
    assert able == ["qwen2.5-7b-instruct", "qwen2.5-72b-instruct"]
    uncommented = "\n".join(
        line.removeprefix("# ") if "= " in line or "[[" in line else line for line in text.splitlines()
    )
    assert any(model.get("hosted") for model in tomllib.loads(uncommented)["model"])


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ('colour = "red"', "`colour`: there is no such field"),
        ('size = "huge"', '`size`: write "small" or "large"'),
        ("size = 3", "`size`: write"),
        ('served_name = ""', "`served_name`: give the name"),
        ("tasks = []", "`tasks`: list tasks"),
        ('tasks = ["Big Task"]', "`tasks`: list tasks"),
        ('tasks = ["embed"]', "`tasks`: a model of kind tgi cannot do `embed`"),
        ('languages = ["english"]', "`languages`: list ISO 639-1 codes"),
        ("context_tokens = 10", "`context_tokens`: give a whole number"),
        ("max_in_flight = true", "`max_in_flight`: give a whole number"),
        ("max_in_flight = 0", "`max_in_flight`: give a whole number"),
        ("total_seconds = 0", "`total_seconds`: give seconds"),
        ("total_seconds = nan", "`total_seconds`: give seconds"),
        ("first_token_seconds = 90", "`first_token_seconds`: it must not exceed total_seconds, which is 60"),
        ("usd_per_million_input = -1", "`usd_per_million_input`: give dollars"),
        ('hosted = "no"', "`hosted`: write true or false"),
        ('api_key_env = "NOT_SET"', "`api_key_env`: the variable NOT_SET is not set"),
        ('api_key_env = "TWO_LINES"', "`api_key_env`: the variable TWO_LINES holds what cannot be sent"),
    ],
)
def test_a_wrong_field_is_named_with_its_entry_and_cure(line: str, sentence: str) -> None:
    with pytest.raises(CatalogueInvalid) as caught:
        read(SMALL + line, TWO_LINES="secret\nX-Injected: 1")
    assert f"model `qwen`, {sentence}" in str(caught.value)
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("urls", "sentence"),
    [
        ("[]", "list addresses"),
        ('"http://gpu:1"', "list addresses"),
        ("[3]", "each must be a string"),
        ('["gpu-1:8080"]', "is no http:// or https:// address"),
        ('["ftp://gpu-1"]', "is no http:// or https:// address"),
        ('["http://"]', "is no http:// or https:// address"),
        ('["http://gpu 1"]', "is no http:// or https:// address"),
        ('["http://gpu:99999"]', "one is no address"),
        ('["http://me:hunter2@gpu"]', "keys belong into api_key_env"),
        ('["http://gpu/v1/chat/completions"]', "names a route"),
        ('["http://gpu?x=1"]', "names a route"),
        ('["http://gpu", "http://gpu/"]', "listed twice"),
    ],
)
def test_a_wrong_address_is_explained(urls: str, sentence: str) -> None:
    text = SMALL.replace('["http://gpu-1:8080/", "http://gpu-2:8080"]', urls)
    with pytest.raises(CatalogueInvalid) as caught:
        read(text)
    assert "model `qwen`, `urls`:" in str(caught.value)
    assert sentence in str(caught.value)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("field", ["name", "kind", "urls"])
def test_a_missing_field_is_named(field: str) -> None:
    text = "\n".join(line for line in SMALL.splitlines() if not line.startswith(field))
    with pytest.raises(CatalogueInvalid, match=f"`{field}`: it is missing"):
        read(text)


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(CatalogueInvalid, match='`kind`: write "tgi", "openai"'):
        read(SMALL.replace('"tgi"', '"vllm"'))


@pytest.mark.parametrize("price", ["", "usd_per_million_input = 1", "usd_per_million_output = 1"])
@pytest.mark.parametrize("kind", ["tgi", "openai", "tei"])
def test_a_model_without_a_price_is_refused(kind: str, price: str) -> None:
    text = SMALL.replace("gpu_hour_usd = 1.1", price).replace('"tgi"', f'"{kind}"')
    with pytest.raises(CatalogueInvalid, match="without a price is refused"):
        read(text)


def test_a_hosted_model_needs_permission() -> None:
    with pytest.raises(CatalogueInvalid, match="MARU_ALLOW_HOSTED=true"):
        read(SMALL + "hosted = true")
    assert read(SMALL + "hosted = true", allow_hosted=True)[0].hosted


EMBEDDING = '[[model]]\nname = "e5"\nkind = "tei"\nurls = ["http://tei-1:80"]\ngpu_hour_usd = 0\n'


def test_an_embedding_model_at_two_addresses_is_refused() -> None:
    with pytest.raises(CatalogueInvalid, match="model `e5`, `urls`: a model of kind tei is asked at one address"):
        read(SMALL + EMBEDDING.replace('"http://tei-1:80"', '"http://tei-1:80", "http://tei-2:80"'))


def test_two_embedding_models_are_refused() -> None:
    with pytest.raises(CatalogueInvalid, match="model `bge`, `tasks`: another model embeds already"):
        read(SMALL + EMBEDDING + EMBEDDING.replace('"e5"', '"bge"'))


@pytest.mark.parametrize("tasks", ['["chat"]', '["chat", "judge"]', '["incident-report"]'])
def test_models_that_cannot_answer_are_refused(tasks: str) -> None:
    with pytest.raises(CatalogueInvalid, match="no model that answers"):
        read(f"{SMALL}tasks = {tasks}")


def test_two_models_of_one_name_are_refused() -> None:
    with pytest.raises(CatalogueInvalid, match="two models have it"):
        read(SMALL + SMALL)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "names no model"),
        ("model = []", "names no model"),
        ("[model]\nname = 'x'", "double brackets"),
        ("models = 3", "`models` outside of a model"),
        ("[[model]]\nname = ", "not valid TOML"),
        (
            "[[model]]\nname = 'e5'\nkind = 'tei'\nurls = ['http://tei']\ngpu_hour_usd = 0",
            "no model that answers",
        ),
    ],
)
def test_a_file_that_is_wrong_as_a_whole(text: str, sentence: str) -> None:
    with pytest.raises(CatalogueInvalid, match=sentence):
        read(text)


def toml(value: object) -> str:
    """Write a value as TOML."""
    if isinstance(value, str):
        letters = (f"\\U{ord(letter):08X}" for letter in value if not 0xD800 <= ord(letter) <= 0xDFFF)
        return f'"{"".join(letters)}"'
    if isinstance(value, list):
        return f"[{', '.join(map(toml, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{toml(key)} = {toml(one)}' for key, one in value.items())}}}"
    return str(value).lower()


SCALARS = st.text(max_size=8) | st.integers(-9, 999) | st.floats() | st.booleans()
VALUES = SCALARS | st.lists(SCALARS, max_size=3) | st.dictionaries(st.text(max_size=3), SCALARS, max_size=2)
FIELDS = ("name", "kind", "urls", "served_name", "size", "tasks", "languages", "hosted", "gpu_hour_usd", "api_key_env")


@given(st.sampled_from(FIELDS), VALUES)
def test_no_value_breaks_it_otherwise(field: str, value: object) -> None:
    lines = [line for line in SMALL.splitlines() if not line.startswith(field)]
    try:
        read("\n".join([*lines, f"{field} = {toml(value)}"]))
    except CatalogueInvalid as error:
        assert f"`{field}`" in str(error) or "no model that answers" in str(error)
