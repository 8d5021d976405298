"""How a source is named to people, the same wherever they read."""

from bot.domain.messages import Citation


def place(citation: Citation) -> str:
    """Return where a source is: its address where it has one, else which file it is."""
    return citation.link or citation.source


def remarks(citation: Citation) -> str:
    """Return what else is known of a source, in brackets after a space: page, age, whether it is a sample."""
    known = [f"p. {citation.page}" if citation.page else "", citation.age, "sample" if citation.sample else ""]
    told = ", ".join(one for one in known if one)
    return f" ({told})" if told else ""
