"""Real repositories through the real git, and what it may not be sent to."""

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from bot.domain.conversation import WORKSPACE
from bot.domain.errors import DocumentRefused, LinkRefused, SourceUnavailable
from bot.domain.refusals import Why
from bot.domain.sources import Source, SourceId, SourceKind
from bot.ports.origin import Content
from bot.retrieval.kinds import ENDINGS
from integrations.web.git import GitRepositories, is_repository
from tests.standins.internet import PUBLIC

PATH = {"PATH": os.environ["PATH"]}
GIT = shutil.which("git")


def git(folder: Path, *arguments: str) -> None:
    options = ("-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main")
    subprocess.run(["git", "-C", str(folder), *options, *arguments], check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "wiki.git"
    (folder / "docs").mkdir(parents=True)
    (folder / ".github").mkdir()
    (folder / "README.md").write_text("# Wiki\n\nHello.")
    (folder / "docs" / "배포.md").write_text("# 배포\n\n금요일에는 하지 않습니다.")
    (folder / "docs" / "logo.png").write_bytes(b"\x89PNG")
    (folder / ".github" / "hidden.md").write_text("hidden")
    (folder / "passwords.md").symlink_to("/etc/passwd")
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "one")
    return folder


async def nobody(host: str, port: int) -> list[str]:
    raise AssertionError(f"{host} was looked up")


def source(location: str, *, trusted: bool = True) -> Source:
    return Source(SourceId(1), SourceKind.GIT, location, WORKSPACE, trusted)


def read(location: str, *, known: str | None = None) -> dict[str, Content | None]:
    with GitRepositories(ENDINGS, environment=PATH, resolver=nobody).look(source(location)) as found:
        listed = [one for one in found if not isinstance(one, DocumentRefused)]
        return {one.name.removeprefix(f"{location}/"): one.read(known) for one in listed}


def test_the_files_of_the_main_branch(repository: Path) -> None:
    found = read(f"file://{repository}")
    assert sorted(found) == ["README.md", "docs/배포.md"]
    page = found["docs/배포.md"]
    assert page is not None
    assert page.data.decode() == "# 배포\n\n금요일에는 하지 않습니다."


def test_only_what_changed_is_read(repository: Path) -> None:
    before = read(f"file://{repository}")["README.md"]
    assert before is not None
    assert read(f"file://{repository}", known=before.version)["README.md"] is None
    (repository / "README.md").write_text("# Wiki\n\nNew.")
    git(repository, "commit", "-qam", "two")
    after = read(f"file://{repository}", known=before.version)["README.md"]
    assert after is not None
    assert after.data == b"# Wiki\n\nNew."


def test_nothing_of_the_repository_is_run(repository: Path, tmp_path: Path) -> None:
    (repository / ".gitattributes").write_text("*.md filter=evil\n")
    (repository / ".gitmodules").write_text('[submodule "x"]\n path = x\n url = ext::sh -c touch% /tmp/x\n')
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "two")
    hook = repository / ".git" / "hooks" / "post-checkout"
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran")
    hook.chmod(0o755)
    assert "README.md" in read(f"file://{repository}")
    assert not (tmp_path / "ran").exists()


def test_what_cannot_be_cloned_is_said_with_gits_own_reason(tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailable) as outage:
        read(f"file://{tmp_path}/nowhere")
    assert outage.value.why is Why.GIT_FAILED
    assert "does not appear to be a git repository" in str(outage.value)
    assert "\n" not in str(outage.value)


def test_where_git_is_not_installed(tmp_path: Path) -> None:
    bare = GitRepositories(ENDINGS, environment={"PATH": str(tmp_path)}, resolver=nobody)
    with pytest.raises(SourceUnavailable, match="git program is not installed"), bare.look(source("file:///x")):
        pass


