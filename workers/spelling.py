"""Variables that look like settings of Maru and are none: most often misspelt ones, which nothing would obey."""

from collections.abc import Mapping
from difflib import get_close_matches

from workers.settings import PREFIX, Settings, environment

NEAR = 0.8
"""How like a known name (difflib's ratio) a name must be to be taken for its misspelling."""

BENCH = f"{PREFIX}BENCH_"
"""What `make bench` reads by itself."""

KNOWN = frozenset(f"{PREFIX}{name.upper()}" for name in Settings.model_fields)


def misspelt(settings: Settings) -> str | None:
    """Return one sentence that names the unknown MARU_ variables and the settings that were meant; None without any."""
    return warning(environment(), catalogue=_catalogue(settings))


def warning(variables: Mapping[str, str], *, catalogue: str = "") -> str | None:
    """Return that sentence for these variables. catalogue: models.toml, whose `api_key_env` may name any variable."""
    ours = {name for name in variables if name.upper().startswith(PREFIX) and not name.startswith(BENCH)}
    strange = sorted(name for name in ours if name.upper() not in KNOWN and name not in catalogue)
    if not strange:
        return None
    names = ", ".join(map(_named, strange))
    return f"Ignored, because Maru has no such setting: {names}. README.md lists them all under Settings."


def _named(name: str) -> str:
    near = get_close_matches(name.upper(), KNOWN, n=1, cutoff=NEAR)
    return f"{name} (did you mean {near[0]}?)" if near else name


def _catalogue(settings: Settings) -> str:
    if settings.models_file is None:
        return ""
    try:
        return settings.models_file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):  # whoever needs the file says what is wrong with it
        return ""
