"""compose.yaml and the Dockerfile against the real command line, settings and catalogue: no Docker engine needed."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import typer
import yaml

from bot.ensemble import catalogue
from bot.ports.doorbell import Bell
from integrations.postgres.pool import Pool
from integrations.postgres.status import WorkerPulse
from tests.conftest import Database
from workers.bootstrap.worker import pulse_name
from workers.cli import app
from workers.router_file import router_file
from workers.settings import PREFIX, Settings

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
MODELS = (ROOT / "models.compose.toml").read_text(encoding="utf-8")
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
EMBEDDED_ONLY = {"ssllm_url"}
"""Settings that make no sense where every model is in the catalogue."""

ONE_SHOT = {"migrate"}
UNCHECKED = {"migrate", "beat", "telegram"}
"""Services without a health check: one ends, the others listen nowhere."""


CLI: dict[str, Any] = typer.main.get_command(app).commands  # type: ignore[attr-defined]


def environment(service: dict[str, Any]) -> dict[str, str]:
    """Return a service's variables, those that compose fills in with something of the right shape."""
    filled = {}
    for name, value in (service.get("environment") or {}).items():
        filled[name] = re.sub(r"\$\{(\w+)(?::?[-?]([^}]*))?\}", r"\1" if ":?" in str(value) else r"\2", str(value))
    return filled


