"""Maru's own processes as supervised programs: what runs, in which order it ends, how one sees that it serves."""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from workers.embedded.program import Program, alive
from workers.settings import Settings, environment

LOOK_SECONDS = 1.0
LIBRARY_CURE = "If libgomp.so.1 is missing, install it (Debian and Ubuntu: apt install libgomp1)."
SETTLE_SECONDS = 3.0
PACKAGES = Path(__file__).resolve().parent.parent
STORES, MODELS, WORKERS, DOORS, PROMPT = 1, 2, 3, 4, 5  # stages; the highest ends first


def served(url: str) -> Callable[[int], bool]:
    """Return a look at a health page: true when it answers 200."""

    def look(_pid: int) -> bool:
        try:
            # trust_env off: a proxy for the outside world must not be asked about this machine.
            return httpx.get(url, timeout=LOOK_SECONDS, trust_env=False).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    return look


def gateway_url(settings: Settings) -> str:
    """Return where this machine reaches the gateway."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.http_host, settings.http_host)
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.http_port}"


def surroundings(settings: Settings) -> dict[str, str]:
    """Return the environment of Maru's own processes: ours, and where the parts of this run are."""
    path = os.pathsep.join(part for part in (str(PACKAGES), environment().get("PYTHONPATH")) if part)
    # Plain tracebacks: the last line of a log must be the error, not the corner of a box.
    plain = {"PYTHONUNBUFFERED": "1", "TYPER_STANDARD_TRACEBACK": "1"}
    return {**environment(), **addresses(settings), **plain, "PYTHONPATH": path}


def addresses(settings: Settings) -> dict[str, str]:
    """Return the variables that tell another process of this home where everything is."""
    values = {
        "MARU_HOME": settings.home,
        "MARU_DATABASE_URL": settings.database_url,
        "MARU_BROKER_URL": settings.broker_url,
        "MARU_MODELS_FILE": settings.models_file,
        "MARU_ENCODER_URL": settings.encoder_url,
        "MARU_SSLLM_URL": settings.ssllm_url,
        "MARU_HTTP_HOST": settings.http_host,
        "MARU_HTTP_PORT": settings.http_port,
    }
    return {name: str(value) for name, value in values.items() if value is not None}


def ssllm(settings: Settings) -> Program:
    """The embedded chat model's server, on the port of `ssllm_url`."""
    url = str(settings.ssllm_url)
    ready = served(f"{url}/health")
    return _maru("ssllm", settings, "--port", _port(url), stage=MODELS, ready=ready, grace=1.0, cure=LIBRARY_CURE)


def encoder(settings: Settings) -> Program:
    """The embedding and analysis server, on the port of `encoder_url`."""
    url = str(settings.encoder_url)
    ready = served(f"{url}/health")
    return _maru("encoder", settings, "--port", _port(url), stage=MODELS, ready=ready, grace=1.0, cure=LIBRARY_CURE)


def serving(settings: Settings) -> list[Program]:
    """The processes that need database and broker: gateway, workers, beat and, with long polling, Telegram."""
    telegram = settings.telegram_bot_token and not settings.telegram_webhook_secret
    ready = served(f"{gateway_url(settings)}/readyz")
    programs = [
        _maru(
            "gateway", settings, stage=DOORS, ready=ready, grace=2.0, cure="Set MARU_HTTP_PORT if the port is taken."
        ),
        # Two: the interpreter's lock lets a process use one core, and 500 turns are a lot of preparing.
        *(
            _maru("worker", settings, "--queues", "dialogue", "--threads", "250", stage=WORKERS, name=name)
            for name in ("worker-dialogue", "worker-dialogue-2")
        ),
        _maru(
            "worker",
            settings,
            *("--queues", "delivery", "--threads", "16"),
            stage=WORKERS,
            name="worker-delivery",
        ),
        # On its own: a slow chat platform must not hold up what wakes everything else.
        _maru(
            "worker",
            settings,
            *("--queues", "indexing,upkeep"),
            stage=WORKERS,
            name="worker-upkeep",
        ),
        _maru("beat", settings, stage=WORKERS, grace=1.0),
    ]
    return [*programs, _maru("telegram", settings, stage=DOORS, grace=2.0)] if telegram else programs


def sample(settings: Settings) -> Program:
    """The loading of the sample handbook, in a process of its own so that this one stays small and without threads."""
    return Program(
        name="sample",
        command=(sys.executable, "-c", "from workers import sample, settings; sample.load(settings.load())"),
        environment=surroundings(settings),
        folder=settings.home / "run",
        stage=DOORS,
        grace=1.0,
        once=True,
    )


def prompt(settings: Settings) -> Program:
    """The chat prompt on this terminal."""
    return Program(
        name="chat",
        command=(sys.executable, "-m", "workers.cli", "chat"),
        environment=surroundings(settings),
        folder=Path.cwd(),
        stage=PROMPT,
        orphan_signal=signal.SIGTERM,
        grace=2.0,
        foreground=True,
    )


def _port(url: str) -> str:
    return str(urlsplit(url).port)


def _maru(
    command: str,
    settings: Settings,
    *arguments: str,
    stage: int,
    name: str = "",
    ready: Callable[[int], bool] | None = None,
    grace: float = 4.0,
    cure: str = "",
) -> Program:
    return Program(
        name=name or command,
        command=(sys.executable, "-m", "workers.cli", command, *arguments),
        environment=surroundings(settings),
        folder=settings.home / "run",
        stage=stage,
        ready=ready or alive,
        settle=0.0 if ready else SETTLE_SECONDS,
        grace=grace,
        cure=cure,
    )
