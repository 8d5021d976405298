"""What a new user finds: a sample handbook that says so, and that makes room for the first real document."""

from pathlib import Path

import pytest

from tests.acceptance import house
from tests.acceptance.house import House

pytestmark = pytest.mark.acceptance


def test_the_sample_answers_until_there_is_a_real_document_and_a_restart_forgets_nothing(
    maru: House, tmp_path: Path
) -> None:
    borrowed = {name: maru.addresses()[name] for name in ("MARU_ENCODER_URL", "MARU_SSLLM_URL")}
    real = tmp_path / "garden.md"
    real.write_text("# Garden\n\n## Roses\n\nThe roses are pruned every February by Jiwoo.\n", encoding="utf-8")
    with house.new_home() as home:
        with house.running(home, **borrowed) as first:
            sampled = first.command("ask", "배포를 롤백하려면?").stdout
            assert "shipctl rollback web --to previous" in sampled
            assert sampled.endswith("[1] 배포 › 배포 롤백하기 — ko/deploys.md (sample)\n")

            added = first.command("kb", "add", str(real)).stdout
            assert added == "1 added.\nThe sample handbook is gone now: Maru answers from your documents.\n"
            assert "shipctl" not in first.command("ask", "배포를 롤백하려면?").stdout
            second_run = first.command("up")
            assert second_run.returncode == 2
            assert "Maru already runs for" in second_run.stderr

        with house.running(home, **borrowed) as second:
            said = second.command("ask", "who prunes the roses?").stdout
            assert "Jiwoo" in said
            assert "(sample)" not in said
            assert "1 document" in second.command("kb", "list").stdout
        assert house.maru("ask", "hi", surroundings=house.surroundings(home)).returncode == 3
