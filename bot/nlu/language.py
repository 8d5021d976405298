"""Which language a person writes."""

from bot.domain.language import Language


def language_of(text: str) -> Language:
    """Return ko if a fifth of the letters are Hangul: Korean questions often carry English names and commands."""
    letters = [character for character in text if character.isalpha()]
    hangul = sum("가" <= letter <= "힣" or "ㄱ" <= letter <= "ㅣ" for letter in letters)
    return "ko" if letters and hangul * 5 >= len(letters) else "en"
