"""Sums, times and reminders are read from closed forms; what is not surely meant is not read."""

from datetime import datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.language import Language
from bot.tools.calculator import calculation
from bot.tools.clock import tell
from bot.tools.moments import read_moment
from bot.tools.reminder import read_wish

SEOUL = ZoneInfo("Asia/Seoul")
NOW = datetime(2026, 11, 24, 15, 30, tzinfo=SEOUL)  # a Tuesday


class TestSums:
    @pytest.mark.parametrize(
        ("text", "result"),
        [
            ("what is 17 times 23?", "391"),
            ("calculate 1200 * 0.15", "180"),
            ("15% of 240", "36"),
            ("how much is 3.5 * 8 + 2?", "30"),
            ("what's 1000 divided by 7?", "≈ 142.857143"),
            ("17 곱하기 23은?", "391"),
            ("240의 15%는 얼마야?", "36"),
            ("1200 * 0.15 계산해 줘", "180"),
            ("3.5 * 8 + 2 얼마야?", "30"),
            ("what is 0.1 + 0.2", "0.3"),
            ("2^10", "1,024"),
            ("1,200 * 3", "3,600"),
            ("12 x 12", "144"),
            ("what is 24/7?", "≈ 3.428571"),
            ("-3 + 5", "2"),
            ("100000000000000000000000000000000 + 0.5", "100,000,000,000,000,000,000,000,000,000,000.5"),
        ],
    )
    def test_is_worked_out_exactly(self, text: str, result: str) -> None:
        found = calculation(text)
        assert found is not None
        assert found.result == result

    @pytest.mark.parametrize(
        "text",
        [
            *("2026-12-24", "010-1234-5678", "24/7", "10.0.0.1", "5", "how do I roll back 2 deploys?", "1 2 3", "()"),
            *("9^999", "2**3**9**9", "((((", "__import__('os')", "what is SEV1 + SEV2?", "", "+"),
            *("(" * 90 + "1 + 1" + ")" * 90, "1" + " " * 3_000 + "+ 1" * 200),
        ],
    )
    def test_is_not_read_where_none_is_meant(self, text: str) -> None:
        assert calculation(text) is None

    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("15% of 240", "15% × 240"),
            ("240의 15%는 얼마야?", "15% × 240"),
            ("10 + 50% of 1,000", "10 + 50% × 1,000"),
            ("(1 + 2) * 3", "(1 + 2) * 3"),
        ],
    )
    def test_is_shown_as_people_write_it(self, text: str, shown: str) -> None:
        found = calculation(text)
        assert found is not None
        assert found.expression == shown

    def test_nothing_is_divided_by_zero(self) -> None:
        found = calculation("what is 5 / 0?")
        assert found is not None
        assert found.result is None

    @given(st.integers(0, 10**6), st.sampled_from("+-*/"), st.integers(1, 10**6))
    def test_agrees_with_fractions(self, left: int, sign: str, right: int) -> None:
        found = calculation(f"what is {left} {sign} {right}?")
        assert found is not None
        value = {"+": left + right, "-": left - right, "*": left * right, "/": Fraction(left, right)}[sign]
        assert found.result is not None
        shown = float(found.result.removeprefix("≈ ").replace(",", ""))
        assert shown == pytest.approx(float(value), abs=1e-6)
        assert found.result.startswith("≈") == (Fraction(value) * 10**6 % 1 != 0)

    @given(st.text(max_size=60))
    def test_survives_any_text(self, text: str) -> None:
        calculation(text)


