"""Wires the catalogue: which models, embedder and analyser this Maru calls, and where they are."""

from dataclasses import dataclass

from bot.domain.errors import CatalogueInvalid
from bot.domain.models import ModelEntry
from bot.ensemble.catalogue import parse
from bot.ports.analyser import Analyser
from bot.ports.chat_model import ChatModel
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
    chat: tuple[ChatModel, ...]
    embedder: Embedder
    analyser: Analyser


def entries(settings: Settings) -> tuple[ModelEntry, ...]:
    """Return the catalogue of MARU_MODELS_FILE, or the embedded entry.

    Raises CatalogueInvalid; SettingsInvalid or NotRunning where no model has an address.
    """
    if settings.models_file is None:
        return (_embedded(settings),)
    try:
        text = settings.models_file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CatalogueInvalid(
            f"MARU_MODELS_FILE cannot be read ({settings.models_file.name}: {type(error).__name__}). Check the path."
        ) from error
    return parse(text, allow_hosted=settings.allow_hosted, environment=environment())


def build_models(settings: Settings) -> Models:
    """Connect the catalogue's models; no call is made yet. Raises what `entries` raises."""
    catalogue = entries(settings)
    loop = ModelLoop()
    chat = tuple(TgiChatModel(entry, loop) for entry in catalogue if entry.kind in ("tgi", "openai"))
    return Models(catalogue, chat, make_embedder(catalogue, settings), HttpAnalyser(encoder_url(settings)))


def make_embedder(catalogue: tuple[ModelEntry, ...], settings: Settings) -> Embedder:
    """Return the catalogue's embedder, else the embedded one; no call is made yet."""
    for entry in catalogue:
        if entry.kind == "tei" and "embed" in entry.tasks:
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
