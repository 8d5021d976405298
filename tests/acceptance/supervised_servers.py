"""A supervisor of the embedded Postgres and Redis, run by test_supervisor.py: `supervised_servers.py HOME`."""

import sys
from pathlib import Path

from tests.acceptance.supervised import supervise
from workers.embedded.postgres import embedded_postgres
from workers.embedded.program import Program
from workers.embedded.redis import embedded_redis
from workers.preflight import free_ports, prepare_home


def servers(home: Path) -> list[Program]:
    redis = embedded_redis(home, port=free_ports(1)[0])
    postgres = embedded_postgres(home)
    (home / "addresses").write_text(f"{postgres.url_of('postgres')}\n{redis.url}\n", encoding="utf-8")
    return [redis.program(stage=1), postgres.program(stage=1)]


if __name__ == "__main__":
    place = Path(sys.argv[1])
    prepare_home(place)
    supervise(place, lambda: servers(place))
