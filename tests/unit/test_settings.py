"""Settings: what the environment may say, and what a person reads when it says something else."""

import fcntl
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.domain.errors import SettingsInvalid
from workers.embedded.keys import write_private
from workers.settings import Settings, load, lock_file, run_file, running

Environment = Callable[..., None]


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[Environment]:
    """Set MARU_ variables for one test; the home is an empty folder."""
    before = dict(os.environ)

    def put(**values: str) -> None:
        os.environ.update({f"MARU_{name.upper()}": value for name, value in values.items()})

    put(home=str(tmp_path / "home"))
    yield put
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
def supervised(tmp_path: Path) -> Iterator[Path]:
    """A home whose lock is held, as by a running `maru up`."""
    home = tmp_path / "home"
    (home / "run").mkdir(parents=True)
    with lock_file(home).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield home


def test_a_bare_machine_needs_no_setting(environment: Environment) -> None:
    settings = load()

    assert (settings.http_host, settings.http_port) == ("127.0.0.1", 8646)
    assert settings.database_url is settings.broker_url is settings.models_file is None
    assert not settings.allow_hosted
    assert settings.slack_api_url == "https://slack.com/api/"
    assert settings.telegram_api_url == "https://api.telegram.org"


def test_an_empty_variable_is_an_unset_one(environment: Environment) -> None:
    environment(http_port="", database_url="", slack_bot_token="", admins=" ", api_keys="")

    assert load() == Settings(home=load().home)


def test_lists_are_separated_by_commas_and_may_contain_spaces(environment: Environment) -> None:
    environment(admins="slack:T1/U2, telegram:42", telegram_allowed="7,-100123", api_keys="one, two,")

    settings = load()

    assert settings.admins == {"slack:T1/U2", "telegram:42"}
    assert settings.telegram_allowed == {"7", "-100123"}
    assert [key.get_secret_value() for key in settings.api_keys] == ["one", "two"]


def test_secrets_do_not_show_in_logs(environment: Environment) -> None:
    environment(telegram_bot_token="42:very-secret", api_keys="hidden-key")

    assert "very-secret" not in repr(load())
    assert "hidden-key" not in repr(load())


@pytest.mark.parametrize(
    ("variable", "value", "cure"),
    [
        ("http_port", "eighty", "a port from 1 to 65535"),
        ("http_port", "70000", "a port from 1 to 65535"),
        ("allow_hosted", "perhaps", "true or false"),
        ("log_level", "loud", "debug, info, warning, error"),
        ("database_url", "mysql://x/y", "unset it to use the embedded Postgres"),
        ("broker_url", "localhost:6379", "embedded Redis"),
        ("broker_url", "sentinel://127.0.0.1:26379/0", "Sentinel is not"),
        ("broker_url", "sqs://key:secret@", "rediss, amqp and amqps"),
        ("broker_url", "memory://localhost", "redis://"),
        ("slack_api_url", "slack.com", "https://slack.com/api/"),
        ("telegram_bot_token", "no-colon", "@BotFather"),
        ("admins", "slack:T1/U2,bob", "slack:T1/U2,telegram:42"),
        ("telegram_allowed", "@someone", "numeric ids"),
    ],
)
def test_a_malformed_value_is_one_sentence_with_the_cure(
    environment: Environment, variable: str, value: str, cure: str
) -> None:
    environment(**{variable: value})

    with pytest.raises(SettingsInvalid) as refusal:
        load()

    sentence = str(refusal.value)
    assert sentence.startswith(f"MARU_{variable.upper()} ")
    assert cure in sentence
    assert "\n" not in sentence


def test_a_complaint_about_a_token_does_not_repeat_it(environment: Environment) -> None:
    environment(telegram_bot_token="sesame")

    with pytest.raises(SettingsInvalid) as refusal:
        load()

    assert "sesame" not in str(refusal.value)
    assert refusal.value.__cause__ is None


def test_a_slack_token_needs_a_way_in(environment: Environment) -> None:
    environment(slack_bot_token="xoxb-1")

    with pytest.raises(SettingsInvalid, match=r"MARU_SLACK_SIGNING_SECRET .* or MARU_SLACK_APP_TOKEN"):
        load()


@pytest.mark.parametrize("secret", ["slack_signing_secret", "slack_app_token"])
def test_a_slack_secret_needs_the_bot_token(environment: Environment, secret: str) -> None:
    environment(**{secret: "x"})

    with pytest.raises(SettingsInvalid, match="without MARU_SLACK_BOT_TOKEN"):
        load()


def test_swapped_slack_tokens_are_noticed(environment: Environment) -> None:
    environment(slack_bot_token="xapp-1", slack_app_token="xoxb-1")

    with pytest.raises(SettingsInvalid, match="MARU_SLACK_BOT_TOKEN holds an app-level token"):
        load()


def test_other_commands_learn_from_a_running_supervisor_where_its_parts_are(
    environment: Environment, supervised: Path
) -> None:
    write_private(
        run_file(supervised), "MARU_DATABASE_URL='postgresql://maru:p@/maru?host=/s p'\nMARU_HTTP_PORT='99'\n"
    )
    environment(http_port="4242")

    settings = load()

    assert settings.database_url == "postgresql://maru:p@/maru?host=/s p"
    assert settings.http_port == 4242, "the real environment wins"


def test_what_a_killed_supervisor_wrote_counts_no_longer(environment: Environment, tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "run").mkdir(parents=True)
    lock_file(home).touch()
    write_private(run_file(home), "MARU_DATABASE_URL='postgresql://maru@/gone'\n")

    assert load().database_url is None


def test_running_looks_without_disturbing(supervised: Path, tmp_path: Path) -> None:
    assert running(supervised)
    assert running(supervised)
    assert not running(tmp_path / "elsewhere")
