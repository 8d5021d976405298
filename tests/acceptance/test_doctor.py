"""`maru doctor` on real servers and on strict stand-ins of the platforms: what a person reads."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr

from tests.standins.slack import APP_TOKEN, BOT_TOKEN, SECRET, SlackStandIn
from tests.standins.slack_http import Failure
from tests.standins.telegram import TOKEN, TelegramStandIn
from workers.doctor import doctor
from workers.settings import Settings

pytestmark = pytest.mark.acceptance
NOWHERE = "http://127.0.0.1:1"


@pytest.fixture
def home() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder) / "home"


def line(said: str, name: str) -> str:
    return next(one for one in said.splitlines() if one.split()[1:2] == [name])


def test_a_machine_where_nothing_runs_is_told_how_to_start(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert doctor(Settings(home=home)) == 1

    said = capsys.readouterr().out
    assert line(said, "maru") == "WRONG  maru         does not run here."
    assert "mend:        make up" in said


def test_real_servers_are_well_and_missing_ones_are_named(
    home: Path, postgres_url: str, redis_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings(
        home=home, database_url=postgres_url, broker_url=redis_url, encoder_url=NOWHERE, ssllm_url=NOWHERE, http_port=1
    )

    assert doctor(settings) == 1

    said = capsys.readouterr().out
    for well in ("home", "disk", "database", "extensions", "migrations", "broker", "clock"):
        assert line(said, well).startswith("ok "), said
    for ill in ("encoder", "models", "gateway"):
        assert line(said, ill).startswith("WRONG "), said
        assert "does not answer" in line(said, ill)
    assert line(said, "workers").startswith("WRONG  workers      No worker has been seen"), said
    assert "4 of these need mending." in said


def test_a_database_without_tables_is_sent_to_migrate(
    home: Path, bare_database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    doctor(Settings(home=home, database_url=bare_database_url))

    said = capsys.readouterr().out
    assert "are not applied" in line(said, "migrations")
    assert "maru migrate" in said


def test_a_database_whose_searches_may_not_take_their_role_is_told_the_grant(
    home: Path, postgres_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("CREATE ROLE somebody LOGIN PASSWORD 'somebody'")
        connection.execute("GRANT SELECT ON schema_migrations TO somebody")
        try:
            user = postgres_url.partition("//")[2].partition("@")[0]
            doctor(Settings(home=home, database_url=postgres_url.replace(user, "somebody:somebody", 1)))
        finally:
            connection.execute("DROP OWNED BY somebody; DROP ROLE somebody")

    said = capsys.readouterr().out
    assert line(said, "migrations").startswith("WRONG ")
    assert "GRANT maru_reader TO somebody" in said


def test_a_database_that_is_away_is_one_line_a_check(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert doctor(Settings(home=home, database_url="postgresql://maru:hush@127.0.0.1:1/maru")) == 1

    said = capsys.readouterr().out
    assert "Connection refused" in line(said, "database")
    assert "hush" not in said


def test_good_tokens_are_shown_by_the_names_behind_them(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with SlackStandIn() as slack, TelegramStandIn() as telegram:
        doctor(
            Settings(
                home=home,
                slack_bot_token=SecretStr(BOT_TOKEN),
                slack_signing_secret=SecretStr("s"),
                slack_api_url=slack.api_url,
                telegram_bot_token=SecretStr(TOKEN),
                telegram_api_url=telegram.api_url,
            )
        )

    said = capsys.readouterr().out
    assert line(said, "slack").startswith("ok ")
    assert line(said, "telegram").startswith("ok     telegram     @")
    assert line(said, "clock") == "ok     clock        within 1 s of Slack"


def slack_settings(home: Path, slack: SlackStandIn, **more: object) -> Settings:
    return Settings(home=home, slack_bot_token=SecretStr(BOT_TOKEN), slack_api_url=slack.api_url, **more)


def test_an_app_that_may_not_ask_who_reads_along_is_looked_at(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with SlackStandIn() as slack:
        slack.scopes = ("chat:write", "files:write", "users:read")
        doctor(slack_settings(home, slack, slack_app_token=SecretStr(APP_TOKEN)))

    said = capsys.readouterr().out
    assert line(said, "slack").startswith("look ")
    assert "channels:read, groups:read, mpim:read" in line(said, "slack")
    assert "manifest.yaml" in said


def test_an_app_token_is_tried_and_a_refused_one_gets_its_cure(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with SlackStandIn() as slack:
        doctor(slack_settings(home, slack, slack_app_token=SecretStr(APP_TOKEN)))
        assert line(capsys.readouterr().out, "app-token") == "ok     app-token    Socket Mode may connect"

        slack.fail("apps.connections.open", Failure(error="invalid_auth"))
        assert doctor(slack_settings(home, slack, slack_app_token=SecretStr("xapp-old-one"))) == 1

    said = capsys.readouterr().out
    assert line(said, "app-token").startswith("WRONG ")
    assert line(said, "app-token").endswith("for the app token: invalid_auth.")
    assert "connections:write" in said
    assert "old-one" not in said


def test_an_unlikely_signing_secret_is_doubted_and_not_called_wrong(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with SlackStandIn() as slack:
        doctor(slack_settings(home, slack, slack_signing_secret=SecretStr(SECRET)))
        assert line(capsys.readouterr().out, "signing").startswith("ok ")

        doctor(slack_settings(home, slack, slack_signing_secret=SecretStr("not-the-secret")))

    said = capsys.readouterr().out
    assert line(said, "signing").startswith("look   signing ")
    assert "this has 14 characters" in said
    assert "not-the-secret" not in said
    assert "1 of these need mending." in said, "only that Maru does not run here"


@pytest.mark.parametrize(
    ("secret", "url", "error", "verdict"),
    [
        (None, "", None, "ok     webhook      none, Maru polls; updates waiting there: 1"),
        (None, "https://other.example/x", None, "look   webhook      Telegram has a webhook for this bot, at"),
        ("s3cret", "", None, "WRONG  webhook      MARU_TELEGRAM_WEBHOOK_SECRET is set, and Telegram has no webhook"),
        (
            "s3cret",
            "https://m.example/telegram/webhook",
            None,
            "ok     webhook      Telegram sends to m.example, updates waiting",
        ),
        ("s3cret", "https://m.example/hook", None, "look   webhook      Telegram sends to another path of m.example"),
        (
            "s3cret",
            "https://m.example/telegram/webhook",
            "Wrong response from the webhook: 401 Unauthorized",
            "WRONG  webhook      Telegram cannot deliver to m.example: Wrong response from the webhook: 401",
        ),
    ],
)
def test_the_state_of_the_telegram_webhook(
    home: Path, capsys: pytest.CaptureFixture[str], secret: str | None, url: str, error: str | None, verdict: str
) -> None:
    with TelegramStandIn() as telegram:
        telegram.webhook_url, telegram.webhook_error = url, error
        telegram.private("does anybody hear me?")
        doctor(
            Settings(
                home=home,
                telegram_bot_token=SecretStr(TOKEN),
                telegram_api_url=telegram.api_url,
                telegram_webhook_secret=SecretStr(secret) if secret else None,
            )
        )

    said = capsys.readouterr().out
    assert line(said, "webhook").startswith(verdict)
    assert ("mend:" in said.partition("webhook")[2]) == (not verdict.startswith("ok"))
    assert TOKEN not in said


@pytest.mark.parametrize(
    ("updates", "verdict"),
    [
        (["message", "edited_message"], "look   webhook      Telegram does not send callback_query"),
        (["message", "edited_message", "callback_query"], "ok     webhook"),
    ],
)
def test_a_webhook_that_brings_no_presses_is_noticed(
    home: Path, capsys: pytest.CaptureFixture[str], updates: list[str], verdict: str
) -> None:
    with TelegramStandIn() as telegram:
        telegram.webhook_url, telegram.webhook_updates = "https://m.example/telegram/webhook", updates
        doctor(
            Settings(
                home=home,
                telegram_bot_token=SecretStr(TOKEN),
                telegram_api_url=telegram.api_url,
                telegram_webhook_secret=SecretStr("s3cret"),
            )
        )

    assert line(capsys.readouterr().out, "webhook").startswith(verdict)


def test_refused_tokens_are_named_and_never_shown(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with SlackStandIn() as slack, TelegramStandIn() as telegram:
        slack.fail("auth.test", Failure(error="token_revoked"), times=2)
        doctor(
            Settings(
                home=home,
                slack_bot_token=SecretStr("xoxb-old-one"),
                slack_signing_secret=SecretStr("s"),
                slack_api_url=slack.api_url,
                telegram_bot_token=SecretStr("1:old-one"),
                telegram_api_url=telegram.api_url,
            )
        )

    said = capsys.readouterr().out
    assert line(said, "slack") == "WRONG  slack        Slack refuses the bot token: token_revoked."
    assert line(said, "telegram").startswith("WRONG  telegram     Telegram refuses the bot token (HTTP 40")
    assert "old-one" not in said


def test_a_platform_out_of_reach_does_not_give_the_token_away(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    doctor(Settings(home=home, telegram_bot_token=SecretStr("1:hush"), telegram_api_url=NOWHERE))

    said = capsys.readouterr().out
    assert "Telegram cannot be reached (ConnectError)" in line(said, "telegram")
    assert "hush" not in said
