"""What answers cost, with everything real: the ledger's rows, the table, and the picture on three platforms."""

import re
from pathlib import Path

import pytest

from tests.acceptance.house import House, eventually
from tests.acceptance.seen import SlackScreen, TelegramScreen

pytestmark = pytest.mark.acceptance

ADMINISTRATOR = 42


def test_an_answer_leaves_its_calls_in_the_ledger_and_the_terminal_draws_them(maru: House) -> None:
    assert maru.command("ask", "How do I roll back a deploy?").returncode == 0
    written = maru.rows(
        "SELECT purpose, model, person, channel, skill, input_tokens > 0, seconds > 0, usd, reference_usd > 0 "
        "FROM ledger WHERE inbox = (SELECT max(inbox) FROM ledger WHERE channel = 'console') ORDER BY id"
    )
    purposes = {row[0] for row in written}
    assert {"embed", "answer"} <= purposes
    assert {row[2:5] for row in written} == {("console:local", "console", "answer-from-knowledge")}
    assert all(row[5:] == (True, True, 0.0, True) for row in written), written

    said = maru.command("cost", "day", "by", "model")
    assert said.returncode == 0, said.stderr
    assert re.search(
        r"\d+\. `smollm2-135m-instruct`: \d+ calls?, .* \*\*\$0\*\* \(gpt-4\.1 \$0\.\d+: .* saved\)", said.stdout
    )
    kept = re.search(r"(/\S+/pictures/cost-day-by-model-[0-9-]+\.png)", said.stdout)
    assert kept, said.stdout
    assert Path(kept[1]).read_bytes().startswith(b"\x89PNG")
    assert maru.command("cost", "yesterday").returncode == 1


def test_a_chart_is_posted_into_the_chat(maru: House, slack: SlackScreen, telegram: TelegramScreen) -> None:
    telegram.platform.private("How do I roll back a deploy?", user=ADMINISTRATOR)
    before = len(telegram.platform.photos)
    eventually(lambda: maru.rows("SELECT FROM ledger WHERE person = 'telegram:42'"), "the answer's calls are written")
    telegram.platform.private("/cost week", user=ADMINISTRATOR)
    eventually(lambda: len(telegram.platform.photos) > before, "the chart is in the chat")
    assert telegram.platform.photos[-1].content.startswith(b"\x89PNG")

    assert maru.slack(slack.platform.command("cost month by skill", user="U2", channel="D1")) == 200
    ((channel, _, file),) = slack.platform.wait_pictures(1, seconds=30)
    assert channel == "D1"
    assert file.content is not None
    assert file.content.startswith(b"\x89PNG")
    assert slack.platform.refusals == []


def test_a_quota_is_obeyed_within_five_seconds_without_a_restart(maru: House) -> None:
    def asked() -> str:
        return maru.command("ask", "How do I roll back a deploy?").stdout

    assert "used up" not in asked()
    assert maru.command("quota", "set", "channel:console", "0/day").returncode == 0
    try:
        eventually(lambda: "quota for today is used up, so no model was asked" in asked(), "it is obeyed", seconds=20)
    finally:
        assert maru.command("quota", "remove", "channel:console").returncode == 0
    eventually(lambda: "used up" not in asked(), "it is gone", seconds=20)
    why = maru.rows(
        "SELECT receipt->'tries' FROM turn JOIN inbox ON inbox.id = turn.inbox WHERE inbox.person = 'console:local' "
        "AND receipt->>'tries' LIKE '%%quota is used up%%' LIMIT 1"
    )
    assert why, "the receipt says so"
