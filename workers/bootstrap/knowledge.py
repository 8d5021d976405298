"""Assembles what reads documents, of the shell and of the workers."""

import random
import time

from bot.application.sources import Stores
from bot.domain.sources import SourceKind
from bot.ports.analyser import Analyser
from bot.ports.library import Library
from bot.ports.source_book import SourceBook
from bot.retrieval.kinds import ENDINGS
from integrations.documents.parser import ChildParser
from integrations.files.folder import Folders
from integrations.web.client import GuardedWeb
from integrations.web.git import GitRepositories
from integrations.web.pages import WebPages
from workers.settings import bare_environment, environment

GIT_NEEDS = ("HOME", "PATH", "SSH_AUTH_SOCK")
"""Variables by which git finds ssh and its keys."""


def stores(*, library: Library, book: SourceBook, analyser: Analyser) -> Stores:
    """Return what a look at a source needs; nothing is contacted yet."""
    surroundings = environment()
    return Stores(
        library=library,
        book=book,
        analyser=analyser,
        parser=ChildParser(environment=bare_environment()),
        origins={
            SourceKind.FOLDER: Folders(ENDINGS),
            SourceKind.GIT: GitRepositories(
                ENDINGS,
                environment={
                    **bare_environment(),
                    **{name: surroundings[name] for name in GIT_NEEDS if name in surroundings},
                },
            ),
            SourceKind.WEB: WebPages(GuardedWeb(monotonic=time.monotonic)),
        },
        chance=random.random,
    )
