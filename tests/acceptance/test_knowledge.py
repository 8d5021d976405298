"""Teaching Maru files: good ones are indexed whatever lies beside them, and each bad one gets a line."""

from pathlib import Path

import pytest

from tests.acceptance.house import House

pytestmark = pytest.mark.acceptance


def test_a_folder_of_good_and_bad_files(maru: House, tmp_path: Path) -> None:
    folder = tmp_path / "wiki"
    (folder / "deep" / ".hidden").mkdir(parents=True)
    good = folder / "deep" / "lighthouse.md"
    good.write_text("# Lighthouse\n\n## Lamp\n\nThe lighthouse lamp is replaced every 18 months.\n", encoding="utf-8")
    marked = folder / "harbour.txt"
    marked.write_bytes("\ufeff등대 수첩: 항구 신호등은 매주 화요일에 점검합니다.".encode())
    (folder / "deep" / ".hidden" / "secret.md").write_text("# Hidden\n\nnever read", encoding="utf-8")
    (folder / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0")
    (folder / "empty.md").touch()
    (folder / "binary.md").write_bytes(b"# looks like text\n\0\1\2")
    (folder / "latin.md").write_bytes("# Caf\u00e9\n\nna\u00efve".encode("latin-1"))
    (folder / "huge.txt").write_bytes(b"word " * 1_200_000)
    (folder / "headings.md").write_text("# Only\n\n## Headings\n", encoding="utf-8")

    done = maru.command("kb", "add", str(folder))

    assert (done.returncode, done.stdout) == (1, "2 added, 5 refused.\n")
    refusals = [line for line in done.stderr.splitlines() if line.startswith(str(folder))]
    assert [line.removeprefix(f"{folder}/") for line in refusals] == [
        "binary.md: skipped, this is a binary file of a kind that Maru does not read.",
        "empty.md: skipped, the file is empty.",
        "headings.md: skipped, there is no text in it.",
        "huge.txt: skipped, 6 MB is more than the 5 MB I read. Split it.",
        "latin.md: skipped, not UTF-8 text (byte 5). Save it as UTF-8 and add it again.",
    ]
    assert "18 months" in maru.command("ask", "how often is the lighthouse lamp replaced?").stdout
    assert "화요일" in maru.command("ask", "항구 신호등은 언제 점검하나요?").stdout

    again = maru.command("kb", "add", str(good), str(marked))
    assert (again.returncode, again.stdout) == (0, "2 unchanged.\n")

    good.write_text("# Lighthouse\n\n## Lamp\n\nThe lighthouse lamp is replaced every 24 months.\n", encoding="utf-8")
    changed = maru.command("kb", "add", str(good), str(marked))
    assert (changed.returncode, changed.stdout) == (0, "1 replaced, 1 unchanged.\n")
    said = maru.command("ask", "how often is the lighthouse lamp replaced?").stdout
    assert "24 months" in said
    assert "18 months" not in said


def test_what_does_not_exist_gets_a_line(maru: House, tmp_path: Path) -> None:
    done = maru.command("kb", "add", str(tmp_path / "nowhere.md"))

    assert (done.returncode, done.stdout) == (1, "nothing added, 1 refused.\n")
    assert f"{tmp_path}/nowhere.md: skipped, No such file or directory.\n" in done.stderr
