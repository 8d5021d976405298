"""The models file may change while Maru runs; a wrong one changes nothing."""

import logging
import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.domain.errors import CatalogueInvalid
from bot.domain.money import DEFAULT_REFERENCE
from bot.ensemble.roster import Roster
from tests.unit.serving import Served
from workers.bootstrap.catalogue import LiveCatalogue
from workers.bootstrap.models import build_models, chat_entries, entries, kept_copy
from workers.settings import Settings

MODEL = """
[[model]]
name = "{name}"
kind = "tgi"
urls = ["http://127.0.0.1:9"]
gpu_hour_usd = {price}
"""
EMBEDDER = """
[[model]]
name = "e5"
kind = "tei"
urls = ["http://127.0.0.1:9"]
gpu_hour_usd = 0
"""


def models(*names: str, price: object = 0) -> str:
    return "".join(MODEL.format(name=name, price=price) for name in names)


@dataclass
class House:
    """A models file, and what becomes of the roster; each look is two seconds later."""

    settings: Settings
    roster: Roster
    catalogue: LiveCatalogue
    ticks: int = 0

    def write(self, text: str) -> None:
        file = self.settings.models_file
        assert file is not None
        file.write_text(text, encoding="utf-8")
        self.ticks += 1
        os.utime(file, ns=(self.ticks, self.ticks))

    def names(self, looks: int = 1) -> list[str]:
        for _ in range(looks):
            self.catalogue.look()
        return [model.entry.name for model in self.roster]


@pytest.fixture
def house(tmp_path: Path) -> House:
    (tmp_path / "run").mkdir()
    file = tmp_path / "models.toml"
    file.write_text(models("a", "b"), encoding="utf-8")
    settings = Settings(home=tmp_path, models_file=file, encoder_url="http://127.0.0.1:9")
    found = entries(settings)
    roster = Roster([Served(one) for one in chat_entries(found)])
    return House(settings, roster, LiveCatalogue(settings, roster, started_with=found, make=Served))


def test_a_new_file_is_in_use_at_the_next_look(house: House) -> None:
    kept, changed = house.roster.catalogue
    house.write(models("a") + models("b", price=2.5) + models("c"))
    assert house.names() == ["a", "b", "c"]
    assert house.roster.catalogue[0] is kept
    assert house.roster.catalogue[1] is not changed
    assert house.catalogue.trouble is None


@pytest.mark.parametrize("wrong", ["[[model]", models("a", price='"free"'), ""])
def test_a_wrong_file_leaves_the_old_catalogue_and_is_said_once(
    house: House, wrong: str, caplog: pytest.LogCaptureFixture
) -> None:
    house.write(wrong)
    with caplog.at_level(logging.ERROR):
        assert house.names(looks=5) == ["a", "b"]
    assert "models file" in (house.catalogue.trouble or "").lower()
    assert len(caplog.records) == 1
    house.write(models("b"))
    assert house.names() == ["b"]
    assert house.catalogue.trouble is None


def test_the_reference_is_read_anew_and_a_wrong_one_leaves_the_old_file_in_use(house: House) -> None:
    assert house.catalogue.reference == DEFAULT_REFERENCE
    table = '[reference]\nname = "ours"\nusd_per_million_input = 5\nusd_per_million_output = {}\n'
    house.write(table.format(15) + models("a"))
    assert house.names() == ["a"]
    assert (house.catalogue.reference.name, house.catalogue.reference.usd_per_million_output) == ("ours", 15.0)
    house.write(table.format(-1) + models("b"))
    assert house.names(looks=2) == ["a"]
    assert "usd_per_million_output" in (house.catalogue.trouble or "")
    assert house.catalogue.reference.usd_per_million_output == 15.0


def test_a_file_in_the_middle_of_being_written_worries_nobody(house: House) -> None:
    house.write(models("a")[:30])
    assert house.names() == ["a", "b"]
    assert house.catalogue.trouble is None
    house.write(models("a"))
    assert house.names() == ["a"]


def test_a_file_that_is_gone_leaves_the_old_catalogue(house: House) -> None:
    file = house.settings.models_file
    assert file is not None
    file.unlink()
    assert house.names(looks=3) == ["a", "b"]
    assert "cannot be read" in (house.catalogue.trouble or "")


def test_what_did_not_change_is_not_read(house: House) -> None:
    house.names()
    before = house.roster.catalogue
    file = house.settings.models_file
    assert file is not None
    stamp = file.stat().st_mtime_ns
    file.write_text(models("x", "y"), encoding="utf-8")  # as long, and as old as far as anybody can tell
    os.utime(file, ns=(stamp, stamp))
    house.names()
    assert house.roster.catalogue is before


def test_another_embedding_model_waits_for_a_restart_and_this_is_said(house: House) -> None:
    house.write(models("a", "c") + EMBEDDER)
    assert house.names() == ["a", "c"]
    assert "restart" in (house.catalogue.trouble or "")


def test_a_process_that_starts_anew_with_a_wrong_file_uses_the_last_right_one(house: House) -> None:
    house.write(models("a", "c"))
    house.names()
    house.write("[[model]")
    again = build_models(house.settings)
    assert [one.name for one in again.entries] == ["a", "c"]
    kept_copy(house.settings).unlink()
    with pytest.raises(CatalogueInvalid):
        build_models(house.settings)
