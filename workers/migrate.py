"""Apply the migrations with dbmate, which is safe to start twice at the same time."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote, urlencode

import psycopg
from psycopg.conninfo import conninfo_to_dict

from bot.domain.errors import DatabaseUnavailable, NotRunning, PermanentError
from workers.settings import Settings

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"
CONNECT_SECONDS = 10
LOCK_SECONDS = 120  # how long to wait for another process that migrates
RUN_SECONDS = 600
NOT_RUNNING = "Maru is not running here: make up (or set MARU_DATABASE_URL)."
ADDRESS_VARIABLE = "MARU_MIGRATION_URL"  # in the environment and not among the arguments, which everybody may read

OPTIONS = (
    *("--env-file", os.devnull),  # else dbmate would read .env of the present folder
    *("--env", ADDRESS_VARIABLE),
    *("--migrations-dir", str(MIGRATIONS)),
    *("--migration-lock", "--migration-lock-timeout", f"{LOCK_SECONDS}s"),
    "--no-dump-schema",
)


class MigrationFailed(PermanentError):
    """A migration cannot be applied; the message names it, the cause and the cure."""


def migrate(database_url: str) -> None:
    """Bring the schema up to date; idempotent. Raises DatabaseUnavailable or MigrationFailed, one sentence each."""
    address = dbmate_url(database_url)
    try:
        done = subprocess.run(
            [_dbmate(), *OPTIONS, "migrate"],
            env={ADDRESS_VARIABLE: address, "PATH": os.defpath},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=RUN_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise MigrationFailed(f"The migrations did not end within {RUN_SECONDS} seconds; run them again.") from error
    if done.returncode != 0:
        raise MigrationFailed(_sentence(done.stdout, done.stderr))


def main(settings: Settings) -> int:
    """`maru migrate`. Raises NotRunning when the settings name no database and no Maru runs here."""
    if not settings.database_url:
        raise NotRunning(NOT_RUNNING)
    waiting = pending(settings.database_url)
    migrate(settings.database_url)
    print(f"{len(waiting)} migrations applied." if waiting else "The database was up to date.")
    return 0


def pending(database_url: str) -> list[str]:
    """Return the names of the migrations that were not applied yet, oldest first. Raises DatabaseUnavailable."""
    try:
        with psycopg.connect(database_url, connect_timeout=CONNECT_SECONDS) as connection:
            known = connection.execute("SELECT to_regclass('schema_migrations') IS NOT NULL").fetchone()
            rows = connection.execute("SELECT version FROM schema_migrations").fetchall() if known and known[0] else []
    except psycopg.Error as error:
        raise DatabaseUnavailable(_unreachable(error)) from error
    applied = {str(row[0]) for row in rows}
    return [path.name for path in sorted(MIGRATIONS.glob("*.sql")) if path.name.split("_", 1)[0] not in applied]


def dbmate_url(database_url: str) -> str:
    """Translate a libpq address into dbmate's form. Connects once, and raises DatabaseUnavailable if that fails.

    dbmate takes a socket's folder as `socket`, knows one host only, and unlike libpq insists on TLS unless told.
    """
    try:
        with psycopg.connect(database_url, connect_timeout=CONNECT_SECONDS) as connection:
            info, encrypted = connection.info, connection.pgconn.ssl_in_use
            host, port, user, password, database = info.host, info.port, info.user, info.password, info.dbname
    except psycopg.Error as error:
        raise DatabaseUnavailable(_unreachable(error)) from error
    given = {key: str(value) for key, value in conninfo_to_dict(database_url).items() if key.startswith("ssl")}
    options = {**given, "sslmode": given.get("sslmode", "") if given.get("sslmode", "").startswith("verify") else ""}
    options["sslmode"] = options["sslmode"] or ("require" if encrypted else "disable")
    where = "" if host.startswith("/") else f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    if host.startswith("/"):
        options |= {"socket": host, "port": str(port)}
    return (
        f"postgres://{quote(user, safe='')}:{quote(password, safe='')}@{where}/{quote(database)}?{urlencode(options)}"
    )


def _dbmate() -> str:
    beside = Path(sys.executable).with_name("dbmate")
    found = str(beside) if beside.exists() else shutil.which("dbmate")
    if not found:
        raise MigrationFailed("dbmate is not installed here: run make up.")
    return found


def _unreachable(error: psycopg.Error) -> str:
    reason = str(error).strip().splitlines()[0] if str(error).strip() else "it gave no reason"
    return f"The database does not answer: {reason.rstrip('.')}. Check MARU_DATABASE_URL and that the server runs."


def _sentence(said: str, complained: str) -> str:
    applying = [line.removeprefix("Applying: ") for line in said.splitlines() if line.startswith("Applying: ")]
    reason = " ".join(complained.split()).removeprefix("Error: ").rstrip(".") or "it gave no reason"
    which = f"Migration {applying[-1]}" if applying else "Migrating"
    return f"{which} failed and was undone: {reason}. Mend the cause and run maru migrate again."
