"""`maru doctor` sees which permissions the app was given."""

from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from tests.standins.slack import SlackStandIn
from workers.checkup import Doubtful
from workers.platform_checks import PERMISSIONS, platform_checks
from workers.settings import Settings


@pytest.fixture
def slack() -> Iterator[SlackStandIn]:
    with SlackStandIn() as server:
        yield server


def looked(slack: SlackStandIn) -> str:
    secret = SecretStr("0" * 32)
    settings = Settings(slack_bot_token=SecretStr("xoxb-1"), slack_signing_secret=secret, slack_api_url=slack.api_url)
    check = next(one for one in platform_checks(settings) if one.name == "slack")
    return check.look(settings)


def test_a_token_that_may_not_upload_charts_is_doubtful(slack: SlackStandIn) -> None:
    slack.scopes = tuple(PERMISSIONS.keys() - {"files:write"})
    with pytest.raises(Doubtful, match="files:write") as doubt:
        looked(slack)
    assert "Reinstall" in doubt.value.cure


@pytest.mark.parametrize("scopes", [("chat:write", *PERMISSIONS), ()])
def test_one_that_may_or_does_not_say_is_well(slack: SlackStandIn, scopes: tuple[str, ...]) -> None:
    slack.scopes = scopes
    assert " in " in looked(slack)
