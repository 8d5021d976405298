"""`maru up`: everything on one machine, started in order, watched, and ended together."""

import errno
import os
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console

from bot.domain.errors import MaruError, TransientError
from workers import preflight, programs, reach
from workers.embedded import keys
from workers.embedded.child import Child
from workers.embedded.postgres import EmbeddedPostgres, embedded_postgres
from workers.embedded.redis import embedded_redis
from workers.migrate import migrate
from workers.settings import Settings, run_file
from workers.supervisor import StopRequested, Supervisor, only_one

LONG = 1.0  # seconds after which a person wants to read what is going on
FAILED = 2  # exit code
SAMPLE_SECONDS = 120.0
PATIENCE_SECONDS = 20.0  # how long servers that others run may be down at the start


def up(settings: Settings, *, interactive: bool) -> int:
    """Start everything that the settings do not place elsewhere, and serve until asked to stop.

    With `interactive` a chat prompt opens once everything serves, and leaving it ends the run. Returns the exit code:
    0 after a stop that somebody asked for; 2 when something cannot start, after one sentence on standard error.
    """
    preflight.open_standard_streams()
    os.umask(0o077)
    try:
        preflight.prepare_home(settings.home)
        with only_one(settings.home):
            return Start(settings, interactive=interactive).run()
    except MaruError as error:
        return _fail(str(error))
    except OSError as error:
        cure = "free some space" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "mend that"
        return _fail(
            f"Maru cannot start: {error.strerror or error} ({error.filename or settings.home}): {cure} and try again."
        )


