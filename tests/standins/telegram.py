"""A strict Bot API on loopback: validates every request, knows the limits, fails as Telegram does when told to."""

import itertools
import json
import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.standins.telegram_failures import Failure, Refused, failed, refusal
from tests.standins.telegram_formatting import EntitiesRefused, Styled, styled
from tests.standins.telegram_spec import ACTIONS, FIELDS, PARAMETERS
from tests.standins.telegram_updates import group_message, person, private_message

TOKEN = "123456:TEST-token_of_the_stand-in"
BOT_ID = 123456
USERNAME = "maru_test_bot"
NOT_MODIFIED = (
    "Bad Request: message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Sent:
    """A message the platform took: `text` as people read it, `source` as it was sent."""

    chat_id: int
    message_id: int
    text: str
    source: str
    parse_mode: str | None
    entities: tuple[dict[str, Any], ...]
    topic: int | None
    reply_to: int | None
    previews: bool
    buttons: tuple[tuple[str, str], ...] = ()
    """Label and callback data, row after row."""


@dataclass(frozen=True, slots=True)
class Edit:
    """An edit of a post of the bot's that Telegram understood. changed: people see a difference."""

    chat_id: int
    message_id: int
    changed: bool


@dataclass(frozen=True, slots=True)
class Action:
    """A chat action that people saw."""

    chat_id: int
    action: str
    topic: int | None
    at: float


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture the platform took."""

    chat_id: int
    message_id: int
    caption: str
    content: bytes
    topic: int | None


class TelegramStandIn:
    """`with TelegramStandIn() as telegram:` serves `telegram.api_url` until the block ends."""

    def __init__(
        self,
        *,
        token: str = TOKEN,
        username: str = USERNAME,
        first_update: int = 700_000_001,
        record: Callable[[Sent], None] = lambda sent: None,
        spoiled: Callable[[int, int, float | None], None] = lambda chat, message, seconds: None,
        edited: Callable[[Edit], None] = lambda edit: None,
    ) -> None:
        """record: is told of each message, in the order in which they were accepted.

        spoiled: is told of each message (chat, id) whose sender hears late that it was taken: seconds, None = never.
        edited: is told of each edit of a post, in their order.
        """
        self._record, self._spoiled, self._edited = record, spoiled, edited
        self.token, self.username, self.bot_id = token, username, int(token.partition(":")[0])
        self.sent: list[Sent] = []
        self.edits: list[Edit] = []
        self.actions: list[Action] = []
        self.photos: list[Photo] = []
        self.commands: dict[str, list[dict[str, Any]]] = {}  # by language code; "" for all others
        self.calls: Counter[str] = Counter()
        self.complaints: list[str] = []
        """What this stand-in refused for strictness: a test that ends with complaints found a bug."""
        self.offsets: list[int | None] = []
        self.conflicts = 0
        self.webhook_url = ""
        self.webhook_error: str | None = None
        self.webhook_updates: list[str] = []
        self.chats: dict[int, str] = {}
        self.topics: set[tuple[int, int]] = set()
        self.waiting_buttons: set[str] = set()
        """Queries of pressed buttons that were not answered yet."""
        self.news = threading.Condition()
        self._failures: defaultdict[str, deque[Failure]] = defaultdict(deque)
        self._pending: list[dict[str, Any]] = []
        self._next_update = first_update
        self._next_message: Counter[int] = Counter()  # by supergroup; 0: the account's own, of all other chats
        self._messages: set[tuple[int, int]] = set()
        self._keyboards: dict[tuple[int, int], list[list[dict[str, Any]]]] = {}  # of the bot's own posts
        self._queries = itertools.count(1_000)
        self._poll = 0
        self._closing = False
        self._server = _Server(("127.0.0.1", 0), _handler_for(self))
        self.api_url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> "TelegramStandIn":
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with self.news:
            self._closing = True
            self.news.notify_all()
        self._server.shutdown()
        self._server.server_close()

    # What a test does

    def fail(self, method: str, *failures: Failure) -> None:
        """Fail the next calls of the method, one failure each."""
        self._failures[method].extend(failures)

    def forgive(self, method: str) -> None:
        """Let no further call of the method fail."""
        self._failures[method].clear()

    def know(self, chat: int, kind: str = "private", *, topic: int | None = None) -> None:
        """Let the bot be in a chat (and its topic) without any message."""
        self.chats[chat] = kind
        if topic is not None:
            self.topics.add((chat, topic))

    def new_message_id(self, chat: int) -> int:
        """Return the next message id of a chat: a supergroup counts by itself, all other chats together."""
        with self.news:
            counter = chat if self.chats.get(chat) == "supergroup" else 0
            self._next_message[counter] += 1
            self._messages.add((chat, self._next_message[counter]))
            return self._next_message[counter]

    def push_update(self, update: dict[str, Any]) -> int:
        """Queue an update under the next update_id (or its own) and return that id."""
        with self.news:
            update_id = update.get("update_id", self._next_update)
            self._next_update = update_id + 1
            self._pending.append({"update_id": update_id} | update)
            self.news.notify_all()
            return update_id

    def private(self, text: str, *, user: int = 42, **more: Any) -> dict[str, Any]:
        """Let a person write to the bot; return the message."""
        self.know(user)
        message = private_message(self.new_message_id(user), text, user=user, **more)
        self.push_update({"message": message})
        return message

    def group(self, text: str, *, chat: int = -1001, user: int = 42, **more: Any) -> dict[str, Any]:
        """Let a person write in a group; return the message."""
        self.know(chat, more.get("kind", "supergroup"), topic=more.get("topic"))
        message = group_message(self.new_message_id(chat), text, chat=chat, user=user, **more)
        self.push_update({"message": message})
        return message

    def press(self, sent: Sent, label: str, *, user: int = 42, **more: Any) -> str:
        """Let a person press a button under a post; return the id of the query."""
        (data,) = [data for shown, data in sent.buttons if shown == label]
        query = f"{user}{next(self._queries)}"
        post = {**self.as_update(sent), **more}
        if sent.topic is not None:
            post |= {"message_thread_id": sent.topic, "is_topic_message": True}
        if sent.reply_to is not None:
            post.setdefault("reply_to_message", {"message_id": sent.reply_to, "date": 1, "chat": post["chat"]})
        with self.news:
            self.waiting_buttons.add(query)
        pressed = {"id": query, "from": person(user), "message": post, "chat_instance": "1", "data": data}
        self.push_update({"callback_query": pressed})
        return query

    def as_update(self, sent: Sent) -> dict[str, Any]:
        """Return a post of the bot as `reply_to_message` shows it: one level only."""
        me = {"id": self.bot_id, "is_bot": True, "first_name": "Maru", "username": self.username}
        chat = {"id": sent.chat_id, "type": self.chats[sent.chat_id]}
        return {"message_id": sent.message_id, "date": 1, "chat": chat, "from": me, "text": sent.text}

    def wait_for(self, condition: Callable[[], object], *, seconds: float = 10.0) -> None:
        """Wait until the condition holds; fail the test otherwise."""
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, f"never happened; calls: {dict(self.calls)}, complaints: {self.complaints}"
            time.sleep(0.01)

    @property
    def unconfirmed(self) -> list[int]:
        """The update ids that would be delivered (again)."""
        return [update["update_id"] for update in self._pending]

    # What the platform does

    def answer(self, path: str, content_type: str, body: bytes) -> tuple[int, bytes] | None:
        """Answer one request; None cuts the connection."""
        token, _, method = path.removeprefix("/bot").rpartition("/")
        if not path.startswith("/bot") or token != self.token:
            return refusal(Refused(401 if path.startswith("/bot") else 404, "Unauthorized"))
        self.calls[method] += 1
        failure = self._failures[method].popleft() if self._failures[method] else None
        if failure and not failure.accept:
            return failed(failure)
        try:
            result = self._dispatch(method, content_type, body)
        except Refused as refused:
            return refusal(refused)
        except ConnectionAbortedError:
            return None
        if failure:
            self._spoil(method, result, failure)
            time.sleep(failure.after)
            if failure.status != 200 or failure.page is not None:
                return failed(failure)
        return 200, json.dumps({"ok": True, "result": result}).encode()

    def _spoil(self, method: str, result: Any, failure: Failure) -> None:
        if method == "sendMessage":
            told = failure.after if failure.status == 200 and failure.page is None else None
            self._spoiled(result["chat"]["id"], result["message_id"], told)

    def _dispatch(self, method: str, content_type: str, body: bytes) -> Any:
        if method not in PARAMETERS:
            self._complain(f"unknown method {method}")
            raise Refused(404, "Not Found")
        given = self._parameters(method, content_type, body)
        handlers: dict[str, Callable[[dict[str, Any]], Any]] = {
            "getMe": self._get_me,
            "getUpdates": self._get_updates,
            "getWebhookInfo": self._get_webhook_info,
            "deleteWebhook": self._delete_webhook,
            "setMyCommands": self._set_my_commands,
            "sendMessage": self._send_message,
            "editMessageReplyMarkup": self._edit_message_reply_markup,
            "answerCallbackQuery": self._answer_callback_query,
            "sendPhoto": self._send_photo,
            "sendChatAction": self._send_chat_action,
        }
        return handlers[method](given)

    def _parameters(self, method: str, content_type: str, body: bytes) -> dict[str, Any]:
        known = PARAMETERS[method]
        if any(kind == "file" for kind, _ in known.values()):
            raw = self._multipart(method, content_type, body)
        else:
            if body and content_type.partition(";")[0] != FORM:
                self._complain(f"{method}: {content_type} instead of a form")
            raw = dict(parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=bool(body)))
        for name in set(raw) - set(known):
            self._complain(f"{method}: unknown parameter {name}")
        for name, (_, required) in known.items():
            if required and name not in raw:
                raise Refused(
                    400, f"Bad Request: {'message text is empty' if name == 'text' else name + ' is missing'}"
                )
        return {name: self._value(method, name, text) for name, text in raw.items()}

    def _multipart(self, method: str, content_type: str, body: bytes) -> dict[str, Any]:
        """Return the fields of an upload; a file is its bytes."""
        if content_type.partition(";")[0] != "multipart/form-data":
            self._complain(f"{method}: {content_type} instead of an upload")
        message = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body)
        fields: dict[str, Any] = {}
        for part in message.iter_parts():
            name = part.get_param("name", header="content-disposition")
            content = part.get_payload(decode=True)
            fields[str(name)] = content if part.get_filename() else content.decode()
        attached = str(fields.get("photo", "")).removeprefix("attach://")
        if attached in fields:  # a file may stand under a name of its own
            fields["photo"] = fields.pop(attached)
        return fields

    def _value(self, method: str, name: str, text: Any) -> Any:
        kind = PARAMETERS[method][name][0]
        if kind == "file":
            return text
        try:
            value = {"int": int, "chat": int, "str": str}.get(kind, json.loads)(text)
        except ValueError:
            self._complain(f"{method}: {name}={text!r} is no {kind}")
        good = {"strings": list, "objects": list, "object": dict, "bool": bool}.get(kind, object)
        if not isinstance(value, good) or (name in FIELDS and not set(value) <= FIELDS[name]):
            self._complain(f"{method}: {name}={text!r} is malformed")
        return value

    def _complain(self, words: str) -> None:
        self.complaints.append(words)
        raise Refused(400, f"Bad Request: stand-in: {words}")

    def _get_me(self, _: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": self.bot_id,
            "is_bot": True,
            "first_name": "Maru",
            "username": self.username,
            "can_join_groups": True,
            "can_read_all_group_messages": False,
            "supports_inline_queries": False,
        }

    def _get_updates(self, given: dict[str, Any]) -> list[dict[str, Any]]:
        timeout, offset = given.get("timeout", 0), given.get("offset")
        if not 0 <= timeout <= 50:
            self._complain("getUpdates: the platform caps timeout at 50")
        if "allowed_updates" not in given:
            self._complain("getUpdates: without allowed_updates the previous list persists")
        if offset is not None and offset < 0:
            self._complain("getUpdates: a negative offset forgets updates")
        if self.webhook_url:
            words = "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
            raise Refused(409, f"Conflict: {words}")
        return self._long_poll(offset, given, time.monotonic() + timeout)

    def _long_poll(self, offset: int | None, given: dict[str, Any], end: float) -> list[dict[str, Any]]:
        with self.news:
            self.offsets.append(offset)
            self._poll += 1
            mine = self._poll
            self.news.notify_all()
            if offset is not None:  # this is the confirmation
                self._pending = [update for update in self._pending if update["update_id"] >= offset]
            while True:
                if self._closing:
                    raise ConnectionAbortedError
                if self._poll != mine:
                    self.conflicts += 1
                    words = "terminated by other getUpdates request; make sure that only one bot instance is running"
                    raise Refused(409, f"Conflict: {words}")
                wanted = [update for update in self._pending if set(update) & {*given["allowed_updates"]}]
                if wanted or time.monotonic() >= end:
                    return wanted[: given.get("limit", 100)]
                self.news.wait(end - time.monotonic())

    def _get_webhook_info(self, _: dict[str, Any]) -> dict[str, Any]:
        pending = len(self._pending)
        info = {"url": self.webhook_url, "has_custom_certificate": False, "pending_update_count": pending}
        if self.webhook_updates:
            info["allowed_updates"] = self.webhook_updates
        if self.webhook_error is None:
            return info
        return info | {"last_error_date": 1_700_000_000, "last_error_message": self.webhook_error}

    def _delete_webhook(self, given: dict[str, Any]) -> bool:
        if given.get("drop_pending_updates"):
            self._pending.clear()
        self.webhook_url = ""
        return True

    def _set_my_commands(self, given: dict[str, Any]) -> bool:
        for command in given["commands"]:
            name, words = command["command"], command["description"]
            if not (name.islower() and 1 <= len(name) <= 32 and 1 <= len(words) <= 256):
                self._complain(f"setMyCommands: {command}")
        self.commands[given.get("language_code", "")] = given["commands"]
        return True

    def _send_message(self, given: dict[str, Any]) -> dict[str, Any]:
        chat, topic = self._place(given)
        message = self._formatted(given)
        reply = given.get("reply_parameters", {})
        known = (chat, reply.get("message_id")) in self._messages
        if reply and not known and not reply.get("allow_sending_without_reply"):
            raise Refused(400, "Bad Request: message to be replied not found")
        with self.news:
            return self._take(given, chat, topic, message, reply.get("message_id") if known else None)

    def _send_photo(self, given: dict[str, Any]) -> dict[str, Any]:
        chat, topic = self._place(given)
        if not isinstance(given["photo"], bytes) or not given["photo"].startswith(b"\x89PNG"):
            raise Refused(400, "Bad Request: IMAGE_PROCESS_FAILED")
        caption = given.get("caption", "")
        if len(caption.encode("utf-16-le")) // 2 > 1024:
            raise Refused(400, "Bad Request: message caption is too long")
        with self.news:
            photo = Photo(chat, self.new_message_id(chat), caption, given["photo"], topic)
            self.photos.append(photo)
            self._keyboards[chat, photo.message_id] = []
        me = {"id": self.bot_id, "is_bot": True, "first_name": "Maru", "username": self.username}
        sizes = [{"file_id": "p", "file_unique_id": "p", "width": 800, "height": 400}]
        place = {"id": chat, "type": self.chats[chat]}
        return {"message_id": photo.message_id, "date": 1, "chat": place, "from": me, "photo": sizes}

    def _take(
        self, given: dict[str, Any], chat: int, topic: int | None, message: Styled, reply_to: int | None
    ) -> dict[str, Any]:
        sent = Sent(
            chat_id=chat,
            message_id=self.new_message_id(chat),
            text=message.text,
            source=given["text"],
            parse_mode=given.get("parse_mode"),
            entities=tuple(message.entities),
            topic=topic,
            reply_to=reply_to,
            previews=not given.get("link_preview_options", {}).get("is_disabled", False),
            buttons=self._buttons(given),
        )
        self.sent.append(sent)
        self._keyboards[chat, sent.message_id] = _rows(given)
        self._record(sent)
        return self.as_update(sent)

    def _formatted(self, given: dict[str, Any]) -> Styled:
        mode = given.get("parse_mode")
        if mode not in (None, "HTML"):
            self._complain(f"sendMessage: parse_mode {mode}")
        try:
            message = styled(given["text"]) if mode else Styled(given["text"].strip(), [])
        except EntitiesRefused as error:
            raise Refused(400, f"Bad Request: can't parse entities: {error}") from error
        if not message.text:
            raise Refused(400, "Bad Request: message text is empty")
        if len(message.text.encode("utf-16-le")) // 2 > 4096:
            raise Refused(400, "Bad Request: message is too long")
        return message

    def _edit_message_reply_markup(self, given: dict[str, Any]) -> dict[str, Any]:
        chat, _ = self._place(given)
        buttons, rows, post = self._buttons(given), _rows(given), (chat, given.get("message_id"))
        with self.news:
            if post not in self._messages:
                raise Refused(400, "Bad Request: message to edit not found")
            if post not in self._keyboards:
                raise Refused(400, "Bad Request: message can't be edited")
            changed = rows != self._keyboards[post]
            edit = Edit(chat, given["message_id"], changed)
            self.edits.append(edit)
            self._edited(edit)
            if not changed:
                raise Refused(400, NOT_MODIFIED)
            self._keyboards[post] = rows
            for place, sent in enumerate(self.sent):
                if (sent.chat_id, sent.message_id) == post:
                    self.sent[place] = replace(sent, buttons=buttons)
                    return self.as_update(self.sent[place]) | ({"reply_markup": given["reply_markup"]} if rows else {})
        me = {"id": self.bot_id, "is_bot": True, "first_name": "Maru", "username": self.username}
        return {"message_id": post[1], "date": 1, "chat": {"id": chat, "type": self.chats[chat]}, "from": me}

    def _answer_callback_query(self, given: dict[str, Any]) -> bool:
        if given["callback_query_id"] not in self.waiting_buttons:
            raise Refused(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
        self.waiting_buttons.remove(given["callback_query_id"])
        return True

    def _buttons(self, given: dict[str, Any]) -> tuple[tuple[str, str], ...]:
        if "reply_markup" not in given:
            return ()
        rows = given["reply_markup"]["inline_keyboard"]
        buttons = [button for row in rows for button in row]
        for button in buttons:
            if set(button) != {"text", "callback_data"} or not button["text"]:
                self._complain(f"button {button}")
            if not 1 <= len(button["callback_data"].encode()) <= 64:
                raise Refused(400, "Bad Request: BUTTON_DATA_INVALID")
        if not buttons or len(buttons) > 100 or any(not 0 < len(row) <= 8 for row in rows):
            self._complain(f"keyboard {rows}")
        return tuple((button["text"], button["callback_data"]) for button in buttons)

    def _send_chat_action(self, given: dict[str, Any]) -> bool:
        chat, topic = self._place(given)
        if given["action"] not in ACTIONS:
            raise Refused(400, "Bad Request: wrong parameter action in request")
        self.actions.append(Action(chat, given["action"], topic, time.monotonic()))
        return True

    def _place(self, given: dict[str, Any]) -> tuple[int, int | None]:
        chat, topic = given["chat_id"], given.get("message_thread_id")
        if chat not in self.chats:
            raise Refused(400, "Bad Request: chat not found")
        if topic is not None and (chat, topic) not in self.topics:
            raise Refused(400, "Bad Request: message thread not found")
        return chat, topic


def _rows(given: dict[str, Any]) -> list[list[dict[str, Any]]]:
    """Return the buttons as they stand; no keyboard is none."""
    rows: list[list[dict[str, Any]]] = given.get("reply_markup", {}).get("inline_keyboard", [])
    return rows


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256  # many turns type at once

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay silent: a client that went away, or was killed."""


def _handler_for(telegram: TelegramStandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 60

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            answer = telegram.answer(urlsplit(self.path).path, self.headers.get("Content-Type", ""), body)
            if answer is None:
                self.close_connection = True
                return
            status, content = answer
            try:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
            except OSError:  # the client went away, as clients do
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler
