"""Wires the parts that `maru eval` measures, each over a library that begins empty."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bot.ports.analyser import Analyser
from bot.ports.chunk_index import ChunkIndex
from bot.ports.embedder import Embedder
from bot.ports.library import Library
from bot.ports.past_turns import PastTurns
from integrations.postgres.library import PostgresChunkIndex, PostgresLibrary
from integrations.postgres.past_turns import PostgresPastTurns
from integrations.postgres.pool import open_pool
from integrations.tei.analyser import HttpAnalyser
from workers.bootstrap.models import encoder_url, entries, make_embedder
from workers.settings import Settings

POOL_SIZE = 4


@dataclass(frozen=True, slots=True)
class Encoders:
    """What turns text into vectors and terms."""

    embedder: Embedder
    analyser: Analyser


@dataclass(frozen=True, slots=True)
class Shelves:
    """A library and the search over it."""

    library: Library
    index: ChunkIndex


def encoders(settings: Settings) -> Encoders:
    """Return this Maru's embedder and analyser; the catalogue's, where it names one. Raises CatalogueInvalid."""
    catalogue = entries(settings) if settings.models_file else ()
    return Encoders(make_embedder(catalogue, settings), HttpAnalyser(encoder_url(settings)))


@contextmanager
def past_turns(database_url: str) -> Iterator[PastTurns]:
    """Lend what was asked and answered in this database."""
    with open_pool(database_url, max_size=1) as pool:
        yield PostgresPastTurns(pool)


@contextmanager
def shelves(database_url: str, *, model: str) -> Iterator[Shelves]:
    """Lend a library in this database, whose vectors are of this model."""
    with open_pool(database_url, max_size=POOL_SIZE) as pool:
        yield Shelves(PostgresLibrary(pool), PostgresChunkIndex(pool, model=model))
