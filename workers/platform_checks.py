"""What `maru doctor` asks Slack and Telegram: do they take our tokens, and can they reach us?"""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
from pydantic import SecretStr

from bot.domain.errors import PlatformUnavailable
from workers.checkup import SECONDS, Check, Doubtful, Ill
from workers.settings import Settings

SIGNING_SECRET = re.compile(r"[0-9a-f]{32}")
_ALONG = "It cannot be seen who reads along, so in channels only their own documents are used."
PERMISSIONS = {
    "files:write": "Charts of /maru cost and /maru router are left out.",
    **dict.fromkeys(("users:read", "channels:read", "groups:read", "mpim:read"), _ALONG),
}
"""What is lost without each; the others are needed for any answer, and Slack says so itself."""
WEBHOOK_PATH = "/telegram/webhook"
UPDATES = frozenset({"message", "edited_message", "callback_query"})
"""What Telegram must send: what people say, what they change, and which buttons they press."""


def platform_checks(settings: Settings) -> Iterator[Check]:
    """Yield the looks at the platforms whose tokens are set."""
    if settings.slack_bot_token:
        yield Check("slack", _slack)
    if settings.slack_app_token:
        yield Check("app-token", _app_token)
    if settings.slack_signing_secret:
        yield Check("signing", _signing)
    if settings.telegram_bot_token:
        yield Check("telegram", _telegram)
        yield Check("webhook", _webhook)


def platform_date(settings: Settings) -> tuple[str, str | None] | None:
    """Return the name of a connected platform and the Date header of its answer; None if none is connected."""
    if settings.slack_bot_token:
        return "Slack", _ask_slack(settings, "auth.test", settings.slack_bot_token).headers.get("Date")
    if settings.telegram_bot_token:
        return "Telegram", _ask_telegram(settings, "getMe").headers.get("Date")
    return None


def _slack(settings: Settings) -> str:
    reply = _ask_slack(settings, "auth.test", settings.slack_bot_token)
    said = _said(reply)
    if not said.get("ok"):
        raise Ill(
            f"Slack refuses the bot token: {said.get('error', 'it gave no reason')}.",
            cure="copy the Bot User OAuth Token (xoxb-…) from the app's OAuth page into MARU_SLACK_BOT_TOKEN.",
        )
    granted = {scope.strip() for scope in reply.headers.get("X-OAuth-Scopes", "").split(",")} - {""}
    if granted and (missing := PERMISSIONS.keys() - granted):
        lost = " ".join(dict.fromkeys(PERMISSIONS[one] for one in sorted(missing)))
        raise Doubtful(
            f"The app lacks permissions ({', '.join(sorted(missing))}). {lost}",
            cure="update the app from integrations/slack/manifest.yaml, then Install App → Reinstall.",
        )
    return f"{said.get('user', 'a bot')} in {said.get('team', 'a workspace')}"


def _app_token(settings: Settings) -> str:
    """Ask for a Socket Mode address, as the gateway does; one that nobody connects to expires by itself."""
    said = _said(_ask_slack(settings, "apps.connections.open", settings.slack_app_token))
    if not said.get("ok"):
        raise Ill(
            f"Slack gives no Socket Mode address for the app token: {said.get('error', 'it gave no reason')}.",
            cure="switch Socket Mode on in the app's settings, generate an App-Level Token (xapp-…) with the scope "
            "connections:write on its Basic Information page, and set MARU_SLACK_APP_TOKEN to it.",
        )
    return "Socket Mode may connect"


def _signing(settings: Settings) -> str:
    secret = settings.slack_signing_secret.get_secret_value() if settings.slack_signing_secret else ""
    if not SIGNING_SECRET.fullmatch(secret):
        raise Doubtful(
            f"MARU_SLACK_SIGNING_SECRET does not look like one: Slack's are 32 characters of 0-9 and a-f, "
            f"this has {len(secret)} characters.",
            cure="copy the Signing Secret from the app's Basic Information page (not the Client Secret, not the "
            "Verification Token). With a wrong one Maru answers 401 to everything that Slack sends.",
        )
    return "the signing secret looks like one; whether it is the right one shows with the first event"


