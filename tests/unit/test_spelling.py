"""A misspelt variable is named, with the setting that was meant; everything else passes in silence."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from workers.settings import Settings
from workers.spelling import KNOWN, warning


def test_a_misspelt_variable_is_named_with_the_setting_that_was_meant() -> None:
    said = warning({"MARU_SLACK_BOT_TOKN": "xoxb-secret", "PATH": "/bin"})

    assert said is not None
    assert "MARU_SLACK_BOT_TOKN (did you mean MARU_SLACK_BOT_TOKEN?)" in said
    assert "xoxb-secret" not in said
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("MARU_HTTP_PRT", "MARU_HTTP_PORT"),
        ("MARU_ADMIN", "MARU_ADMINS"),
        ("MARU_API_KEY", "MARU_API_KEYS"),
        ("MARU_TELEGRAM_TOKEN", "MARU_TELEGRAM_BOT_TOKEN"),
        ("maru_loglevel", "MARU_LOG_LEVEL"),
    ],
)
def test_the_usual_slips(name: str, meant: str) -> None:
    assert f"{name} (did you mean {meant}?)" in str(warning({name: "x"}))


def test_one_line_for_all_of_them_and_no_guess_where_nothing_is_near() -> None:
    said = str(warning({"MARU_XYZZY": "1", "MARU_HOM": "/x"}))

    assert "MARU_HOM (did you mean MARU_HOME?), MARU_XYZZY." in said


def test_known_ones_those_of_others_and_the_catalogues_keys_pass() -> None:
    known = dict.fromkeys(KNOWN, "x") | {"maru_home": "x", "MARUKO": "x", "MARU_BENCH_DATA": "x"}

    assert warning(known) is None
    assert warning({"MARU_GPU_KEY": "x"}, catalogue='api_key_env = "MARU_GPU_KEY"') is None


def test_every_setting_is_known() -> None:
    assert {f"MARU_{name.upper()}" for name in Settings.model_fields} == KNOWN


def test_what_serves_says_it_once_at_the_start(tmp_path: Path) -> None:
    environment = {**os.environ, "MARU_HOME": str(tmp_path / "home"), "MARU_SLACK_BOT_TOKN": "xoxb-secret"}
    done = subprocess.run(
        [sys.executable, "-m", "workers.cli", "telegram"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    first, *rest = done.stderr.splitlines()
    assert "MARU_SLACK_BOT_TOKN (did you mean MARU_SLACK_BOT_TOKEN?)" in first
    assert rest == ["Maru is not running here: make up"]
