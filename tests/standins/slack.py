"""A strict Slack on 127.0.0.1: Web API, response URLs and Socket Mode, for Maru's real client libraries.

with SlackStandIn() as slack:
    headers, body = slack.signed(slack.mention("how do I roll back?"))
    …
    slack.wait_posts(1)
"""

import hashlib
import hmac
import itertools
import json
import time
import uuid
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Condition
from typing import Any
from urllib.parse import urlencode

from tests.standins.loopback import LoopbackServer
from tests.standins.slack_blocks import buttons_in, well_formed
from tests.standins.slack_http import Failure, serve
from tests.standins.slack_methods import LONGEST_TEXT, METHODS, Refused, check
from tests.standins.slack_socket import SocketLink

TEAM, BOT_USER, BOT_ID = "T1", "UMARU", "BMARU"
BOT_TOKEN, APP_TOKEN, SECRET = "xoxb-stand-in", "xapp-stand-in", "5ca1ab1e" * 4


Payload = Mapping[str, Any] | str | bytes


def signed(
    payload: Mapping[str, Any] | str | bytes,
    secret: str = SECRET,
    *,
    timestamp: float | str | None = None,
    form: bool = False,
) -> tuple[dict[str, str], bytes]:
    """Return headers and body as Slack would send them; a mapping becomes JSON, or a form if `form`.

    The press of a button is always the one field of a form.
    """
    if isinstance(payload, Mapping):
        if payload.get("type") == "block_actions":
            payload, form = {"payload": json.dumps(payload)}, True
        form = form or "command" in payload
        payload = urlencode(payload) if form else json.dumps(payload)
    body = payload.encode() if isinstance(payload, str) else payload
    stamp = str(int(time.time()) if timestamp is None else timestamp)
    digest = hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    return {
        "content-type": "application/x-www-form-urlencoded" if form else "application/json",
        "x-slack-request-timestamp": stamp,
        "x-slack-signature": f"v0={digest}",
    }, body


@dataclass
class SlackFile:
    """A file that was announced, and then uploaded, and then shown. length: bytes, as announced."""

    id: str
    name: str
    length: int
    alt: str | None = None
    title: str | None = None
    content: bytes | None = None
    shown: bool = False