def test_a_git_that_hangs_is_ended_with_its_children(
    tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "git"
    program.write_text("#!/bin/sh\nsleep 60 &\nwait\n")
    program.chmod(0o755)
    monkeypatch.setattr("integrations.web.git.CLONE_SECONDS", 0.5)
    slow = GitRepositories(ENDINGS, environment={"PATH": f"{tmp_path}:{PATH['PATH']}"}, resolver=nobody)
    began = time.monotonic()
    with pytest.raises(SourceUnavailable) as outage, slow.look(source(f"file://{repository}")):
        pass
    assert outage.value.why is Why.DEADLINE
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    "location", ["ext::sh -c touch% /tmp/x", "--upload-pack=touch /tmp/x", "/etc", "fd::17", "git://example.com/x", ""]
)
@pytest.mark.parametrize("trusted", [True, False])
def test_addresses_that_git_is_never_given(location: str, trusted: bool) -> None:
    origin = GitRepositories(ENDINGS, environment=PATH, resolver=nobody)
    with pytest.raises(LinkRefused) as refusal, origin.look(source(location, trusted=trusted)):
        pass
    assert refusal.value.why is Why.GIT_ADDRESS


class TestFromChat:
    @pytest.mark.parametrize(
        "location", ["file:///etc", "ssh://git@example.com/x", "http://example.com/x.git", "git@example.com:x.git"]
    )
    def test_https_only(self, location: str) -> None:
        origin = GitRepositories(ENDINGS, environment=PATH, resolver=nobody)
        with pytest.raises(LinkRefused) as refusal, origin.look(source(location, trusted=False)):
            pass
        assert refusal.value.why is Why.GIT_ADDRESS

    @pytest.mark.parametrize("answer", [["127.0.0.1"], [PUBLIC, "10.0.0.1"], ["::ffff:169.254.169.254"]])
    def test_public_addresses_only(self, answer: list[str]) -> None:
        async def resolver(host: str, port: int) -> list[str]:
            return answer

        origin = GitRepositories(ENDINGS, environment=PATH, resolver=resolver)
        with pytest.raises(LinkRefused) as refusal, origin.look(source("https://git.example.com/x.git", trusted=False)):
            pass
        assert refusal.value.why is Why.PRIVATE

    def test_git_asks_the_address_that_was_checked_and_no_other(self, tmp_path: Path) -> None:
        async def resolver(host: str, port: int) -> list[str]:
            return [PUBLIC]

        program, given = tmp_path / "git", tmp_path / "given"
        program.write_text(f'#!/bin/sh\n[ "$1" = version ] && exec {GIT} version\necho "$@" > {given}\nexit 1\n')
        program.chmod(0o755)
        origin = GitRepositories(ENDINGS, environment={"PATH": f"{tmp_path}:{PATH['PATH']}"}, resolver=resolver)
        place = source("https://git.example.com/x.git", trusted=False)
        with pytest.raises(SourceUnavailable), origin.look(place):
            pass
        options = given.read_text()
        assert f"-c http.curloptResolve=git.example.com:443:{PUBLIC} " in options
        assert "-c http.followRedirects=false " in options
        assert "-c protocol.allow=never -c protocol.https.allow=always " in options

    def test_a_git_that_would_not_obey_is_not_used(self, tmp_path: Path) -> None:
        program = tmp_path / "git"
        program.write_text("#!/bin/sh\necho git version 2.30.2\n")
        program.chmod(0o755)
        origin = GitRepositories(ENDINGS, environment={"PATH": f"{tmp_path}:{PATH['PATH']}"}, resolver=nobody)
        place = source("https://git.example.com/x.git", trusted=False)
        with pytest.raises(SourceUnavailable, match=r"git version 2\.30\.2 is too old"), origin.look(place):
            pass


def test_the_real_git_obeys_the_pin(tmp_path: Path) -> None:
    """A name that does not exist is reached all the same, at the address it was bound to: nobody listens there."""
    done = subprocess.run(
        [
            "git",
            "-c",
            "http.curloptResolve=git.example.invalid:9:127.0.0.1",
            "ls-remote",
            "https://git.example.invalid:9/x",
        ],
        capture_output=True,
        text=True,
        check=False,
        env={**PATH, "LC_ALL": "C"},
    )
    assert "Failed to connect to git.example.invalid port 9" in done.stderr
    assert "Could not resolve host" not in done.stderr


@pytest.mark.parametrize(
    ("place", "yes"),
    [
        ("https://github.com/x/y.git", True),
        ("git@github.com:x/y.git", True),
        ("ssh://git@host/x", True),
        ("file:///srv/wiki", True),
        ("https://example.com/docs", False),
        ("docs/a.md", False),
        ("/srv/wiki.git", False),
    ],
)
def test_what_is_surely_a_repository(place: str, yes: bool) -> None:
    assert is_repository(place) is yes
