"""Stop sequences end a text in the same place however the server cuts it into pieces."""

from collections.abc import Generator

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.models import ChatDelta
from integrations.tgi.stops import before_stop

TEXT = st.text(alphabet="abn\n", max_size=20)
STOPS = st.lists(st.text(alphabet="ab\n", max_size=4), max_size=4)


def pieces_of(pieces: list[str]) -> Generator[ChatDelta, None, None]:
    for piece in pieces:
        yield ChatDelta(piece)
    yield ChatDelta("", "length")


@given(st.lists(TEXT, max_size=6), STOPS)
def test_the_text_ends_before_the_first_stop(pieces: list[str], stops: list[str]) -> None:
    whole = "".join(pieces)
    found = [at for at in (whole.find(stop) for stop in stops if stop) if at >= 0]
    deltas = list(before_stop(pieces_of(pieces), stops))
    assert "".join(delta.text for delta in deltas) == (whole[: min(found)] if found else whole)
    assert [delta.finish_reason for delta in deltas if delta.finish_reason] == ["stop" if found else "length"]
    assert deltas[-1].finish_reason is not None


@given(st.lists(TEXT, max_size=6))
def test_without_stops_every_piece_comes_at_once(pieces: list[str]) -> None:
    deltas = list(before_stop(pieces_of(pieces), ()))
    assert [delta.text for delta in deltas] == [piece for piece in pieces if piece] + [""]