def text_of(value: Any) -> Iterator[str]:
    """Yield every string of a document."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from text_of(key)
            yield from text_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from text_of(inner)
    elif isinstance(value, str):
        yield value


def test_all_workers_share_what_the_router_learned_and_it_is_written_where_the_volume_is() -> None:
    workers = [service for name, service in OURS.items() if name.startswith("worker")]
    folder = router_file(Path("/var/lib/maru")).parent
    assert len(workers) == 3
    assert all(f"router:{folder}" in service["volumes"] for service in workers)
    assert "router" in COMPOSE["volumes"] and str(folder) in DOCKERFILE


def test_the_topology_is_whole() -> None:
    others = {"postgres", "redis", "tgi", "tei"}
    assert set(SERVICES) - set(OURS) == others
    assert {service["command"][0] for service in OURS.values()} == {
        "encoder", "migrate", "gateway", "worker", "beat", "telegram",
    }  # fmt: skip
    assert {name for name, service in SERVICES.items() if "profiles" in service} == {"telegram"}


@pytest.mark.parametrize("name", OURS)
def test_each_command_is_one_that_the_command_line_takes(name: str) -> None:
    command, *arguments = OURS[name]["command"]
    assert command in CLI
    # Parsing with the real parser: an unknown option, a missing one or a value of the wrong kind raises UsageError.
    with CLI[command].make_context(command, list(arguments)) as context:
        assert context.args == []


def test_the_workers_serve_every_queue_once() -> None:
    served = [
        queue
        for service in OURS.values()
        if service["command"][0] == "worker"
        for queue in service["command"][service["command"].index("--queues") + 1].split(",")
    ]
    assert sorted(served) == sorted([*(bell.value for bell in Bell), "upkeep"])


@pytest.mark.parametrize("name", OURS)
def test_each_variable_is_a_setting(name: str) -> None:
    known = {PREFIX + field.upper() for field in Settings.model_fields}
    assert {variable for variable in environment(OURS[name]) if variable.startswith(PREFIX)} <= known


def test_each_setting_reaches_some_service() -> None:
    given = {variable for service in OURS.values() for variable in environment(service)}
    given |= set(re.findall(r"\bMARU_\w+(?==)", DOCKERFILE))
    wanted = {PREFIX + field.upper() for field in Settings.model_fields if field not in EMBEDDED_ONLY}
    # Loopback stand-ins are for tests; in production the platforms are where their makers put them.
    assert wanted - given == {"MARU_SLACK_API_URL", "MARU_TELEGRAM_API_URL"}


def test_only_settings_and_the_two_passwords_come_from_outside() -> None:
    known = {PREFIX + field.upper() for field in Settings.model_fields} | {"POSTGRES_PASSWORD", "REDIS_PASSWORD"}
    asked = {name for text in text_of(COMPOSE) for name in re.findall(r"(?<!\$)\$\{(\w+)", text)}
    assert asked - {"PUBLISH"} <= known


@pytest.mark.parametrize("name", [name for name in OURS if "MARU_DATABASE_URL" in environment(OURS[name])])
def test_the_variables_make_valid_settings(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for field in Settings.model_fields:
        monkeypatch.delenv(PREFIX + field.upper(), raising=False)
    for variable, value in {**environment(OURS[name]), "MARU_HOME": str(tmp_path)}.items():
        monkeypatch.setenv(variable, value)
    settings = Settings()
    assert urlsplit(str(settings.database_url)).hostname == "postgres"
    assert urlsplit(str(settings.broker_url)).hostname == "redis"
    assert urlsplit(str(settings.encoder_url)).hostname == "encoder"


def test_the_encoder_listens_where_the_others_look_for_it() -> None:
    command = SERVICES["encoder"]["command"]
    assert command[command.index("--host") + 1] == "0.0.0.0"
    url = urlsplit(environment(SERVICES["worker-dialogue"])["MARU_ENCODER_URL"])
    assert url.port == int(command[command.index("--port") + 1])


def test_no_image_floats() -> None:
    images = [service["image"] for service in SERVICES.values()] + re.findall(r"(?m)^FROM (\S+)", DOCKERFILE)
    for image in images:
        name, _, tag = image.rpartition(":")
        assert name and re.search(r"\d", tag) and "latest" not in tag, image


def test_postgres_is_one_that_loses_no_rows() -> None:
    version = re.fullmatch(r"pgvector/pgvector:(\d+)\.(\d+)\.(\d+)-pg18", SERVICES["postgres"]["image"])
    assert version and tuple(map(int, version.groups())) >= (0, 8, 6)
    assert SERVICES["postgres"]["volumes"] == ["postgres:/var/lib/postgresql"]
    assert "C.UTF-8" in environment(SERVICES["postgres"])["POSTGRES_INITDB_ARGS"]


def test_redis_keeps_what_it_was_given() -> None:
    script = SERVICES["redis"]["command"][-1]
    for line in ("appendonly yes", "maxmemory-policy noeviction", "requirepass $$REDISCLI_AUTH"):
        assert line in script.splitlines()
    assert not any("REDIS_PASSWORD" in part for part in SERVICES["redis"]["command"])


def test_the_model_server_has_a_gpu_and_tells_nobody() -> None:
    tgi = SERVICES["tgi"]
    assert {"--quantize=awq", "--usage-stats=off"} <= set(tgi["command"])
    (device,) = tgi["deploy"]["resources"]["reservations"]["devices"]
    assert device == {"driver": "nvidia", "count": 1, "capabilities": ["gpu"]}
    assert tgi["shm_size"]


def test_only_the_gateway_is_published_and_by_default_to_this_machine() -> None:
    assert {name for name, service in SERVICES.items() if service.get("ports")} == {"gateway"}
    assert SERVICES["gateway"]["ports"] == ["${PUBLISH:-127.0.0.1:8646}:8646"]
    assert not any(service.get("network_mode") or service.get("privileged") for service in SERVICES.values())


def test_the_stores_have_no_way_out() -> None:
    assert COMPOSE["networks"]["stores"] == {"internal": True}
    assert all(SERVICES[name]["networks"] == ["stores"] for name in ("postgres", "redis"))


@pytest.mark.parametrize("name", SERVICES)
def test_each_dependency_exists_and_can_be_met(name: str) -> None:
    for needed, how in (SERVICES[name].get("depends_on") or {}).items():
        condition = how["condition"]
        if needed in ONE_SHOT:
            assert condition == "service_completed_successfully"
        else:
            assert condition == "service_healthy"
            assert "test" in SERVICES[needed]["healthcheck"]


def test_what_needs_the_tables_waits_for_the_migrations() -> None:
    for name, service in OURS.items():
        waits = service.get("depends_on") or {}
        if name not in ("encoder", "migrate"):
            assert {"migrate", "postgres", "redis"} <= set(waits), name


def test_each_service_restarts_stops_gently_and_is_looked_at() -> None:
    for name, service in SERVICES.items():
        assert service["restart"] == ("on-failure:5" if name in ONE_SHOT else "unless-stopped"), name
        assert re.fullmatch(r"\d+s", service["stop_grace_period"]), name
        # The gateway uses its image's own check.
        looked_at = name == "gateway" or "test" in service["healthcheck"]
        assert looked_at == (name not in UNCHECKED), name


def test_python_in_health_checks_compiles() -> None:
    checks = [service["healthcheck"]["test"] for service in OURS.values() if "test" in service.get("healthcheck", {})]
    scripts = [check[-1] for check in checks if check[1] == "python"]
    (image,) = re.findall(r'CMD \["python", "-c", \\\n\s*"(.+)"\]', DOCKERFILE)
    assert len(scripts) == 4
    for script in [*scripts, image]:
        compile(script, "health check", "exec")


class TestAWorkersHealthCheck:
    """Run as Docker runs it, against the row that a worker writes."""

    @pytest.fixture(params=[name for name, service in OURS.items() if service["command"][0] == "worker"])
    def queues(self, request: pytest.FixtureRequest) -> list[str]:
        command = OURS[request.param]["command"]
        self.check = OURS[request.param]["healthcheck"]["test"]
        return str(command[command.index("--queues") + 1]).split(",")

    def healthy(self, url: str) -> bool:
        kind, program, *arguments = self.check
        assert (kind, program) == ("CMD", "python")
        surroundings = {"MARU_DATABASE_URL": url}
        return not subprocess.run([sys.executable, *arguments], env=surroundings, capture_output=True).returncode

    def test_a_worker_that_lives_is_healthy(self, database: Database, postgres_pool: Pool, queues: list[str]) -> None:
        assert not self.healthy(database.server.url), "nobody has written anything yet"
        WorkerPulse(postgres_pool, pulse_name(queues)).beat()
        assert self.healthy(database.server.url)
        with postgres_pool.connection() as connection:
            connection.execute("UPDATE worker SET seen_at = seen_at - interval '2 minutes'")
        assert not self.healthy(database.server.url), "it has been silent for too long"

    def test_another_hosts_worker_says_nothing_of_this_one(
        self, database: Database, postgres_pool: Pool, queues: list[str]
    ) -> None:
        name = pulse_name(queues).replace(" on ", " on another-")
        WorkerPulse(postgres_pool, name).beat()
        assert not self.healthy(database.server.url)


def test_each_of_our_services_is_locked_down() -> None:
    for name, service in OURS.items():
        assert service["read_only"] and service["cap_drop"] == ["ALL"] and service["init"], name


def test_the_catalogue_names_the_services_of_this_file() -> None:
    entries = catalogue.parse(MODELS, allow_hosted=False, environment={})
    assert {(entry.kind, entry.urls) for entry in entries} == {
        ("tgi", ("http://tgi:80",)),
        ("tei", ("http://tei:80",)),
    }
    for entry in entries:
        assert f"--port={urlsplit(entry.urls[0]).port}" in SERVICES[entry.kind]["command"]
    (chat,) = [entry for entry in entries if "answer" in entry.tasks]
    assert f"--max-total-tokens={chat.context_tokens}" in SERVICES["tgi"]["command"]
    assert "./models.compose.toml:/etc/maru/models.toml:ro" in SERVICES["gateway"]["volumes"]
    assert environment(SERVICES["gateway"])["MARU_MODELS_FILE"] == "/etc/maru/models.toml"


def test_the_embedding_model_has_an_index_in_the_migrations() -> None:
    entries = catalogue.parse(MODELS, allow_hosted=False, environment={})
    (embedding,) = [entry for entry in entries if "embed" in entry.tasks]
    assert f"--model-id=intfloat/{embedding.name}" in SERVICES["tei"]["command"]
    assert (embedding.query_prefix, embedding.passage_prefix) == ("query: ", "passage: ")
    migrations = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "migrations").glob("*.sql"))
    assert "halfvec(384)" in migrations  # the length of multilingual-e5-small's vectors


def test_what_the_dockerfile_copies_exists_and_is_let_in() -> None:
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = set()
    for line in re.findall(r"(?m)^COPY (?!--from)(.+)$", DOCKERFILE):
        copied |= set(shlex.split(line)[:-1])
    assert copied == let_in
    assert [source for source in sorted(copied) if not (ROOT / source).exists()] == []


def test_the_image_is_built_like_the_makefile_does_and_not_run_by_root() -> None:
    for option in ("--require-hashes", "--only-binary :all:", "--no-binary kiwipiepy-model", "--no-build-isolation"):
        assert option in DOCKERFILE
    assert re.findall(r"(?m)^USER (\S+)", DOCKERFILE) == ["10001:10001"]
    assert DOCKERFILE.rstrip().endswith('ENTRYPOINT ["maru"]\nCMD ["gateway"]')


def test_no_secret_stands_in_the_files() -> None:
    for text in (MODELS, DOCKERFILE, *text_of(COMPOSE)):
        assert not re.search(r"xox[abp]-|xapp-|\d{8,}:[\w-]{30,}", text)