def _telegram(settings: Settings) -> str:
    reply = _ask_telegram(settings, "getMe")
    if not reply.is_success:
        raise Ill(
            f"Telegram refuses the bot token (HTTP {reply.status_code}).",
            cure="ask @BotFather for the token again (/token) and set MARU_TELEGRAM_BOT_TOKEN.",
        )
    return f"@{_result(reply).get('username', 'a bot')}"


def _webhook(settings: Settings) -> str:
    reply = _ask_telegram(settings, "getWebhookInfo")
    if not reply.is_success:
        raise Ill(f"Telegram does not tell (HTTP {reply.status_code}).", cure="mend the bot token first.")
    found = _result(reply)
    url, waiting = str(found.get("url", "")), f"updates waiting there: {found.get('pending_update_count', 0)}"
    if settings.telegram_webhook_secret is None:
        return _polled(url, waiting)
    if not url:
        raise Ill(
            "MARU_TELEGRAM_WEBHOOK_SECRET is set, and Telegram has no webhook for this bot: nothing arrives.",
            cure="register it with setWebhook (README, With a webhook), or unset the secret to poll.",
        )
    if (trouble := found.get("last_error_message")) and found.get("pending_update_count"):
        raise Ill(
            f"Telegram cannot deliver to {_host(url)}: {trouble}; {waiting}.",
            cure=f"see that the address forwards {WEBHOOK_PATH} to Maru's port; after 401 repeat setWebhook with "
            "secret_token as in MARU_TELEGRAM_WEBHOOK_SECRET.",
        )
    if urlsplit(url).path != WEBHOOK_PATH:
        raise Doubtful(
            f"Telegram sends to another path of {_host(url)} than {WEBHOOK_PATH}, where Maru listens.",
            cure="see that your proxy forwards it there, or repeat setWebhook with the right address.",
        )
    if missing := UPDATES - set(found.get("allowed_updates") or UPDATES):
        raise Doubtful(
            f"Telegram does not send {', '.join(sorted(missing))}: the webhook was set without.",
            cure="repeat setWebhook with allowed_updates as the README has it (With a webhook).",
        )
    return f"Telegram sends to {_host(url)}, {waiting}"


def _polled(url: str, waiting: str) -> str:
    if url:
        raise Doubtful(
            f"Telegram has a webhook for this bot, at {_host(url)}, and Maru polls.",
            cure="Maru removes it when it begins to poll; if it comes back, another program uses this token.",
        )
    return f"none, Maru polls; {waiting}"


def _host(url: str) -> str:
    """Return no more of an address than its host: its path may be somebody's secret."""
    return urlsplit(url).hostname or "an unreadable address"


def _ask_slack(settings: Settings, method: str, token: SecretStr | None) -> httpx.Response:
    given = token.get_secret_value() if token else ""
    return _asked("Slack", f"{settings.slack_api_url.rstrip('/')}/{method}", {"Authorization": f"Bearer {given}"})


def _ask_telegram(settings: Settings, method: str) -> httpx.Response:
    token = settings.telegram_bot_token.get_secret_value() if settings.telegram_bot_token else ""
    return _asked("Telegram", f"{settings.telegram_api_url.rstrip('/')}/bot{token}/{method}", {})


def _asked(whom: str, url: str, headers: dict[str, str]) -> httpx.Response:
    try:
        return httpx.post(url, headers=headers, timeout=SECONDS)
    except httpx.HTTPError as error:
        # Only the kind of the failure: its text may contain the address, and Telegram's contains the token.
        raise PlatformUnavailable(
            f"{whom} cannot be reached ({type(error).__name__}): check this machine's network and proxy settings."
        ) from None


def _said(reply: httpx.Response) -> dict[str, Any]:
    return _object(reply) if reply.is_success else {"error": f"HTTP {reply.status_code}"}


def _result(reply: httpx.Response) -> dict[str, Any]:
    result = _object(reply).get("result")
    return result if isinstance(result, dict) else {}


def _object(reply: httpx.Response) -> dict[str, Any]:
    """Return the JSON object of an answer; a portal or a proxy may answer with something else."""
    try:
        said = reply.json()
    except ValueError:
        said = None
    return said if isinstance(said, dict) else {"error": "the answer is not JSON: is the API URL right?"}
