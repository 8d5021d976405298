"""`SkillStore`."""

from dataclasses import replace
from itertools import pairwise

from bot.domain.conversation import PersonId
from bot.ports.skill_store import SkillEntry
from tests.contract.conftest import Storage

ADMIN = PersonId("telegram:1")
PIRATE = SkillEntry("pirate", "+++\n'quoted' \"text\"\n+++\n", published=True)


def test_what_was_put_last_counts(storage: Storage) -> None:
    storage.skills.put(PIRATE, by=ADMIN)
    storage.skills.put(SkillEntry("calculate", None, enabled=False), by=ADMIN)
    storage.skills.put(replace(PIRATE, published=False), by=ADMIN)
    assert storage.skills.entries() == [SkillEntry("calculate", None, enabled=False), replace(PIRATE, published=False)]


def test_the_version_tells_of_every_change(storage: Storage) -> None:
    versions = [storage.skills.version()]
    for change in (
        lambda: storage.skills.put(PIRATE, by=ADMIN),
        lambda: storage.skills.put(replace(PIRATE, enabled=False), by=ADMIN),
        lambda: storage.skills.put(SkillEntry("remind", None, enabled=False), by=ADMIN),
        lambda: storage.skills.remove("remind"),
    ):
        change()
        versions.append(storage.skills.version())
    assert all(before != after for before, after in pairwise(versions))
    assert storage.skills.version() == versions[-1]


def test_what_is_removed_is_gone(storage: Storage) -> None:
    storage.skills.put(PIRATE, by=ADMIN)
    assert storage.skills.remove("pirate")
    assert not storage.skills.remove("pirate")
    assert storage.skills.entries() == []
