"""The process of the embedded language model."""

from urllib.parse import urlsplit

from integrations.embedded_models import ssllm
from workers.settings import Settings

DEFAULT_PORT = 8648


def serve(settings: Settings) -> int:
    """Serve on loopback, at the port that MARU_SSLLM_URL names, until the process is ended."""
    ssllm.serve(port=(urlsplit(settings.ssllm_url or "").port or DEFAULT_PORT))
    return 0
