"""`maru doctor`: look at every part and say how to mend what is wrong."""

import logging
import shutil
import stat
from collections.abc import Iterator
from email.utils import parsedate_to_datetime

import httpx
from rich.console import Console

from bot.domain.errors import MaruError
from workers import preflight, programs, reach
from workers.checkup import SECONDS, Check, Doubtful, Ill
from workers.clock import SystemClock
from workers.migrate import pending
from workers.platform_checks import platform_checks, platform_date
from workers.settings import Settings, running
from workers.spelling import misspelt

CLOCK_SECONDS = 60.0  # Slack refuses signatures that are 5 minutes off; a minute leaves room to notice
NO_PAGE = frozenset({401, 403, 404})  # a server that others made may answer, and have no health page for strangers
VECTOR = (0, 8, 6)  # older ones overflow a buffer, corrupt an index, or lose rows
QUEUES = frozenset({"dialogue", "delivery", "indexing", "upkeep"})


def doctor(settings: Settings) -> int:
    """Print a line for every part, and a second one with the cure where one is needed; 1 if anything is wrong.

    What only looks wrong is shown as "look", and changes neither the verdict nor the exit code.
    """
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it would log addresses that contain a token
    screen = Console(highlight=False, markup=False, soft_wrap=True)
    verdicts = [_shown(check, settings, screen=screen) for check in _checks(settings)]
    wrong, doubtful = verdicts.count("WRONG"), verdicts.count("look")
    if wrong:
        screen.print(f"{wrong} of these need mending.")
    else:
        screen.print(f"Nothing is wrong; have a look at {doubtful}." if doubtful else "Everything is well.")
    return 1 if wrong else 0


def _shown(check: Check, settings: Settings, *, screen: Console) -> str:
    """Look, print what was found, and return the first word of it."""
    try:
        screen.print(f"ok     {check.name:<12} {check.look(settings)}")
        return "ok"
    except MaruError as error:
        verdict, style = ("look", "yellow") if isinstance(error, Doubtful) else ("WRONG", "bold red")
        screen.print(f"{verdict:<6} {check.name:<12} {error}", style=style)
        if isinstance(error, Ill):
            screen.print(f"       {'mend:':<12} {error.cure}")
        return verdict


def _checks(settings: Settings) -> Iterator[Check]:
    yield Check("home", _home)
    yield Check("disk", _disk)
    if misspelt(settings):
        yield Check("variables", _variables)
    if settings.database_url or settings.broker_url:
        yield from SERVERS
    else:
        yield Check("maru", _maru)  # the embedded parts are all away, and one line says so
    yield from platform_checks(settings)
    if settings.slack_bot_token or settings.telegram_bot_token or settings.database_url:
        yield Check("clock", _clock)


def _home(settings: Settings) -> str:
    preflight.prepare_home(settings.home)
    loose = [
        name
        for name in preflight.FOLDERS
        if stat.S_IMODE((settings.home / name).stat().st_mode) & 0o077 or (settings.home / name).is_symlink()
    ]
    if loose:
        raise Ill(
            f"other users of this machine may look into {', '.join(loose)} of {settings.home}.",
            cure=f"chmod 700 {' '.join(str(settings.home / name) for name in loose)}",
        )
    return f"{settings.home}, {'Maru runs' if running(settings.home) else 'Maru does not run here'}"


def _variables(settings: Settings) -> str:
    raise Doubtful(str(misspelt(settings)), cure="correct the name, or unset the variable.")


def _maru(_settings: Settings) -> str:
    raise Ill("does not run here.", cure="make up")


def _disk(settings: Settings) -> str:
    preflight.check_disk(settings)
    return f"{shutil.disk_usage(settings.home).free // 1_000_000} MB free"


def _known(url: str | None, variable: str) -> str:
    if url is None:
        raise Ill("does not run.", cure=f"start everything with make up, or set {variable}.")
    return url


def _database(settings: Settings) -> str:
    return f"Postgres {reach.database(_known(settings.database_url, 'MARU_DATABASE_URL')).version}"


