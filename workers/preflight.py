"""What must be true before anything is started: each check passes silently or raises one clear sentence."""

import errno
import os
import shutil
import socket
from pathlib import Path

from bot.domain.errors import CatalogueInvalid, SettingsInvalid
from bot.domain.models import ModelEntry
from bot.ensemble import catalogue
from workers.embedded.program import StartFailed
from workers.settings import Settings, environment

EMBEDDED_BYTES = 400_000_000  # a new database, its log of 80 to 512 MB being the larger part
LEAST_BYTES = 50_000_000  # logs alone
FOLDERS = ("run", "logs", "secrets")


def open_standard_streams() -> None:
    """Point closed standard streams at /dev/null, so that no file of ours takes their place."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number, which is this one


def prepare_home(home: Path) -> None:
    """Create MARU_HOME and its folders, closed to everybody else. Raises StartFailed."""
    try:
        if not home.exists():
            home.mkdir(parents=True)
            # Root's database is served by another user, who must pass through, and may look at nothing.
            home.chmod(0o711 if os.geteuid() == 0 else 0o700)
        for name in FOLDERS:
            (home / name).mkdir(mode=0o700, exist_ok=True)
        probe = home / "run" / f".writable-{os.getpid()}"
        probe.write_bytes(b"x" * 4096)
        probe.unlink()
    except OSError as error:
        raise StartFailed(
            f"MARU_HOME={home} cannot be written ({error.strerror}): {_cure(error)}, or set MARU_HOME elsewhere."
        ) from error


def check_disk(settings: Settings) -> None:
    """Refuse to start on a disk that is all but full. Raises StartFailed."""
    needed = LEAST_BYTES if settings.database_url and settings.broker_url else EMBEDDED_BYTES
    free = shutil.disk_usage(settings.home).free
    if free < needed:
        raise StartFailed(
            f"The disk of MARU_HOME={settings.home} is full: {free // 1_000_000} MB are free and Maru needs "
            f"{needed // 1_000_000} MB: free some space, or set MARU_HOME to a folder on another disk."
        )


def check_port(settings: Settings) -> None:
    """See that the gateway can listen where it should. Raises StartFailed."""
    host, port = settings.http_host, settings.http_port
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the gateway's own server does
            probe.bind(address)
            probe.listen(1)
    except OSError as error:
        raise StartFailed(_port_sentence(error, host=host, port=port)) from error


def models(settings: Settings) -> tuple[ModelEntry, ...]:
    """Return the entries of MARU_MODELS_FILE, none when it is unset. Raises SettingsInvalid or CatalogueInvalid."""
    path = settings.models_file
    if path is None:
        return ()
    try:
        text = path.read_text(encoding="utf-8")
        return catalogue.parse(text, allow_hosted=settings.allow_hosted, environment=environment())
    except UnicodeDecodeError as error:
        raise SettingsInvalid(f"MARU_MODELS_FILE={path} is not UTF-8 text: save it as such.") from error
    except OSError as error:
        raise SettingsInvalid(
            f"MARU_MODELS_FILE={path} cannot be read ({error.strerror}): correct the path, "
            "or unset it to use the embedded model."
        ) from error
    except CatalogueInvalid as error:
        raise CatalogueInvalid(f"MARU_MODELS_FILE={path}: {error}") from error


def free_ports(count: int) -> list[int]:
    """Return different ports of 127.0.0.1 that are free now."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def _cure(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "free some space"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return "run as the user who owns it"
    return "make it an ordinary folder"


def _port_sentence(error: OSError, *, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} of {host} is in use: stop the program that uses it, or set MARU_HTTP_PORT to another."
    if error.errno == errno.EACCES:
        return f"This user may not listen on port {port}: set MARU_HTTP_PORT to one above 1023."
    return f"{host} is no address of this machine ({error.strerror}): set MARU_HTTP_HOST to one, such as 127.0.0.1."
