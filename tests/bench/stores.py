"""The embedded Postgres, migrated, and the embedded Redis, without the rest of Maru."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.machine import running
from workers.embedded.postgres import embedded_postgres
from workers.embedded.redis import embedded_redis
from workers.migrate import migrate
from workers.preflight import free_ports, prepare_home


@dataclass(frozen=True, slots=True)
class Stores:
    """Where they listen; `variables` tell Maru's processes."""

    url: str
    variables: dict[str, str]


@contextmanager
def stores(home: Path) -> Iterator[Stores]:
    """Run both until the block ends, their data in `home`."""
    prepare_home(home)
    postgres = embedded_postgres(home)
    redis = embedded_redis(home, port=free_ports(1)[0])
    try:
        with running(postgres.program(stage=1), home), running(redis.program(stage=1), home):
            postgres.ensure_database()
            migrate(postgres.url)
            variables = {"MARU_HOME": str(home), "MARU_DATABASE_URL": postgres.url, "MARU_BROKER_URL": redis.url}
            yield Stores(postgres.url, variables)
    finally:
        postgres.remove_sockets()
