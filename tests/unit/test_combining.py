"""Several outcomes become one, and nothing that was offered is lost."""

from bot.dialogue.combining import combined
from bot.dialogue.outcome import Outcome
from bot.domain.messages import Button, Reply


def test_what_is_offered_by_number_can_be_chosen() -> None:
    offers = Reply("1. Makes it short.", buttons=(Button("Makes it short.", "1"),))
    unclear = Outcome(offers, (), (), choices=("summarise",), unclear="shorten it")
    both = combined([unclear, Outcome(Reply("It is ten."), (), ())])
    assert both.choices == ("summarise",)
    assert both.unclear == "shorten it"
    assert both.reply.buttons == offers.buttons


def test_only_the_last_list_can_be_chosen_from() -> None:
    first, second = (
        Outcome(Reply("1.", buttons=(Button(name, "1"),)), (), (), choices=(name,), unclear=name)
        for name in ("translate", "rewrite")
    )
    both = combined([first, second])
    assert (both.choices, [one.label for one in both.reply.buttons]) == (("rewrite",), ["rewrite"])