def _extensions(settings: Settings) -> str:
    found = reach.database(_known(settings.database_url, "MARU_DATABASE_URL")).extensions
    if "vector" not in found:
        raise Ill(
            "the server lacks pgvector.",
            cure="use an image that has it, such as pgvector/pgvector:0.8.6-pg18.",
        )
    if tuple(int(part) for part in found["vector"].split(".")) < VECTOR:
        raise Ill(
            f"pgvector is {found['vector']}, and 0.8.6 mends faults that lose or corrupt rows.",
            cure="install pgvector 0.8.6 or newer, then ALTER EXTENSION vector UPDATE.",
        )
    return ", ".join(f"{name} {version}" for name, version in sorted(found.items()))


def _migrations(settings: Settings) -> str:
    url = _known(settings.database_url, "MARU_DATABASE_URL")
    if waiting := pending(url):
        raise Ill(f"{len(waiting)} are not applied, the first being {waiting[0]}.", cure="maru migrate")
    if (user := reach.without_role(url)) is not None:
        raise Ill(
            "searches may not take their role maru_reader, and nothing is found.",
            cure=f"as a superuser: CREATE ROLE maru_reader NOLOGIN (if it is missing); GRANT maru_reader TO {user}",
        )
    return "all applied"


def _broker(settings: Settings) -> str:
    reach.broker(_known(settings.broker_url, "MARU_BROKER_URL"))
    return "answers"


def _encoder(settings: Settings) -> str:
    return _healthy(_known(settings.encoder_url, "MARU_ENCODER_URL"))


def _models(settings: Settings) -> str:
    entries = preflight.models(settings)
    if not entries:
        return f"the embedded one, {_healthy(_known(settings.ssllm_url, 'MARU_MODELS_FILE'))}"
    return ", ".join(f"{entry.name} {_healthy(url, also=NO_PAGE)}" for entry in entries for url in entry.urls)


def _gateway(settings: Settings) -> str:
    return _healthy(programs.gateway_url(settings), page="readyz")


def _workers(settings: Settings) -> str:
    silent = QUEUES - reach.working(_known(settings.database_url, "MARU_DATABASE_URL"))
    if silent:
        raise Ill(
            f"No worker has been seen in the last 30 s for: {', '.join(sorted(silent))}. What comes in is kept.",
            cure="see the workers' logs; `make up` and compose start them again by themselves.",
        )
    return "every queue has a worker"


def _healthy(url: str, *, page: str = "health", also: frozenset[int] = frozenset()) -> str:
    address = f"{url.rstrip('/')}/{page}"
    try:
        status = httpx.get(address, timeout=SECONDS, trust_env=False).status_code
    except httpx.HTTPError as error:
        raise Ill(
            f"{address} does not answer: {error or type(error).__name__}.",
            cure="see that the server runs and is reachable from here; its log says why not.",
        ) from error
    if status != httpx.codes.OK and status not in also:
        raise Ill(f"{address} answers {status}.", cure="wait until it has loaded, or read its log.")
    return f"{address} answers"


def _clock(settings: Settings) -> str:
    theirs, whose = _other_clock(settings)
    apart = abs(SystemClock().now() - theirs)
    if apart > CLOCK_SECONDS:
        raise Ill(
            f"this machine and {whose} are {apart:.0f} s apart; Slack's signatures are refused at 300 s.",
            cure="switch on time synchronisation (timedatectl set-ntp true).",
        )
    return f"within {max(1, round(apart))} s of {whose}"


def _other_clock(settings: Settings) -> tuple[float, str]:
    """Return somebody else's time, seconds since the epoch: a platform's if one is connected, or the database's."""
    found = platform_date(settings)
    if found is None:
        facts = reach.database(_known(settings.database_url, "MARU_DATABASE_URL"))
        return facts.now.timestamp(), "the database"
    name, date = found
    if not date:
        raise Ill(f"{name} does not tell the time.", cure="check that the API URL in the settings is its real address.")
    return parsedate_to_datetime(date).timestamp(), name


SERVERS = (
    Check("database", _database),
    Check("extensions", _extensions),
    Check("migrations", _migrations),
    Check("broker", _broker),
    Check("encoder", _encoder),
    Check("models", _models),
    Check("gateway", _gateway),
    Check("workers", _workers),
)