class TestMoments:
    @pytest.mark.parametrize(
        ("text", "when"),
        [
            ("tomorrow at 9", "2026-11-25 09:00"),
            ("in 20 minutes", "2026-11-24 15:50"),
            ("in half an hour", "2026-11-24 16:00"),
            ("in an hour", "2026-11-24 16:30"),
            ("on Friday", "2026-11-27 09:00"),
            ("on Tuesday", "2026-12-01 09:00"),
            ("next monday at 10am", "2026-11-30 10:00"),
            ("at 17:30", "2026-11-24 17:30"),
            ("at 9", "2026-11-25 09:00"),
            ("at 3", "2026-11-25 15:00"),
            ("tonight at 8pm", "2026-11-24 20:00"),
            ("December 3rd at 14:00", "2026-12-03 14:00"),
            ("january 5", "2027-01-05 09:00"),
            ("on 2027-03-01 at noon", "2027-03-01 12:00"),
            ("내일 오전 9시에", "2026-11-25 09:00"),
            ("20분 뒤에", "2026-11-24 15:50"),
            ("한 시간 뒤", "2026-11-24 16:30"),
            ("다음 주 월요일 10시", "2026-11-30 10:00"),
            ("금요일", "2026-11-27 09:00"),
            ("모레 정오", "2026-11-26 12:00"),
            ("12월 25일 오후 2시 30분", "2026-12-25 14:30"),
            ("세 시 반", "2026-11-25 15:30"),
            ("내일 중요한 시스템 점검", "2026-11-25 09:00"),
            ("1시간 30분 뒤", "2026-11-24 17:00"),
            ("한 시간 반 뒤에", "2026-11-24 17:00"),
            ("in 1 hour and 30 minutes", "2026-11-24 17:00"),
            ("3일 뒤 오전 10시에", "2026-11-27 10:00"),
            ("이틀 뒤 9시에", "2026-11-26 09:00"),
            ("in 3 days at 10:00", "2026-11-27 10:00"),
            ("tonight", "2026-11-24 20:00"),
            ("tonight at 9", "2026-11-24 21:00"),
            ("tomorrow evening at 8", "2026-11-25 20:00"),
            ("at 7 in the evening", "2026-11-24 19:00"),
            ("at 3 in the morning", "2026-11-25 03:00"),
            ("today at midnight", "2026-11-25 00:00"),
            ("오늘 밤 12시에", "2026-11-25 00:00"),
            ("밤 11시", "2026-11-24 23:00"),
            ("내일 저녁에", "2026-11-25 18:00"),
            ("on Dec 25 at 10:00", "2026-12-25 10:00"),
            ("25 December at 9", "2026-12-25 09:00"),
            ("Friday next week at 9", "2026-12-04 09:00"),
            ("다다음 주 월요일", "2026-12-07 09:00"),
            ("at ten", "2026-11-25 10:00"),
        ],
    )
    def test_are_read(self, text: str, when: str) -> None:
        found = read_moment(text, NOW)
        assert found is not None
        assert f"{found.at:%Y-%m-%d %H:%M}" == when
        assert found.at.tzinfo is SEOUL

    @pytest.mark.parametrize(
        "text",
        [
            *("later", "two days", "at 25", "2월 30일", "2026-13-01", "soon", "나중에", ""),
            *("on the 5th at 9", "12/25 at 9", "next week at 9", "in a month at 9", "1.5시간 뒤", "10000분 뒤"),
            *("25일 오전 9시에", "다음 달 3일 9시", "다음 주에 9시", "또한 시작하면"),
        ],
    )
    def test_are_not_guessed(self, text: str) -> None:
        assert read_moment(text, NOW) is None

    @given(st.text(max_size=60))
    def test_any_text_is_survived(self, text: str) -> None:
        found = read_moment(text, NOW)
        assert found is None or found.at.tzinfo is not None

    @given(st.integers(1, 9_999), st.sampled_from(["minute", "hour", "day"]))
    def test_spans_are_added(self, number: int, unit: str) -> None:
        found = read_moment(f"in {number} {unit}s", NOW)
        assert found is not None
        assert found.at - NOW == timedelta(**{f"{unit}s": number})

    def test_hours_are_counted_across_the_change_of_the_clocks(self) -> None:
        before = datetime(2026, 10, 25, 1, 30, tzinfo=ZoneInfo("Europe/Berlin"))
        found = read_moment("in 2 hours", before)
        assert found is not None
        assert found.at.timestamp() - before.timestamp() == 7_200


class TestClock:
    @pytest.mark.parametrize(
        ("language", "text", "told"),
        [
            ("en", "what time is it?", "It is Tuesday 2026-11-24 15:30 (KST)."),
            ("en", "what's the date today?", "Today is Tuesday, 2026-11-24."),
            ("en", "how many days until December 25?", "31 days until 2026-12-25."),
            ("en", "what day of the week is 2026-12-24?", "2026-12-24 is a Thursday."),
            ("en", "what time is it in New York?", "In New York it is Tuesday 2026-11-24 01:30 (EST)."),
            ("ko", "지금 몇 시야?", "지금은 2026년 11월 24일 화요일 15:30 (KST)이에요."),
            ("ko", "오늘 무슨 요일이야?", "오늘은 2026년 11월 24일 화요일이에요."),
            ("ko", "12월 25일까지 며칠 남았어?", "2026-12-25까지 31일 남았어요."),
        ],
    )
    def test_tells(self, language: Language, text: str, told: str) -> None:
        assert tell(text, NOW, language) == told

    @pytest.mark.parametrize(
        "text",
        [
            *("what time is the deploy freeze?", "what day is the release?", "what time is it in Narnia?"),
            *("how long until the VPN expires?", "what is the date of the release?"),
            *("how long until the Friday freeze ends?", "what day is the deploy on Friday?"),
            *(
                "금요일 배포까지 며칠 남았어?",
                "배포는 몇 시에 해?",
                "회식은 무슨 요일이야?",
                "경비 정산까지 며칠 걸려?",
            ),
        ],
    )
    def test_leaves_questions_about_the_house_to_documents(self, text: str) -> None:
        assert tell(text, NOW, "ko" if "가" <= text[0] <= "힣" else "en") is None


class TestWishes:
    @pytest.mark.parametrize(
        ("text", "what", "when"),
        [
            ("remind me to renew the certificate tomorrow at 9", "renew the certificate", "2026-11-25 09:00"),
            ("can you remind me about the review at 15:00?", "the review", "2026-11-25 15:00"),
            ("remind us on 2027-03-01 at 10:00 to pay the license", "pay the license", "2027-03-01 10:00"),
            ("remind me in 20 minutes", None, "2026-11-24 15:50"),
            ("please remind me later", None, None),
            ("내일 오전 9시에 인증서 갱신하라고 알려 줘", "인증서 갱신", "2026-11-25 09:00"),
            ("다음 주 월요일 10시에 배포 회의 알려 줘", "배포 회의", "2026-11-30 10:00"),
            ("20분 뒤에 알려 줘", None, "2026-11-24 15:50"),
        ],
    )
    def test_are_taken_apart(self, text: str, what: str | None, when: str | None) -> None:
        wish = read_wish(text, NOW)
        assert wish.what == what
        assert (f"{wish.when:%Y-%m-%d %H:%M}" if wish.when else None) == when

    @pytest.mark.parametrize("text", ["remind me of tea on 2020-01-01", "remind me of tea in 9000 days"])
    def test_the_past_and_the_far_future_are_said(self, text: str) -> None:
        assert read_wish(text, NOW).past