class Start:
    """One run of `maru up`, from the checks to the last child's end."""

    def __init__(self, settings: Settings, *, interactive: bool) -> None:
        self.settings = settings
        self.interactive = interactive
        self.screen = Screen(highlight=False, soft_wrap=True, markup=False)
        self.began = time.monotonic()

    def run(self) -> int:
        """Start, serve, stop. Raises MaruError or OSError when something cannot start, after ending the rest."""
        preflight.check_disk(self.settings)
        preflight.check_port(self.settings)
        preflight.models(self.settings)
        with ExitStack() as stack, Supervisor(logs=self.settings.home / "logs") as supervisor:
            self.say(f"Maru starts in {self.settings.home}, logs in {supervisor.logs}")
            try:
                self._start(supervisor, stack)
                self._introduce()
                if self.interactive:
                    supervisor.start(programs.prompt(self.settings))
                supervisor.run()
            except StopRequested:
                pass
            self.say("Maru stops …")
            supervisor.stop()
        self.say("Maru has stopped; its data is kept.")
        return 0

    def _start(self, supervisor: Supervisor, stack: ExitStack) -> None:
        """Start everything; what depends on nothing begins first, because it loads longest."""
        external = self.settings
        redis_port, encoder_port, ssllm_port = preflight.free_ports(3)
        waiting: list[Child] = []
        if not external.encoder_url:
            self._know(encoder_url=f"http://127.0.0.1:{encoder_port}")
            waiting.append(supervisor.start(programs.encoder(self.settings)))
        if not external.models_file and not external.ssllm_url:
            self._know(ssllm_url=f"http://127.0.0.1:{ssllm_port}")
            waiting.append(supervisor.start(programs.ssllm(self.settings)))
        if not external.broker_url:
            redis = embedded_redis(external.home, port=redis_port)
            self._know(broker_url=redis.url)
            self._ready(supervisor, supervisor.start(redis.program(stage=programs.STORES)))
        if not external.database_url:
            self._postgres(supervisor, stack)
        self._publish(stack)
        self._migrate(supervisor)
        waiting += [supervisor.start(program) for program in programs.serving(self.settings)]
        for child in waiting:
            self._ready(supervisor, child)
        self._load_sample(supervisor)

    def _postgres(self, supervisor: Supervisor, stack: ExitStack) -> None:
        server = embedded_postgres(self.settings.home)
        stack.callback(server.remove_sockets)
        self._ready(supervisor, supervisor.start(server.program(stage=programs.STORES)))
        self._explain_account(server)
        server.ensure_database()
        self._know(database_url=server.url)

    def _explain_account(self, server: EmbeddedPostgres) -> None:
        if server.account:
            where = "" if server.root == self.settings.home / "postgres" else f", its data in {server.root}"
            self.say(f"  postgres runs as user {server.account.name}, because it refuses to run as root{where}")

    def _know(self, **addresses: str) -> None:
        self.settings = self.settings.model_copy(update=addresses)

    def _publish(self, stack: ExitStack) -> None:
        """Write down where everything is, for the other commands of this home, until the run ends."""
        path = run_file(self.settings.home)
        lines = [f"{name}='{value}'\n" for name, value in programs.addresses(self.settings).items()]
        keys.write_private(path, "".join(lines))
        stack.callback(lambda: path.unlink(missing_ok=True))

    def _migrate(self, supervisor: Supervisor) -> None:
        """Wait for servers that others run, then bring the tables up to date."""
        began = time.monotonic()
        self._patiently(supervisor, lambda: reach.broker(str(self.settings.broker_url)))
        self._patiently(supervisor, lambda: migrate(str(self.settings.database_url)))
        self.say(f"  migrations applied ({time.monotonic() - began:.1f} s)")

    def _patiently(self, supervisor: Supervisor, attempt: Callable[[], None]) -> None:
        """Repeat what fails for now, such as a database that is just coming up, and in the end let it fail."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        told = False
        while True:
            try:
                return attempt()
            except TransientError as error:
                if time.monotonic() > deadline:
                    raise
                if not told:
                    self.say(f"  waiting: {error}")
                told = True
            supervisor.tend(1.0)

    def _ready(self, supervisor: Supervisor, child: Child) -> None:
        """Wait for one child, and tell the person when it takes long and when it serves."""
        name, began = child.program.name, time.monotonic()
        supervisor.until(lambda: child.ready() or time.monotonic() - began > LONG)
        if not child.served:
            self.say(f"  {name} is loading …")
        supervisor.wait_ready(child)
        self.say(f"  {name} serves ({time.monotonic() - child.started:.1f} s)")

    def _load_sample(self, supervisor: Supervisor) -> None:
        """Load the sample handbook, if this is a new home for trying; without it Maru serves all the same."""
        began = time.monotonic()
        child = supervisor.start(programs.sample(self.settings))
        supervisor.until(lambda: child.result is not None or time.monotonic() - began > LONG)
        if child.result is None:
            self.say("  the sample handbook is being read …")
        supervisor.until(lambda: child.result is not None or time.monotonic() - began > SAMPLE_SECONDS)
        if child.result != 0:
            self.say(f"  {child.complaint('is not loaded')}")

    def _introduce(self) -> None:
        settings = self.settings
        self.say(f"Maru is ready after {time.monotonic() - self.began:.1f} s.")
        self.say(f"  listens  {programs.gateway_url(settings)} (/healthz /readyz /metrics{self._doors()})")
        self.say(f"  models   {settings.models_file or settings.ssllm_url} · encoder {settings.encoder_url}")
        self.say(f"  logs     {settings.home / 'logs'}")
        if reach.has_sample(str(settings.database_url)):
            self.say("  sample   until your first `kb add` there is a handbook to ask about")
        if self.interactive:
            self.say("  try      how do I roll back a deploy? · and for staging? · 배포를 롤백하려면?")
            return
        maru = _command()
        self.say(f'  try      {maru} ask "how do I roll back a deploy?"')
        self.say(f'           {maru} ask "배포를 롤백하려면?" · {maru} chat · {maru} status')
        self.say("  Ctrl-C or SIGTERM stops everything.")

    def _doors(self) -> str:
        settings = self.settings
        doors = {
            " /v1": settings.api_keys,
            " · Slack over HTTP": settings.slack_signing_secret and not settings.slack_app_token,
            " · Slack by Socket Mode": settings.slack_app_token,
            " · Telegram by webhook": settings.telegram_webhook_secret,
            " · Telegram by long polling": settings.telegram_bot_token and not settings.telegram_webhook_secret,
        }
        return "".join(door for door, is_open in doors.items() if is_open)

    def say(self, line: str) -> None:
        """Print one line at once; a reader that went away does not end the run."""
        try:
            self.screen.print(line)
        except OSError:
            self.screen.quiet = True


class Screen(Console):
    """A console whose reader may go away: then it falls silent, where rich's own would end the program."""

    def on_broken_pipe(self) -> None:
        """Fall silent."""
        self.quiet = True


def _command() -> str:
    here = Path(sys.executable).with_name("maru")
    below = here.is_relative_to(Path.cwd())
    return str(here.relative_to(Path.cwd())) if below else "maru"


def _fail(sentence: str) -> int:
    try:
        print(sentence, file=sys.stderr, flush=True)
    except OSError:
        return FAILED
    return FAILED
