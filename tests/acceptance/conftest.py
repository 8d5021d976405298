"""Two Marus for the whole session, each started once: one as `make up` gives it, one whose model the tests command."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance import house
from tests.acceptance.house import HANDBOOK, House
from tests.acceptance.models import CommandedModel
from tests.acceptance.seen import SlackScreen, TelegramScreen
from tests.standins.slack import APP_TOKEN, BOT_TOKEN, SECRET, SlackStandIn
from tests.standins.telegram import TOKEN, TelegramStandIn
from workers.preflight import free_ports

ADMINISTRATORS = "slack:T1/U2,telegram:42"
TEST_SECONDS = 300
KEY = "acceptance-key"
PAGES = ("deploys", "on-call", "incidents")
"""What `commanded` knows: enough to search in, and soon embedded."""

WEBHOOK_SECRET = "acceptance-webhook-secret"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the first test of a session wait until everything has started on a busy machine."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.timeout(TEST_SECONDS))


@pytest.fixture(scope="session")
def slack() -> Iterator[SlackScreen]:
    """The workspace of `maru`, as its people see it."""
    with SlackStandIn() as stand_in:
        yield SlackScreen(stand_in)
        assert stand_in.refusals == []


@pytest.fixture(scope="session")
def telegram() -> Iterator[TelegramScreen]:
    """Telegram, as the people who talk to `maru` see it."""
    with TelegramStandIn() as stand_in:
        yield TelegramScreen(stand_in)
        assert stand_in.complaints == []


@pytest.fixture(scope="session")
def maru(slack: SlackScreen, telegram: TelegramScreen) -> Iterator[House]:
    """Everything embedded, connected to both platforms, with the handbook in its library."""
    settings = {
        "MARU_SLACK_BOT_TOKEN": BOT_TOKEN,
        "MARU_SLACK_SIGNING_SECRET": SECRET,
        "MARU_SLACK_API_URL": slack.platform.api_url,
        "MARU_TELEGRAM_BOT_TOKEN": TOKEN,
        "MARU_TELEGRAM_API_URL": telegram.platform.api_url,
        "MARU_ADMINS": ADMINISTRATORS,
        "MARU_TELEGRAM_ALLOWED": "43,-1001",
        "MARU_API_KEYS": f"another-key,{KEY}",
    }
    with house.new_home() as home, house.running(home, **settings) as running:
        added = running.command("kb", "add", str(HANDBOOK))
        assert added.returncode == 0, added.stderr
        yield running


@pytest.fixture(scope="session")
def side_door(maru: House, slack: SlackScreen, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A second gateway of the same Maru, with Telegram's webhook and Slack's Socket Mode; its address."""
    (port,) = free_ports(1)
    surroundings = {
        **maru.surroundings,
        "MARU_HTTP_PORT": str(port),
        "MARU_SLACK_APP_TOKEN": APP_TOKEN,
        "MARU_TELEGRAM_WEBHOOK_SECRET": WEBHOOK_SECRET,
    }
    output: Path = tmp_path_factory.mktemp("side-door") / "gateway.log"
    with house.process(output, surroundings, "gateway"):
        url = f"http://127.0.0.1:{port}"
        house.eventually(lambda: house.answers(f"{url}/readyz"), f"the second gateway serves; see {output}")
        assert slack.platform.socket.wait_open(seconds=30)
        yield url


@pytest.fixture(scope="session")
def commanded_slack() -> Iterator[SlackScreen]:
    """The workspace of `commanded`."""
    with SlackStandIn() as stand_in:
        yield SlackScreen(stand_in)


@pytest.fixture(scope="session")
def commanded_model() -> Iterator[CommandedModel]:
    """The model server of `commanded`."""
    with CommandedModel() as model:
        yield model


@pytest.fixture(scope="session")
def commanded(maru: House, commanded_slack: SlackScreen, commanded_model: CommandedModel) -> Iterator[House]:
    """A Maru with a catalogue: its one chat model is a TGI that says what a test tells it. It shares the encoder."""
    with house.new_home() as home:
        catalogue = home / "models.toml"
        catalogue.write_text(commanded_model.catalogue, encoding="utf-8")
        settings = {
            "MARU_SLACK_BOT_TOKEN": BOT_TOKEN,
            "MARU_SLACK_SIGNING_SECRET": SECRET,
            "MARU_SLACK_API_URL": commanded_slack.platform.api_url,
            "MARU_ADMINS": ADMINISTRATORS,
            "MARU_MODELS_FILE": catalogue,
            "MARU_ENCODER_URL": maru.addresses()["MARU_ENCODER_URL"],
        }
        with house.running(home, **settings) as running:
            added = running.command("kb", "add", *(str(HANDBOOK / "en" / f"{page}.md") for page in PAGES))
            assert added.returncode == 0, added.stderr
            yield running


@pytest.fixture
def model(commanded_model: CommandedModel) -> Iterator[CommandedModel]:
    """The model of `commanded`, at its best behaviour before and after the test."""
    commanded_model.behave()
    yield commanded_model
    commanded_model.behave()
