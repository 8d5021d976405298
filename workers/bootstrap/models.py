"""Wires the catalogue: which models, embedder and analyser this Maru calls, and where they are."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bot.domain.errors import CatalogueInvalid
from bot.domain.models import ModelEntry
from bot.domain.money import DEFAULT_REFERENCE, Reference
from bot.ensemble.catalogue import parse
from bot.ensemble.reference import read_reference
from bot.ports.analyser import Analyser
from bot.ports.chat_model import ServedModel
from bot.ports.embedder import Embedder
from integrations.tei.analyser import HttpAnalyser
from integrations.tei.embedder import TeiEmbedder
from integrations.tgi.chat_model import TgiChatModel
from integrations.tgi.loop import ModelLoop
from workers.bootstrap.storage import missing
from workers.settings import Settings, environment

EMBEDDED_EMBEDDING_MODEL = "multilingual-e5-small"
EMBEDDED_DIMENSIONS = 384


@dataclass(frozen=True, slots=True)
class Models:
    """What the catalogue came to."""

    entries: tuple[ModelEntry, ...]
    chat: tuple[ServedModel, ...]
    embedder: Embedder
    analyser: Analyser
    reference: Reference
    connect: Callable[[ModelEntry], ServedModel]
    """Makes the model of another entry, for this process's one loop."""


def entries(settings: Settings) -> tuple[ModelEntry, ...]:
    """Return the catalogue of MARU_MODELS_FILE, or the embedded entry.

    Raises CatalogueInvalid; SettingsInvalid or NotRunning where no model has an address.
    """
    if settings.models_file is None:
        return (_embedded(settings),)
    return parsed(models_text(settings.models_file), settings)


def models_text(file: Path) -> str:
    """Return what a models file says. Raises CatalogueInvalid where it cannot be read."""
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CatalogueInvalid(
            f"MARU_MODELS_FILE cannot be read ({file.name}: {type(error).__name__}). Check the path."
        ) from error


def kept_copy(settings: Settings) -> Path:
    """Return where the last models file that was right is kept: a process that starts anew meets the wrong one."""
    return settings.home / "run" / "models-in-use.toml"


def build_models(settings: Settings) -> Models:
    """Connect the catalogue's models; no call is made yet. Raises what `entries` raises.

    A wrong models file does not keep a process from starting while there is a copy of the last right one.
    """
    try:
        catalogue, reference = entries(settings), _reference(settings.models_file)
    except CatalogueInvalid:
        copy = kept_copy(settings)
        if not copy.exists():
            raise
        catalogue, reference = parsed(models_text(copy), settings), _reference(copy)
    loop = ModelLoop()
    connect = partial(TgiChatModel, loop=loop)
    chat = tuple(map(connect, chat_entries(catalogue)))
    embedder, analyser = make_embedder(catalogue, settings), HttpAnalyser(encoder_url(settings))
    return Models(catalogue, chat, embedder, analyser, reference, connect)


def _reference(file: Path | None) -> Reference:
    return DEFAULT_REFERENCE if file is None else read_reference(models_text(file))


def parsed(text: str, settings: Settings) -> tuple[ModelEntry, ...]:
    """Return the catalogue that a models file's text is here. Raises CatalogueInvalid."""
    return parse(text, allow_hosted=settings.allow_hosted, environment=environment())


def chat_entries(catalogue: Sequence[ModelEntry]) -> tuple[ModelEntry, ...]:
    """Return the entries that chat, in their order."""
    return tuple(entry for entry in catalogue if entry.kind in ("tgi", "openai"))


def embedding_entry(catalogue: Sequence[ModelEntry]) -> ModelEntry | None:
    """Return the entry that embeds, None where the embedded encoder does."""
    return next((entry for entry in catalogue if entry.kind == "tei" and "embed" in entry.tasks), None)


def make_embedder(catalogue: tuple[ModelEntry, ...], settings: Settings) -> Embedder:
    """Return the catalogue's embedder, else the embedded one; no call is made yet."""
    if (entry := embedding_entry(catalogue)) is not None:
        return TeiEmbedder(
            entry.urls[0],
            model=entry.name,
            query_prefix=entry.query_prefix,
            passage_prefix=entry.passage_prefix,
            api_key=entry.api_key,
        )
    return TeiEmbedder(
        encoder_url(settings),
        model=EMBEDDED_EMBEDDING_MODEL,
        dimensions=EMBEDDED_DIMENSIONS,
        query_prefix="query: ",
        passage_prefix="passage: ",
    )


def encoder_url(settings: Settings) -> str:
    """Return where Maru's own encoder serves. Raises NotRunning or SettingsInvalid."""
    if settings.encoder_url is None:
        raise missing(settings, "MARU_ENCODER_URL", "give the address of a running `maru encoder`, http://HOST:PORT")
    return settings.encoder_url


def _embedded(settings: Settings) -> ModelEntry:
    """The model inside `make up`: one catalogue entry with honest abilities, like any other."""
    if settings.ssllm_url is None:
        raise missing(settings, "MARU_MODELS_FILE", "name a file like models.example.toml that says where models are")
    return ModelEntry(
        name="smollm2-135m-instruct",
        kind="openai",
        urls=(settings.ssllm_url,),
        served_name="smollm2-135m-instruct",
        tasks=("chat", "answer"),
        languages=("en",),
        context_tokens=512,  # it could take 2,048, but reads 150 a second on a CPU
        max_in_flight=4,
        first_token_seconds=10.0,
        total_seconds=20.0,
        gpu_hour_usd=0.0,
    )
