"""Two requests are two, and one that only looks like it is one."""

import pytest

from bot.nlu.requests import requests


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("how do I roll back and who is on call?", ("how do I roll back", "who is on call?")),
        ("어떻게 롤백하고 누가 승인해?", ("어떻게 롤백하고", "누가 승인해?")),
        ('what does "shipit" do, and who has to approve it?', ('what does "shipit" do', "who has to approve it?")),
    ],
)
def test_two_are_taken_apart(text: str, parts: tuple[str, ...]) -> None:
    assert requests(text) == parts


@pytest.mark.parametrize(
    "text",
    [
        *("Translate: How are you? When do you leave?", 'Translate "How are you? Where is he?"'),
        *("translate to Korean: please restart and tell me when done", "번역해 줘: 누구세요? 언제 가세요?"),
        *("지금 누가 배포하고 있는지 알려 줘", "누가 당직인지 물어보라고 내일 9시에 알려 줘"),
        *("어떻게 하고 싶은지 알려 줘", "어떻게 롤백하고 나서 다시 배포해?"),
    ],
)
def test_one_stays_whole(text: str) -> None:
    assert requests(text) == (text,)
