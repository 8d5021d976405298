"""The app manifest grants what Maru's calls and events need, and nothing more."""

from pathlib import Path

import yaml

import integrations.slack
from tests.standins.slack_methods import METHODS

MANIFEST = Path(integrations.slack.__file__).parent / "manifest.yaml"

# Scopes a bot token needs for each method and event, from Slack's reference.
CHANNELS = {"channels:read", "groups:read", "mpim:read"}  # im:read is for the app's own direct messages
HISTORIES = {"channels:history", "groups:history", "im:history", "mpim:history"}
METHOD_SCOPES: dict[str, set[str]] = {
    "auth.test": set(),
    "apps.connections.open": set(),  # an app-level token's connections:write
    "chat.postMessage": {"chat:write"},
    "chat.update": {"chat:write"},
    "reactions.add": {"reactions:write"},
    "users.info": {"users:read"},
    "users.list": {"users:read"},
    "users.conversations": CHANNELS,
    "conversations.members": CHANNELS,
    "conversations.info": CHANNELS,
    "files.getUploadURLExternal": {"files:write"},
    "files.completeUploadExternal": {"files:write"},
    "conversations.history": HISTORIES,
    "conversations.replies": HISTORIES,
}
EVENT_SCOPES = {
    "app_mention": {"app_mentions:read"},
    "message.im": {"im:history"},
    "message.channels": {"channels:history"},
    "message.groups": {"groups:history"},
}


def test_the_scopes_are_exactly_those_that_are_used() -> None:
    manifest = yaml.safe_load(MANIFEST.read_text())
    events = manifest["settings"]["event_subscriptions"]["bot_events"]
    needed = {"commands"}.union(*METHOD_SCOPES.values(), *(EVENT_SCOPES[event] for event in events))
    assert set(METHOD_SCOPES) == set(METHODS)
    assert set(manifest["oauth_config"]["scopes"]["bot"]) == needed


def test_it_works_as_pasted_and_over_http_after_the_changes_it_names() -> None:
    text = MANIFEST.read_text()
    pasted = yaml.safe_load(text)
    assert pasted["settings"]["socket_mode_enabled"] is True
    assert "request_url" not in pasted["settings"]["event_subscriptions"]
    text = text.replace("# url: ", "url: ").replace("# request_url: ", "request_url: ")
    over_http = yaml.safe_load(text.replace("socket_mode_enabled: true", "socket_mode_enabled: false"))
    (command,) = over_http["features"]["slash_commands"]
    assert command["url"] == over_http["settings"]["event_subscriptions"]["request_url"]
    assert over_http["settings"]["interactivity"] == {"is_enabled": True, "request_url": command["url"]}
    assert command["command"] == "/maru"
    assert command["url"].endswith("/slack/events")


def test_it_keeps_slack_s_limits() -> None:
    manifest = yaml.safe_load(MANIFEST.read_text())
    assert len(manifest["display_information"]["name"]) <= 35
    assert len(manifest["display_information"]["description"]) <= 140
    assert manifest["features"]["app_home"]["messages_tab_read_only_enabled"] is False
