"""Documents of git repositories: the git program, without a history, without prompts, without hooks."""

import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from bot.domain.errors import DocumentRefused, DocumentUnreadable, LinkRefused, SourceUnavailable
from bot.domain.refusals import Why
from bot.domain.sources import Source
from bot.ports.origin import Content, Found
from integrations.web.addresses import Resolver, public, resolve
from integrations.web.client import checked

CLONE_SECONDS = 300.0
LARGEST_FILE = 50_000_000
LARGEST_PACK = 1_000_000_000
"""Bytes, of any file that git writes: a repository of more is data."""

PINS_SINCE = (2, 37)
"""The version of git that first obeyed http.curloptResolve; older ones would ask the name again, unnoticed."""

ADDRESS = re.compile(r"(?:https?|ssh|file)://\S+|[\w.-]+@[\w.-]+:(?!/)\S+", re.ASCII)
_LIMITED = (
    "import os, resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, 2 * (int(sys.argv[1]),)); "
    "os.execv(sys.argv[2], sys.argv[2:])"
)
_SAFE = {
    "core.hooksPath": "/dev/null",
    "core.symlinks": "false",  # a link to /etc/passwd becomes a file that says so
    "core.fsmonitor": "false",
    "submodule.recurse": "false",
    "credential.helper": "",
    "protocol.allow": "never",
}
_SCHEMES: Mapping[bool, tuple[str, ...]] = {True: ("http", "https", "ssh", "file"), False: ("https",)}


@dataclass(frozen=True, slots=True)
class _Blob:
    """`Found`: a file of a checkout; its version is git's own digest."""

    path: Path
    name: str
    version: str
    size: int

    def read(self, known: str | None) -> Content | None:
        if known == self.version:
            return None
        if self.size > LARGEST_FILE:
            raise DocumentUnreadable(Why.TOO_LARGE, self.name, megabytes=LARGEST_FILE // 1_000_000)
        return Content(self.path.read_bytes(), self.name, self.version)


class GitRepositories:
    """`Origin`: the files of a repository's main branch with endings that are read, hidden ones left out.

    A source that is not trusted is cloned by https only, from an address that was checked: git gets no other to ask,
    and follows no redirect.
    environment: what git needs to find its keys (HOME, SSH_AUTH_SOCK, PATH); nothing else reaches it.
    """

    def __init__(
        self, endings: Collection[str], *, environment: Mapping[str, str], resolver: Resolver = resolve
    ) -> None:
        self._endings = endings
        self._environment = {
            **environment,
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ASKPASS": "true",
            "GIT_LFS_SKIP_SMUDGE": "1",
            "GIT_SSH_COMMAND": "ssh -o BatchMode=yes -o ConnectTimeout=10",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": "/dev/null",
        }
        self._resolver = resolver

    @contextmanager
    def look(self, source: Source) -> Iterator[Iterator[Found | DocumentRefused]]:
        """Yield the files of a fresh clone. Raises LinkRefused, SourceUnavailable."""
        location = source.location
        options = dict(_SAFE) | {f"protocol.{one}.allow": "always" for one in _SCHEMES[source.trusted]}
        if not ADDRESS.fullmatch(location):
            raise LinkRefused(Why.GIT_ADDRESS, location)
        if not source.trusted:
            options |= self._pinned(location)
        with TemporaryDirectory(prefix="maru-git-") as folder:
            place = Path(folder, "clone")
            branch = ("--depth", "1", "--single-branch", "--no-tags", "--quiet")
            self._git(location, options, "clone", *branch, "--", location, str(place))
            listed = self._git(location, options, "-C", str(place), "ls-tree", "-r", "-l", "-z", "HEAD")
            yield self._blobs(place, location, listed)

    def _pinned(self, location: str) -> dict[str, str]:
        """Return the options that bind git to the address that was checked. Raises LinkRefused, SourceUnavailable."""
        if not location.startswith("https://"):
            raise LinkRefused(Why.GIT_ADDRESS, location)
        target = checked(location)
        said = self._git(location, {}, "version")
        if tuple(int(one) for one in re.findall(r"\d+", said)[:2]) < PINS_SINCE:
            raise SourceUnavailable(Why.GIT_FAILED, location, reason=f"{said.strip()} is too old to be safe here")
        host, port = target.raw_host.decode("ascii"), target.port or 443
        try:
            found = asyncio.run(_awaited(self._resolver, host, port))
        except (OSError, UnicodeError) as error:
            raise SourceUnavailable(Why.UNKNOWN_HOST, location) from error
        if not found or not all(public(one) for one in found):
            raise LinkRefused(Why.PRIVATE, location)
        return {"http.curloptResolve": f"{host}:{port}:{found[0]}", "http.followRedirects": "false", "http.proxy": ""}

    def _git(self, location: str, options: Mapping[str, str], *arguments: str) -> str:
        git = shutil.which("git", path=self._environment.get("PATH"))
        if git is None:
            raise SourceUnavailable(Why.NO_GIT, location)
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        command = (sys.executable, "-S", "-c", _LIMITED, str(LARGEST_PACK), git, *settings, *arguments)
        with subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self._environment,
            start_new_session=True,
        ) as child:
            try:
                written, said = child.communicate(timeout=CLONE_SECONDS)
            except subprocess.TimeoutExpired as error:
                raise SourceUnavailable(Why.DEADLINE, location, seconds=f"{CLONE_SECONDS:g}") from error
            finally:
                _end(child)
        if child.returncode != 0:
            raise SourceUnavailable(Why.GIT_FAILED, location, reason=_reason(said))
        return written.decode("utf-8", "surrogateescape")

    def _blobs(self, place: Path, location: str, listed: str) -> Iterator[Found]:
        for entry in filter(None, listed.split("\0")):
            facts, _, name = entry.partition("\t")
            mode, kind, digest, size = facts.split()
            path = PurePosixPath(name)
            hidden = any(part.startswith(".") for part in path.parts)
            if kind == "blob" and mode != "120000" and not hidden and path.suffix.lower() in self._endings:
                yield _Blob(place / path, f"{location.rstrip('/')}/{name}", digest, int(size))


def is_repository(location: str) -> bool:
    """Tell whether an address is surely of a git repository and not of a page."""
    if not ADDRESS.fullmatch(location):
        return False
    scheme = urlsplit(location).scheme
    return scheme in ("ssh", "file") or "://" not in location or urlsplit(location).path.endswith(".git")


async def _awaited(resolver: Resolver, host: str, port: int) -> list[str]:
    return list(await resolver(host, port))


def _end(child: "subprocess.Popen[bytes]") -> None:
    """End git and the helpers it started; they share its session."""
    if child.poll() is None:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def _reason(said: bytes) -> str:
    """Return git's last complaint."""
    lines = [line.strip() for line in said.decode("utf-8", "replace").splitlines() if line.strip()]
    told = [line for line in lines if line.startswith(("fatal:", "error:"))] or lines or ["it gave no reason"]
    return told[0].removeprefix("fatal:").removeprefix("error:").strip().rstrip(".")[:200]
