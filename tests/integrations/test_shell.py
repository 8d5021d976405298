"""The shell where others run the servers: what is missing is named at once, and what failed has an exit code."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.domain.conversation import WORKSPACE
from bot.domain.documents import Chunk, Document
from bot.domain.errors import DatabaseUnavailable, NotRunning, SettingsInvalid
from tests.conftest import Database
from tests.contract.conftest import Storage, _postgres
from tests.standins.tei import TeiStandIn
from workers import chat, knowledge, orders
from workers.bootstrap.models import build_models
from workers.settings import Settings

ROOT = Path(__file__).parents[2]
NOWHERE = "http://127.0.0.1:9"


def maru(command: str, surroundings: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a command that ends by itself."""
    return subprocess.run(
        (sys.executable, "-m", "workers.cli", command),
        cwd=ROOT,
        env=surroundings,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.fixture
def storage(database: Database) -> Storage:
    database.clear()
    return _postgres(database.pool, database.server.url)


@pytest.fixture
def tei() -> Iterator[TeiStandIn]:
    with TeiStandIn() as server:
        yield server


@pytest.fixture
def settings(database: Database, redis_url: str, tei: TeiStandIn, tmp_path: Path) -> Settings:
    """Servers that others run: the encoder is a stand-in, the model is not asked."""
    return Settings(
        home=tmp_path,
        database_url=database.server.url,
        broker_url=redis_url,
        encoder_url=tei.url,
        ssllm_url=NOWHERE,
    )


class TestAsking:
    def test_where_no_worker_runs_a_question_is_not_kept_and_this_is_said_at_once(
        self, settings: Settings, storage: Storage, database: Database
    ) -> None:
        with database.pool.connection() as connection:
            connection.execute(
                "INSERT INTO worker (name, seen_at) VALUES ('dialogue on old:1', now() - interval '1 h')"
            )
            connection.execute("INSERT INTO worker (name, seen_at) VALUES ('delivery+upkeep on new:2', now())")
        began = time.monotonic()
        for command in (lambda: chat.ask(settings, "how do I roll back?"), lambda: chat.chat(settings)):
            with pytest.raises(NotRunning, match="no worker for questions has been seen"):
                command()
        assert time.monotonic() - began < 5
        assert list(storage.inbox.claim(limit=1, lease_seconds=1)) == []

    def test_a_database_that_is_away_is_named(self, settings: Settings) -> None:
        away = settings.model_copy(update={"database_url": "postgresql://x:y@127.0.0.1:9/z"})
        with pytest.raises(DatabaseUnavailable, match=r"does not answer: .*Check MARU_DATABASE_URL"):
            chat.ask(away, "hi")


class TestMissing:
    @pytest.mark.parametrize(
        ("lacking", "variable"), [("encoder_url", "MARU_ENCODER_URL"), ("ssllm_url", "MARU_MODELS_FILE")]
    )
    def test_the_variable_that_servers_of_others_need(
        self, settings: Settings, storage: Storage, lacking: str, variable: str
    ) -> None:
        with pytest.raises(SettingsInvalid, match=f"{variable} is not set: "):
            build_models(settings.model_copy(update={lacking: None}))

    @pytest.mark.parametrize("command", ["gateway", "worker"])
    def test_what_serves_ends_with_that_sentence(
        self, settings: Settings, storage: Storage, tmp_path: Path, command: str
    ) -> None:
        surroundings = {
            "MARU_HOME": str(tmp_path),
            "MARU_DATABASE_URL": str(settings.database_url),
            "MARU_BROKER_URL": str(settings.broker_url),
            "MARU_ENCODER_URL": NOWHERE,
        }
        done = maru(command, surroundings)
        assert (done.returncode, done.stderr.count("\n")) == (2, 1)
        assert done.stderr.startswith("MARU_MODELS_FILE is not set: ")

    def test_a_clock_whose_home_cannot_be_made_says_so(self, settings: Settings, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        surroundings = {"MARU_HOME": str(tmp_path / "file" / "home"), "MARU_BROKER_URL": str(settings.broker_url)}
        done = maru("beat", surroundings)
        assert (done.returncode, done.stderr.count("\n")) == (2, 1)
        assert "cannot be written (Not a directory)" in done.stderr

    def test_where_nothing_is_set_no_maru_runs(self, tmp_path: Path) -> None:
        with pytest.raises(NotRunning, match="make up"):
            build_models(Settings(home=tmp_path))


class TestAdding:
    def test_what_cannot_be_read_gets_one_line_each_and_the_rest_is_indexed(
        self,
        settings: Settings,
        storage: Storage,
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        folder = tmp_path / "wiki"
        (folder / "deep").mkdir(parents=True)
        (folder / "deep" / "a.md").write_text("# A\n\nText.", encoding="utf-8")
        os.mkfifo(folder / "passed-over")
        (folder / "broken.md").symlink_to("nowhere.md")
        pipe = tmp_path / "pipe.md"
        os.mkfifo(pipe)
        endless = tmp_path / f"{'n' * 300}.md"
        under = tmp_path / ("n" * 300) / "a.md"
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(folder / "sock"))
            assert knowledge.add_paths(settings, [folder, pipe, endless, under]) == 1
        printed = capsys.readouterr()
        assert printed.out == "1 added, 3 refused.\n"
        assert "embedding begins once a worker runs" in printed.err
        for path, why in {
            pipe: "a pipe or a device",
            endless: "File name too long",
            under: "File name too long",
        }.items():
            assert f"{path}: skipped, " in printed.err
            assert why in printed.err

    def test_a_folder_that_may_not_be_looked_into(
        self, settings: Settings, storage: Storage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        if os.geteuid() == 0:
            pytest.skip("root may look into everything")
        closed = tmp_path / "wiki" / "closed"
        closed.mkdir(parents=True)
        (closed.parent / "a.md").write_text("# A\n\nText.", encoding="utf-8")
        closed.chmod(0)
        try:
            assert knowledge.add_paths(settings, [closed.parent, closed / "b.md"]) == 1
        finally:
            closed.chmod(0o700)
        printed = capsys.readouterr()
        assert printed.out == "1 added, 2 refused.\n"
        assert f"{closed}: skipped, Permission denied." in printed.err
        assert f"{closed / 'b.md'}: skipped, Permission denied." in printed.err

    def test_it_is_audited(self, settings: Settings, storage: Storage, tmp_path: Path) -> None:
        page, odd = tmp_path / "a.md", tmp_path / os.fsdecode(b"caf\xe9.md")
        for path in (page, odd):
            path.write_text("# A\n\nText.", encoding="utf-8")
        knowledge.add_paths(settings, [page, odd])
        assert storage.audit_lines() == [
            ("console:local", "kb add", True, str(page)),
            ("console:local", "kb add", True, f"{tmp_path}/caf\\udce9.md"),
        ]


class TestRemoving:
    def test_a_document_that_is_not_there(
        self, settings: Settings, storage: Storage, capsys: pytest.CaptureFixture[str]
    ) -> None:
        kept = storage.library.replace(Document("a.md", "A", "text", "d1", space=WORKSPACE), [Chunk(("A",), "text")])
        assert orders.order(settings, "kb remove 999") == 1
        assert "There is no document 999" in capsys.readouterr().out
        assert orders.order(settings, f"kb remove {kept}") == 0
