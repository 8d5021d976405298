"""One look that fails hinders no other, and is said once."""

import logging

import pytest

from bot.domain.errors import DatabaseUnavailable
from workers.lookout import Lookout


def test_a_failing_look_is_logged_when_it_begins_to_fail_and_the_others_go_on(caplog: pytest.LogCaptureFixture) -> None:
    failures = [DatabaseUnavailable("away")] * 3
    seen: list[str] = []

    def fail() -> None:
        if failures:
            raise failures.pop()

    lookout = Lookout({"switches": fail, "file": lambda: seen.append("file")})
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            lookout.look()
        assert len(caplog.records) == 1
        lookout.look()
        failures.append(DatabaseUnavailable("away"))
        lookout.look()
    assert len(caplog.records) == 2, "it was well in between"
    assert len(seen) == 5