class SlackStandIn:
    """One workspace. Everything it accepted and refused is kept for the test to read."""

    def __init__(self, *, record: Callable[[str, Mapping[str, Any]], None] = lambda method, arguments: None) -> None:
        """record: is told of each post and update, in the order in which they were accepted."""
        self._record = record
        self._changed = Condition()
        self._server = LoopbackServer(lambda exchange: serve(exchange, self))
        self._clock = itertools.count(1)
        self._failures: dict[str, deque[Failure]] = defaultdict(deque)
        self.messages: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.posts: list[dict[str, Any]] = []  # arguments of chat.postMessage, with their ts
        self.replies = 0  # posts that are no notice of somebody's place in the line
        self.updates: list[dict[str, Any]] = []
        self.responses: list[dict[str, Any]] = []  # bodies sent to response URLs, with the path as `url`
        self.reactions: list[tuple[str, str, str]] = []  # channel, ts, name
        self.files: dict[str, SlackFile] = {}  # by id
        self.pictures: list[tuple[str, str | None, SlackFile]] = []  # channel, thread, file, as people see them
        self.largest_page = 1000  # Slack gives fewer rows than asked for whenever it likes
        self.strange_upload_url: str | None = None
        self.scopes: tuple[str, ...] = ()  # said in a header of each answer, as the Web API does
        self.calls: Counter[str] = Counter()  # by method, applied or not
        self.refusals: list[tuple[str, str]] = []  # method, word: a test may assert that there are none
        self.users: dict[str, dict[str, Any]] = {}
        self.channels: dict[str, dict[str, Any]] = {}  # as conversations.info has them
        self.members: dict[str, set[str]] = {}  # by channel; whoever speaks in one is in it
        self.socket = SocketLink()
        for user in ("U1", "U2", "U3"):
            self.add_user(user)
        self.add_user("UGUEST", is_restricted=True)
        self.add_user("USTRANGER", team_id="T9", is_stranger=True)

    def __enter__(self) -> "SlackStandIn":
        self._server.__enter__()
        return self

    def __exit__(self, *exc: object) -> None:
        self.socket.close()
        self._server.__exit__(*exc)
        assert not self._server.counts.crashes, "\n".join(self._server.counts.crashes)

    # Where it is, and what a test may arrange

    @property
    def url(self) -> str:
        return self._server.url

    @property
    def api_url(self) -> str:
        return f"{self.url}/api/"

    def response_url(self, name: str = "1") -> str:
        return f"{self.url}/commands/{TEAM}/{name}"

    def add_user(self, user: str, *, team_id: str = TEAM, **flags: Any) -> None:
        """Put a person into the workspace; flags as in users.info (is_restricted, is_stranger, deleted, …)."""
        self.users[user] = {"id": user, "team_id": team_id, "name": user.lower(), "deleted": False, **flags}

    def add_channel(self, channel: str, *members: str, **flags: Any) -> None:
        """Make a channel of these people and Maru; flags as in conversations.info (is_private, is_ext_shared, …)."""
        self.channels[channel] = {
            "id": channel,
            "name": channel.lower(),
            "is_channel": True,
            "is_private": False,
            **flags,
        }
        self.members[channel] = {BOT_USER, *members}

    def fail(self, method: str, failure: Failure, *, times: int = 1) -> None:
        """Let the next calls of a method fail; `response_url` names the response URLs."""
        self._failures[method].extend([failure] * times)

    def forgive(self, method: str) -> None:
        """Let no further call of a method fail."""
        self._failures[method].clear()

    def say(self, channel: str, user: str, text: str, *, thread_ts: str | None = None, **more: Any) -> str:
        """Put a message into a channel without an event; return its ts."""
        self._room(channel).add(user)
        ts = self._next_ts()
        self._keep(channel, {"type": "message", "user": user, "text": text, "ts": ts, "thread_ts": thread_ts, **more})
        return ts

    # What Slack sends

    @staticmethod
    def signed(
        payload: Mapping[str, Any] | str | bytes, secret: str = SECRET, **how: Any
    ) -> tuple[dict[str, str], bytes]:
        """See the function of the same name."""
        return signed(payload, secret, **how)

    def mention(
        self, text: str, *, user: str = "U1", channel: str = "C1", thread_ts: str | None = None
    ) -> dict[str, Any]:
        """Say `<@Maru> text` in a channel and return the envelope of its app_mention."""
        return self._envelope("app_mention", f"<@{BOT_USER}> {text}", user, channel, thread_ts)

    def direct(
        self, text: str, *, user: str = "U1", channel: str = "D1", thread_ts: str | None = None
    ) -> dict[str, Any]:
        """Say something to Maru in a direct message and return the envelope."""
        envelope = self._envelope("message", text, user, channel, thread_ts)
        envelope["event"]["channel_type"] = "im"
        return envelope

    def command(self, text: str, *, user: str = "U1", channel: str = "C1") -> dict[str, str]:
        """Return the form of `/maru text`."""
        unique = uuid.uuid4().hex[:12]
        return {
            "token": "legacy", "team_id": TEAM, "team_domain": "stand-in", "channel_id": channel, "channel_name": "ops",
            "user_id": user, "user_name": user.lower(), "command": "/maru", "text": text, "api_app_id": "A1",
            "is_enterprise_install": "false", "response_url": self.response_url(unique), "trigger_id": f"1.2.{unique}",
        }  # fmt: skip

    def press(
        self, post: Mapping[str, Any], label: str, *, user: str = "U1", at: float | None = None, **more: Any
    ) -> dict[str, Any]:
        """Press a button under one of Maru's posts or answers; return the payload. at: when, in seconds."""
        (button,) = [one for one in buttons_in(post.get("blocks")) if one["text"]["text"] == label]
        pressed = {key: button[key] for key in ("type", "action_id", "value", "text")}
        alone = "url" in post  # an answer to a slash command, which one person sees
        channel, ts = post.get("channel", "C1"), post.get("ts") or self._next_ts()
        thread = {"thread_ts": post["thread_ts"]} if post.get("thread_ts") else {}
        said = {"type": "message", "user": BOT_USER, "bot_id": BOT_ID, "ts": ts, "team": TEAM, "text": post["text"]}
        payload = {
            "type": "block_actions",
            "token": "legacy",
            "api_app_id": "A1",
            "team": {"id": TEAM, "domain": "stand-in"},
            "enterprise": None,
            "is_enterprise_install": False,
            "user": {"id": user, "username": user.lower(), "name": user.lower(), "team_id": TEAM},
            "channel": {"id": channel, "name": "ops"},
            "container": {
                "type": "message", "message_ts": ts, "channel_id": channel, "is_ephemeral": alone, **thread,
            },
            "trigger_id": f"1.2.{uuid.uuid4().hex[:12]}",
            "response_url": self.response_url(uuid.uuid4().hex[:12]),
            "state": {"values": {}},
            "actions": [{**pressed, "block_id": "b1", "action_ts": f"{time.time() if at is None else at:.6f}"}],
            **more,
        }  # fmt: skip
        return payload if alone else {**payload, "message": {**said, **thread}}

    def _envelope(self, kind: str, text: str, user: str, channel: str, thread_ts: str | None) -> dict[str, Any]:
        ts = self.say(channel, user, text, thread_ts=thread_ts)
        event = {"type": kind, "user": user, "text": text, "ts": ts, "team": TEAM, "channel": channel, "event_ts": ts}
        return {
            "token": "legacy",
            "team_id": TEAM,
            "api_app_id": "A1",
            "type": "event_callback",
            "event_id": f"Ev{uuid.uuid4().hex[:10].upper()}",
            "event_time": int(float(ts)),
            "event": {**event, **({"thread_ts": thread_ts} if thread_ts else {})},
            "authorizations": [{"enterprise_id": None, "team_id": TEAM, "user_id": BOT_USER, "is_bot": True}],
            "is_ext_shared_channel": False,
        }

    # What a test waits for

    def wait_posts(self, count: int, *, seconds: float = 10.0) -> list[dict[str, Any]]:
        """Return the posts once there are `count` or the time is over."""
        with self._changed:
            self._changed.wait_for(lambda: len(self.posts) >= count, seconds)
            return list(self.posts)

    def wait_responses(self, count: int, *, seconds: float = 10.0) -> list[dict[str, Any]]:
        """Return what came to response URLs once there are `count` or the time is over."""
        with self._changed:
            self._changed.wait_for(lambda: len(self.responses) >= count, seconds)
            return list(self.responses)

    def wait_reactions(self, count: int, *, seconds: float = 5.0) -> list[tuple[str, str, str]]:
        """Return the reactions once there are `count` or the time is over."""
        with self._changed:
            self._changed.wait_for(lambda: len(self.reactions) >= count, seconds)
            return list(self.reactions)

    # The methods

    def call(self, method: str, arguments: dict[str, Any], *, token: str, as_json: bool) -> dict[str, Any]:
        """Apply one call of the Web API; raises Refused."""
        with self._changed:
            self.calls[method] += 1
            try:
                check(method, arguments, as_json=as_json)
                if not token:
                    raise Refused("not_authed")
                if not token.startswith(METHODS[method].token):
                    raise Refused("invalid_auth" if token.startswith("xox") is False else "not_allowed_token_type")
                answer = _ANSWERS[method](self, arguments)
            except Refused as refusal:
                self.refusals.append((method, str(refusal)))
                raise
            self._changed.notify_all()
            return {"ok": True, **answer}

    def respond(self, path: str, body: dict[str, Any]) -> None:
        """Take an answer to a slash command; five to each URL."""
        with self._changed:
            self.calls["response_url"] += 1
            if "blocks" in body and not well_formed(body["blocks"]):
                self.refusals.append(("response_url", "invalid_blocks"))
                raise Refused("invalid_blocks")
            if not isinstance(body.get("text"), str) or sum(one["url"] == path for one in self.responses) >= 5:
                raise Refused("used_url")
            self.responses.append({**body, "url": path})
            self._changed.notify_all()

    def upload(self, path: str, body: bytes) -> None:
        """Take the bytes of a file that was announced; they must be as many as were said."""
        with self._changed:
            self.calls["upload"] += 1
            file = self.files.get(path.rpartition("/")[2])
            if file is None or file.content is not None or len(body) != file.length:
                raise Refused("bad_upload")
            file.content = body

    def wait_pictures(self, count: int, *, seconds: float = 10.0) -> list[tuple[str, str | None, SlackFile]]:
        """Return the pictures shown once there are `count` or the time is over."""
        with self._changed:
            self._changed.wait_for(lambda: len(self.pictures) >= count, seconds)
            return list(self.pictures)

    def next_failure(self, method: str) -> Failure | None:
        """Return what is to go wrong with the call in hand."""
        waiting = self._failures[method]
        return waiting.popleft() if waiting else None

    def _auth_test(self, _: dict[str, Any]) -> dict[str, Any]:
        return {
            "url": self.url,
            "team": "Stand-in",
            "user": "maru",
            "team_id": TEAM,
            "user_id": BOT_USER,
            "bot_id": BOT_ID,
        }

    def _post(self, arguments: dict[str, Any]) -> dict[str, Any]:
        text = arguments.get("text") or ""
        if not text and not arguments.get("blocks"):
            raise Refused("no_text")
        if len(text) > LONGEST_TEXT:
            raise Refused("msg_too_long")
        ts = self._next_ts()
        self.posts.append({**arguments, "ts": ts})
        self.replies += "#place" not in str(arguments.get("metadata"))
        self._record("post", self.posts[-1])
        said = {"type": "message", "user": BOT_USER, "bot_id": BOT_ID, "text": text, "ts": ts}
        kept = {key: arguments[key] for key in ("thread_ts", "metadata") if key in arguments}
        self._keep(arguments["channel"], {**said, **kept})
        return {"channel": arguments["channel"], "ts": ts, "message": said}

    def _place_for_file(self, arguments: dict[str, Any]) -> dict[str, Any]:
        if len(arguments.get("alt_txt", "")) > 1000:
            raise Refused("alt_txt_too_large")
        name = f"F{len(self.files) + 1}"
        self.files[name] = SlackFile(name, arguments["filename"], int(arguments["length"]), arguments.get("alt_txt"))
        return {"upload_url": self.strange_upload_url or f"{self.url}/upload/v1/{name}", "file_id": name}

    def _show_files(self, arguments: dict[str, Any]) -> dict[str, Any]:
        channel, thread = arguments.get("channel_id"), arguments.get("thread_ts")
        shown = []
        for one in json.loads(arguments["files"]):
            file = self.files.get(one["id"])
            if file is None or file.content is None or file.shown:
                raise Refused("file_not_found" if file is None else "file_update_failed")
            file.title, file.shown = one.get("title"), True
            shown.append({"id": file.id, "title": file.title})
            if channel is not None:
                self.pictures.append((channel, thread, file))
                said = {"type": "message", "user": BOT_USER, "bot_id": BOT_ID, "text": "", "files": [{"id": file.id}]}
                self._keep(channel, {**said, "ts": self._next_ts(), "thread_ts": thread})
        return {"files": shown}

    def _update(self, arguments: dict[str, Any]) -> dict[str, Any]:
        said = next((one for one in self.messages[arguments["channel"]] if one["ts"] == arguments["ts"]), None)
        if said is None:
            raise Refused("message_not_found")
        if said.get("bot_id") != BOT_ID:
            raise Refused("cant_update_message")
        said["text"] = arguments.get("text", said["text"])
        self.updates.append(dict(arguments))
        self._record("update", self.updates[-1])
        return {"channel": arguments["channel"], "ts": arguments["ts"], "text": said["text"]}

    def _react(self, arguments: dict[str, Any]) -> dict[str, Any]:
        reaction = (arguments["channel"], arguments["timestamp"], arguments["name"])
        if all(one["ts"] != reaction[1] for one in self.messages[reaction[0]]):
            raise Refused("message_not_found")
        if reaction in self.reactions:
            raise Refused("already_reacted")
        self.reactions.append(reaction)
        return {}

    def _user(self, arguments: dict[str, Any]) -> dict[str, Any]:
        if arguments["user"] not in self.users:
            raise Refused("user_not_found")
        return {"user": self.users[arguments["user"]]}

    def _room(self, channel: str) -> set[str]:
        """Return who is in a channel; one that nobody made has the workspace's full members."""
        if channel not in self.members:
            alone = channel.startswith("D")
            self.add_channel(channel, *(() if alone else ("U1", "U2", "U3")), is_im=alone, is_private=alone)
        return self.members[channel]

    def _people(self, arguments: dict[str, Any]) -> dict[str, Any]:
        return self._rows("members", list(self.users.values()), arguments)

    def _members(self, arguments: dict[str, Any]) -> dict[str, Any]:
        room = self._room(arguments["channel"])
        if BOT_USER not in room and self.channels[arguments["channel"]]["is_private"]:
            raise Refused("channel_not_found")
        return self._rows("members", sorted(room), arguments)

    def _channel(self, arguments: dict[str, Any]) -> dict[str, Any]:
        self._room(arguments["channel"])
        return {"channel": self.channels[arguments["channel"]]}

    def _conversations(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """List a person's channels; of private ones, those in which Maru is, too."""
        user, kinds = arguments.get("user", BOT_USER), arguments.get("types", "public_channel").split(",")
        found = [
            self.channels[channel]
            for channel, members in self.members.items()
            if user in members and not self.channels[channel].get("is_im")
            if BOT_USER in members or not self.channels[channel]["is_private"]
            if ("private_channel" if self.channels[channel]["is_private"] else "public_channel") in kinds
        ]
        return self._rows("channels", found, arguments)

    def _rows(self, key: str, rows: list[Any], arguments: dict[str, Any]) -> dict[str, Any]:
        start, size = int(arguments.get("cursor") or 0), min(int(arguments.get("limit") or 100), self.largest_page)
        following = str(start + size) if start + size < len(rows) else ""
        return {key: rows[start : start + size], "response_metadata": {"next_cursor": following}}

    def _history(self, arguments: dict[str, Any]) -> dict[str, Any]:
        top = [one for one in self.messages[arguments["channel"]] if one.get("thread_ts") in (None, one["ts"])]
        return self._page(list(reversed(top)), arguments)

    def _replies(self, arguments: dict[str, Any]) -> dict[str, Any]:
        root = arguments["ts"]
        thread = [one for one in self.messages[arguments["channel"]] if root in (one["ts"], one.get("thread_ts"))]
        if not thread:
            raise Refused("thread_not_found")
        return self._page(thread, arguments, always=root)

    def _page(self, messages: list[dict[str, Any]], arguments: dict[str, Any], always: str = "") -> dict[str, Any]:
        oldest = float(arguments.get("oldest", 0))
        chosen = [one for one in messages if float(one["ts"]) > oldest or one["ts"] == always]
        if arguments.get("include_all_metadata") not in ("1", "true"):
            chosen = [{key: value for key, value in one.items() if key != "metadata"} for one in chosen]
        start, size = int(arguments.get("cursor") or 0), int(arguments.get("limit") or 100)
        following = str(start + size) if start + size < len(chosen) else ""
        return {
            "messages": chosen[start : start + size],
            "has_more": bool(following),
            "response_metadata": {"next_cursor": following},
        }

    def _connect(self, _: dict[str, Any]) -> dict[str, Any]:
        return {"url": f"{self.url.replace('http', 'ws')}/link/?ticket={uuid.uuid4()}"}

    def _next_ts(self) -> str:
        seconds, fraction = divmod(next(self._clock) * 100, 1_000_000)
        return f"{1_700_000_000 + seconds}.{fraction:06d}"

    def _keep(self, channel: str, message: dict[str, Any]) -> None:
        self.messages[channel].append({key: value for key, value in message.items() if value is not None})


_ANSWERS = {
    "auth.test": SlackStandIn._auth_test,
    "apps.connections.open": SlackStandIn._connect,
    "chat.postMessage": SlackStandIn._post,
    "chat.update": SlackStandIn._update,
    "reactions.add": SlackStandIn._react,
    "users.info": SlackStandIn._user,
    "users.list": SlackStandIn._people,
    "users.conversations": SlackStandIn._conversations,
    "conversations.members": SlackStandIn._members,
    "conversations.info": SlackStandIn._channel,
    "files.getUploadURLExternal": SlackStandIn._place_for_file,
    "files.completeUploadExternal": SlackStandIn._show_files,
    "conversations.history": SlackStandIn._history,
    "conversations.replies": SlackStandIn._replies,
}
