"""Whatever a turn asks of models is in its account, once, however it ends."""

from dataclasses import replace

import pytest

from bot.domain.account import Account, Priced, estimated_tokens
from bot.domain.errors import Cancelled, EncoderUnavailable, ModelUnavailable
from bot.domain.messages import ModelCall
from bot.domain.models import ChatDelta, ChatMessage, ChatRequest, Usage
from bot.ensemble.metering import ask
from integrations.memory.clock import FrozenClock
from tests.unit.talking import ENDS, TalkingModel, Turn, effort, entry, talking

REQUEST = ChatRequest((ChatMessage("system", "Be short."), ChatMessage("user", "How do I roll back?")))
CUT = ModelUnavailable("small was cut. Ask again.")


class TestAsk:
    def test_the_servers_count_is_taken(self) -> None:
        last = ChatDelta("", "stop", usage=Usage(31, 7), replica="gpu-2:8080")
        clock = FrozenClock()
        model = TalkingModel([[ChatDelta("Run it."), last]], entry("qwen"), clock, seconds=0.5)
        turn = effort(clock=clock)
        assert "".join(delta.text for delta in ask(model, REQUEST, effort=turn, purpose="answer")) == "Run it."
        assert turn.account.calls == [ModelCall("answer", "qwen", 31, 7, 1.0, replica="gpu-2:8080")]

    def test_without_a_count_tokens_are_estimated_and_said_to_be(self) -> None:
        turn = effort()
        list(ask(talking("Run it now please."), REQUEST, effort=turn, purpose="rewrite"))
        (call,) = turn.account.calls
        assert (call.input_tokens, call.output_tokens, call.counted) == (2 + 5, 4, False)

    def test_whoever_hears_enough_hangs_up_and_the_call_is_noted(self) -> None:
        model, turn = talking([ChatDelta("One. "), ChatDelta("Two. "), ENDS]), effort()
        deltas = ask(model, REQUEST, effort=turn, purpose="answer")
        next(deltas)
        assert turn.account.calls == []
        deltas.close()
        assert model.hung_up == 1
        assert [(call.output_tokens, call.counted) for call in turn.account.calls] == [(1, False)]

    def test_a_stream_that_dies_has_cost_what_it_said(self) -> None:
        turn = effort()
        with pytest.raises(ModelUnavailable):
            list(ask(talking([ChatDelta("Run it now"), CUT]), REQUEST, effort=turn, purpose="answer"))
        assert [call.output_tokens for call in turn.account.calls] == [2]

    def test_a_server_that_never_spoke_has_no_tokens(self) -> None:
        turn = effort()
        with pytest.raises(ModelUnavailable):
            list(ask(talking([CUT]), REQUEST, effort=turn, purpose="answer"))
        assert [(call.input_tokens, call.output_tokens) for call in turn.account.calls] == [(0, 0)]

    def test_it_is_asked_for_the_turns_person_and_stops_with_the_turn(self) -> None:
        model, turn = talking("Yes."), Turn()
        list(ask(model, REQUEST, effort=effort(turn=turn), purpose="answer"))
        assert model.requests == [replace(REQUEST, owner="telegram:42")]
        turn.stopped = True
        with pytest.raises(Cancelled):
            list(ask(model, REQUEST, effort=effort(turn=turn), purpose="answer"))


class Till:
    """Prices that count which calls run, and charge a dollar a token."""

    def __init__(self) -> None:
        self.running: list[str] = []

    def __call__(self, model: str) -> Priced:
        self.running.append(model)

        def priced(call: ModelCall) -> ModelCall:
            self.running.remove(model)
            return replace(call, usd=float(call.input_tokens + call.output_tokens))

        return priced


class TestAccount:
    def test_a_call_is_priced_while_it_runs_and_ended_once(self) -> None:
        till = Till()
        turn = effort(prices=till)
        deltas = ask(talking([ChatDelta("a", usage=Usage(3, 1)), CUT]), REQUEST, effort=turn, purpose="answer")
        next(deltas)
        assert till.running == ["small"]
        with pytest.raises(ModelUnavailable):
            next(deltas)
        assert till.running == []
        assert [call.usd for call in turn.account.calls] == [4.0]

    def test_an_embedding_that_failed_has_no_tokens(self) -> None:
        account = Account(FrozenClock().monotonic)
        with account.embedding("e5", ["how do I roll back?"]):
            pass
        with pytest.raises(EncoderUnavailable), account.embedding("e5", ["how do I roll back?"]):
            raise EncoderUnavailable("away")
        assert [(call.purpose, call.model, call.input_tokens) for call in account.calls] == [
            ("embed", "e5", 5),
            ("embed", "e5", 0),
        ]

    def test_stages_keep_their_order_and_add_up(self) -> None:
        clock = FrozenClock()
        account = Account(clock.monotonic)
        for stage, seconds in (("search", 1.0), ("draft", 2.0), ("verify", 0.5), ("draft", 4.0)):
            with account.stage(stage):
                clock.advance(seconds)
        assert account.stages == (("search", 1.0), ("draft", 6.0), ("verify", 0.5))

    @pytest.mark.parametrize(("text", "tokens"), [("", 0), ("a", 1), ("roll back now", 3), ("배포를 롤백", 4)])
    def test_an_estimate_of_tokens(self, text: str, tokens: int) -> None:
        assert estimated_tokens(text) == tokens
