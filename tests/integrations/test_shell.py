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
from tests.standins import files
from tests.standins.tei import TeiStandIn
from workers import chat, knowledge, orders, sources
from workers.bootstrap.models import build_models
from workers.places import seconds_of, space_of
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


class TestSources:
    def summary(self, capsys: pytest.CaptureFixture[str]) -> str:
        return capsys.readouterr().out.splitlines()[0]

    def test_documents_of_every_kind_in_a_folder_and_in_step_with_it(
        self, settings: Settings, storage: Storage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        folder = tmp_path / "wiki"
        (folder / "node_modules").mkdir(parents=True)
        (folder / "node_modules" / "a.md").write_text("# Never read\n\ntext")
        for name, content in {
            "a.pdf": files.pdf("Deploys on Friday", "둘째 쪽은 배포 이야기"),
            "b.docx": files.word(),
            "c.pptx": files.slides(),
            "d.xlsx": files.sheets(),
            "e.eml": files.mail(),
            "f.html": files.PAGE.encode(),
            "g.csv": b"what,most\nhotel,3\n",
            "h.py": b"def f(): ...",
            "i.md": b"# I\n\ntext",
        }.items():
            (folder / name).write_bytes(content)
        scan, lie, picture = folder / "s.pdf", folder / "t.pdf", folder / "u.png"
        scan.write_bytes(files.pdf("", picture=True))
        lie.write_bytes(files.PAGE.encode())
        picture.write_bytes(b"\x89PNG")
        assert knowledge.add_paths(settings, [str(folder)]) == 1
        printed = capsys.readouterr()
        assert printed.out == "9 added, 2 refused.\n"
        assert f"{scan}: skipped, all its pages (1) are pictures without text (a scan)" in printed.err
        assert f"{lie}: skipped, it is called .pdf but holds HTML" in printed.err
        found = storage.index.search(terms=["둘째"], vector=None, spaces=[WORKSPACE], limit=5).passages
        assert [(one.source, one.page) for one in found] == [(str(folder / "a.pdf"), 2)]

        scan.unlink()
        lie.unlink()
        (folder / "b.docx").unlink()
        (folder / "i.md").write_bytes(b"# I\n\nother text")
        assert knowledge.add_paths(settings, [folder]) == 0
        assert self.summary(capsys) == "1 replaced, 7 unchanged, 1 removed."

    def test_their_state_is_visible_and_they_can_be_refreshed_and_forgotten(
        self, settings: Settings, storage: Storage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert sources.show(settings) == 0
        assert "No sources yet" in capsys.readouterr().out
        folder = tmp_path / "wiki"
        folder.mkdir()
        (folder / "a.md").write_text("# A\n\ntext")
        channel = space_of("channel:slack:T1/C1")
        knowledge.add_paths(settings, [folder], space=channel, every=seconds_of("6h"))
        assert [one.source for one in storage.library.documents([channel])] == [str(folder / "a.md")]
        assert storage.library.documents([WORKSPACE]) == []
        (state,) = storage.sources.states()
        number = state.source.id
        capsys.readouterr()
        sources.show(settings)
        printed = capsys.readouterr().out
        assert f"{number}  folder  {folder}  (channel:slack:T1/C1, every 6 h; documents: 1)" in printed
        assert ": 1 added; next 20" in printed

        folder.rename(tmp_path / "elsewhere")
        assert sources.refresh(settings, number) == 1
        assert "it is no folder here any more" in capsys.readouterr().err
        sources.show(settings)
        assert "What is known from it is kept" in capsys.readouterr().out
        assert storage.library.how_many([channel]) == 1
        (tmp_path / "elsewhere").rename(folder)
        assert sources.refresh(settings, number) == 0
        assert self.summary(capsys) == "1 unchanged."

        assert sources.forget_source(settings, number) == 0
        assert capsys.readouterr().out == f"Source {number} is forgotten, and 1 of its documents.\n"
        assert storage.library.how_many([channel]) == 0
        assert sources.refresh(settings, number) == sources.forget_source(settings, number) == 1
        assert "There is no source" in capsys.readouterr().out
        assert [line[1] for line in storage.audit_lines()] == ["kb add", "kb refresh", "kb refresh", "kb forget-source"]

    def test_a_killed_run_is_taken_up_where_it_ended(
        self, settings: Settings, storage: Storage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        folder = tmp_path / "wiki"
        folder.mkdir()
        for number in range(60):
            (folder / f"{number:02}.csv").write_text(f"what,most\nhotel,{number}\n")
        surroundings = {
            "MARU_HOME": str(tmp_path),
            "MARU_DATABASE_URL": str(settings.database_url),
            "MARU_BROKER_URL": str(settings.broker_url),
            "MARU_ENCODER_URL": str(settings.encoder_url),
            "MARU_SSLLM_URL": NOWHERE,
            "PYTHONPATH": os.pathsep.join(sys.path),
        }
        killed = subprocess.Popen(
            (sys.executable, "-m", "workers.cli", "kb", "add", str(folder)),
            cwd=ROOT,
            env=surroundings,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        patience = time.monotonic() + 60
        while storage.library.how_many([WORKSPACE]) < 3 and time.monotonic() < patience:
            time.sleep(0.02)
        killed.kill()
        killed.wait()
        done = storage.library.documents([WORKSPACE])
        assert 3 <= len(done) < 60
        assert all(one.chunks == 1 for one in done)

        assert knowledge.add_paths(settings, [folder]) == 0
        assert self.summary(capsys) == f"{60 - len(done)} added, {len(done)} unchanged."

    def test_a_git_repository(
        self, settings: Settings, storage: Storage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        folder = tmp_path / "wiki.git"
        folder.mkdir()
        (folder / "a.md").write_text("# A\n\ntext")
        for command in (
            ["init", "-q"],
            ["add", "."],
            ["-c", "user.name=A", "-c", "user.email=a@b", "commit", "-qm", "one"],
        ):
            subprocess.run(["git", "-C", str(folder), *command], check=True)
        assert knowledge.add_paths(settings, [f"file://{folder}"]) == 0
        assert self.summary(capsys) == "1 added."
        assert [one.source for one in storage.library.documents([WORKSPACE])] == [f"file://{folder}/a.md"]

    def test_a_link_of_this_network_is_refused_and_nothing_is_fetched(
        self, settings: Settings, storage: Storage, tei: TeiStandIn, capsys: pytest.CaptureFixture[str]
    ) -> None:
        asked = tei.server.counts.requests
        assert knowledge.add_paths(settings, [f"{tei.url}/health", "ftp://example.com/x"]) == 1
        printed = capsys.readouterr()
        assert printed.out == "nothing added, 2 refused.\n"
        assert f"{tei.url}/health: not fetched, it leads to an address that is not on the public" in printed.err
        assert "ftp://example.com/x: not fetched, this is no http or https link" in printed.err
        assert storage.sources.states() == []
        assert tei.server.counts.requests == asked

    def test_ten_gigabytes_are_not_read(
        self, settings: Settings, storage: Storage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        huge = tmp_path / "huge.pdf"
        with huge.open("wb") as written:
            written.truncate(10_000_000_000)
        assert knowledge.add_paths(settings, [huge]) == 1
        assert f"{huge}: skipped, it is larger than the 50 MB Maru reads." in capsys.readouterr().err


class TestPlaces:
    @pytest.mark.parametrize(
        "text",
        ["workspace", "channel:slack:T1/C1", "person:slack:T1/U1", "person:telegram:42", "group:telegram:-100123"],
    )
    def test_spaces(self, text: str) -> None:
        assert space_of(text) == text

    @pytest.mark.parametrize("text", ["", "all", "channel:#general", "person:", "channel:slack:T1/c1 ", "workspace2"])
    def test_what_is_no_space(self, text: str) -> None:
        with pytest.raises(SettingsInvalid, match="is no space: give workspace, channel:slack:T1/C1"):
            space_of(text)

    @pytest.mark.parametrize(("text", "seconds"), [("5m", 300), ("6h", 21_600), ("1D", 86_400), ("2 w", 1_209_600)])
    def test_times(self, text: str, seconds: float) -> None:
        assert seconds_of(text) == seconds

    @pytest.mark.parametrize("text", ["", "6", "h", "1m", "0h", "-6h", "6 hours", "99999h"])
    def test_what_is_no_time(self, text: str) -> None:
        with pytest.raises(SettingsInvalid, match="is no such time: give 30m"):
            seconds_of(text)
