"""The verifier of answers: a sentence that no cited chunk backs is not sent."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.documents import Passage
from bot.domain.generic_terms import GENERIC, OPENERS, UNITS, WAYS
from bot.domain.sentences import sentences
from bot.generation.pointing import Pointer
from bot.generation.quantities import in_digits, measures, worded
from bot.ports.analyser import Analyser

COVERAGE = 0.5
"""Share of a sentence's terms that its source lines (and their headings) must contain: a paraphrase keeps the nouns."""

RECALL = 0.4
"""Share of a source line's terms that a sentence must repeat to rest on that line. It keeps conditions in: "a note is
needed" does not say what "a note is needed from the third day" says."""

NEAREST = 2
"""One sentence must rest on one of the lines that are nearest to the question, or the draft is beside the point."""

NEAR = 0.35
"""Share of the lines, nearest first, on which the other sentences may rest."""

_MARK = re.compile(r"\s*\[(\d+)\]")
_LITERAL = re.compile(
    r"`[^`]+`"  # code
    r"|https?://\S+|\S+@\S+\.\w+"  # links, addresses
    r"|[#/@][\w][\w./-]*"  # channels, paths, handles
    r"|(?<!\w)--?[A-Za-z][\w-]*"  # options
    r"|\b\w*\d[\w:.,%/-]*",  # whatever has a digit
    re.ASCII,  # a Korean particle is not part of the number before it
)
_ADDRESSED = re.compile(r"`[^`]+`|https?://|\w@\w")
_CODE = re.compile(r"`([^`]+)`")
_NAME = re.compile(r"(?<![\w.`/<-])[A-Z][a-zA-Z]+(?![a-zA-Z0-9])")
_OPENER = re.compile(r"\W*([A-Z][a-zA-Z]+)(?![a-zA-Z0-9])")
_WEEKDAY = re.compile(r"[월화수목금토일]요일")
_MONTH = re.compile(r"\d{1,2}월(?! ?동안)")
_TITLED = re.compile(
    r"(?<![가-힣])([가-힣]{2,4})\s?(?:씨|님|팀장|부장|과장|대리|차장|사원|이사|대표|매니저|책임|선임|수석)(?:님)?"
    r"(?=[은는이가을를의에께도와과]|[\s,.]|$)"
)
"""A Korean name, which nothing marks as one but the title behind it."""

_NEGATION = re.compile(
    r"\b(no|not|never|none|nobody|nothing|without|cannot|neither|nor)\b|n['’]t\b"
    r"|(?:지|면) (?:않|못|안)|없|않|못 |금지|불가",
    re.IGNORECASE,
)


_ENDED = re.compile(r"\w.*[.!?。)\"'`]$", re.DOTALL)
"""A sentence, and not a heading or the start of a list: small models like to repeat those."""

_CLAUSE = re.compile(r"[,;:—](?=\s)|\s(?:and|which|then|but|so)\s", re.IGNORECASE)

_LIST_ITEM = re.compile(r"^\s*(?:[-*+]|\d+[.)])\s+")
_ANSWER = re.compile(r"^\W*Answer\W*:\W*\s")


@dataclass(frozen=True, slots=True)
class Grounded:
    """A sentence of the draft and the passage that backs it."""

    sentence: str
    passage: Passage


@dataclass(frozen=True, slots=True)
class _Line:
    """A sentence or list item of a passage. key: the terms before a list item's colon, whose value the rest is.

    rank: 0 for the line nearest to the question, over all passages shown.
    """

    text: str
    rank: int
    terms: frozenset[str]
    key: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Source:
    """A passage, analysed; its lines are in order of rank."""

    passage: Passage
    headings: frozenset[str]
    lines: tuple[_Line, ...]

    @property
    def terms(self) -> frozenset[str]:
        return self.headings.union(*(line.terms for line in self.lines))


@dataclass(frozen=True, slots=True)
class _Said:
    """A sentence of the draft, analysed whole and by clause. mark: the passage that its `[n]` names.

    opener: the terms of its first word, if that may be a name: it is capitalised and no common way to begin.
    """

    text: str
    mark: int | None
    terms: frozenset[str]
    opener: frozenset[str]
    clauses: tuple[tuple[str, frozenset[str]], ...]


def ground(
    draft: str, passages: Sequence[Passage], question: str, *, analyser: Analyser, pointer: Pointer
) -> tuple[Grounded, ...]:
    """Return the draft's sentences that a passage backs, in order, without their `[n]` marks; the rest is dropped.

    A sentence rests on those lines of one passage of which it repeats RECALL. It is backed if these lines cover
    COVERAGE of its terms, the likest has its polarity, no term that they lack stands elsewhere in the evidence (that
    would mix two subjects), and every clause's numbers, measures, commands, links and names stand literally in the
    line that this clause is most like (that would mix two facts). A `[n]` in the draft is tried first, but only these
    checks decide. Nothing is returned for a draft that is beside the question or only repeats it.
    Raises EncoderUnavailable.
    """
    marked = [(_plain(raw), _marked(raw, len(passages))) for raw in sentences(draft)]
    marked = [(sentence, mark) for sentence, mark in dict(marked).items() if _ENDED.search(sentence)]
    if not marked:
        return ()
    said, asked, sources = _analysed(marked, question, passages, analyser=analyser, pointer=pointer)
    evidence = frozenset().union(*(source.terms for source in sources))
    backed: dict[str, tuple[_Said, _Source, int]] = {}
    for one in said:
        likeliest = [*sources[one.mark : one.mark + 1], *sources] if one.mark is not None else sources
        tried = ((source, _line_behind(one, source, evidence)) for source in likeliest)
        source, line = next(((source, line) for source, line in tried if line), (None, None))
        if source and line:
            backed.setdefault(line.text, (one, source, line.rank))  # one sentence a line: the second only repeats
    told = frozenset().union(*(one.terms for one, _, _ in backed.values()))
    if min((rank for _, _, rank in backed.values()), default=NEAREST) >= NEAREST or not (told & evidence) - asked:
        return ()
    limit = max(NEAREST, NEAR * sum(len(source.lines) for source in sources))
    return tuple(
        Grounded(_with_code(one.text, source.passage), source.passage)
        for one, source, rank in backed.values()
        if rank < limit
    )


def _analysed(
    marked: Sequence[tuple[str, int | None]],
    question: str,
    passages: Sequence[Passage],
    *,
    analyser: Analyser,
    pointer: Pointer,
) -> tuple[list[_Said], frozenset[str], list[_Source]]:
    """Return the draft's sentences, the question's terms and the passages, analysed by one call."""
    clauses = [[clause for clause in _CLAUSE.split(text) if clause] for text, _ in marked]
    parts = [pointer.near(passage) for passage in passages]
    ordered = sorted((cosine for part in parts for _, cosine in part), reverse=True)
    texts = [question]
    for (text, _), pieces in zip(marked, clauses, strict=True):
        texts += [text, _opener(text), *pieces]
    for passage, lines in zip(passages, parts, strict=True):
        texts += [" ".join(passage.title_path), *(both for line, _ in lines for both in (line, _key(line)))]
    terms = iter([frozenset(words) for words in analyser.analyse(texts)])
    asked = next(terms)
    said = [
        _Said(text, mark, next(terms), next(terms), tuple((piece, next(terms)) for piece in pieces))
        for (text, mark), pieces in zip(marked, clauses, strict=True)
    ]
    sources = [
        _Source(
            passage,
            next(terms),
            tuple(_Line(line, ordered.index(cosine), next(terms), next(terms)) for line, cosine in lines),
        )
        for passage, lines in zip(passages, parts, strict=True)
    ]
    return said, asked, sources


def _key(line: str) -> str:
    item = _LIST_ITEM.match(line)
    name, colon, _ = line[item.end() :].partition(":") if item else ("", "", "")
    return name if colon else ""


def _line_behind(said: _Said, source: _Source, evidence: frozenset[str]) -> _Line | None:
    """Return the line that the sentence rests on, if the passage backs the sentence; else None."""
    lines = [line for line in source.lines if line.terms and _rests_on(said.terms, line)]
    if not lines:
        return None
    known = source.headings.union(*(line.terms for line in lines))
    nearest = _likest(said.terms, lines)
    backed = (
        len(said.terms & known) >= COVERAGE * len(said.terms)
        and not (said.terms - known - GENERIC - UNITS - WAYS) & evidence
        and not said.opener - evidence - GENERIC - UNITS - WAYS
        and bool(_NEGATION.search(said.text)) == bool(_NEGATION.search(nearest.text))
        and all(
            _literals_stand(clause, lines, terms=terms, whole=said.terms, names=_names(clause, first=not number))
            for number, (clause, terms) in enumerate(said.clauses)
        )
        and _commands_whole(said.text, lines)
    )
    if not backed:
        return None
    # A sentence of two clauses rests on two lines; the one nearer to the question counts.
    clauses = [_likest(terms, lines) for _, terms in said.clauses if terms]
    return min([nearest, *clauses], key=lambda line: line.rank)


def _rests_on(terms: frozenset[str], line: _Line) -> bool:
    whole = len(terms & line.terms) >= RECALL * len(line.terms)
    return whole and len(terms & line.key) * 2 >= len(line.key)


def _likest(terms: frozenset[str], lines: Sequence[_Line]) -> _Line:
    return max(lines, key=lambda line: _likeness(terms, line.terms))


def _likeness(left: frozenset[str], right: frozenset[str]) -> float:
    return len(left & right) / max(len(left | right), 1)


def _literals_stand(
    clause: str, lines: Sequence[_Line], *, terms: frozenset[str], whole: frozenset[str], names: Sequence[str]
) -> bool:
    """Check a clause's literals against the line that its words are most like, then the sentence's; of equals, any.

    Numbers have no say in it: a wrong one would vote for the line that it was taken from.
    """
    likeness = {
        line.rank: tuple(_likeness(_words(said), _words(line.terms)) for said in (terms, whole)) for line in lines
    }
    most = max(likeness.values())
    return any(
        likeness[line.rank] == most
        and _literals_occur(clause, line.text, names=names)
        and not _borrowed(clause, terms, line=line, lines=lines)
        for line in lines
    )


def _borrowed(clause: str, terms: frozenset[str], *, line: _Line, lines: Sequence[_Line]) -> bool:
    """Tell whether a clause gives the code or link of one line the words of another: that would be a new fact."""
    if not _ADDRESSED.search(clause):
        return False
    others = frozenset().union(*(one.terms for one in lines if one is not line)) - line.terms
    return bool(_words(terms) & others - GENERIC - UNITS - WAYS)


def _words(terms: frozenset[str]) -> frozenset[str]:
    return frozenset(term for term in terms if not term.isdigit())


def _commands_whole(sentence: str, lines: Sequence[_Line]) -> bool:
    """Refuse a command that lost its end: one that starts like a line's code and does not go on like it."""
    said = _squeezed(sentence.replace("`", ""))
    for code in (_squeezed(code) for line in lines for code in _CODE.findall(line.text)):
        start = " ".join(code.split()[:2])
        if " " in code and start in said and code not in said:
            return False
    return True


def _with_code(sentence: str, passage: Passage) -> str:
    """Give commands the code marks that the model left out."""
    for code in sorted(set(_CODE.findall(passage.text)), key=len, reverse=True):
        if " " in code and code in sentence and "`" not in sentence:
            return sentence.replace(code, f"`{code}`")
    return sentence


def _plain(raw: str) -> str:
    """Take off what small models put around a sentence: `[n]`, a list's number, "Answer:"."""
    return _ANSWER.sub("", _LIST_ITEM.sub("", _MARK.sub("", raw))).strip()


def _marked(sentence: str, most: int) -> int | None:
    found = _MARK.search(sentence)
    return int(found.group(1)) - 1 if found and 1 <= int(found.group(1)) <= most else None


def _opener(sentence: str) -> str:
    """Return a sentence's first word if it may be a name; else nothing."""
    found = _OPENER.match(sentence)
    return found.group(1) if found and found.group(1).casefold() not in OPENERS else ""


def _names(clause: str, *, first: bool) -> list[str]:
    """Return what is capitalised in a clause; of a sentence's first word that tells nothing."""
    opener = _OPENER.match(clause) if first else None
    return [name.group() for name in _NAME.finditer(clause, opener.end() if opener else 0)]


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", " ", text).casefold()


def _literals_occur(clause: str, line: str, *, names: Sequence[str]) -> bool:
    """Check numbers, commands, links and names word for word, and each number that has a unit with it."""
    source, said = in_digits(line), in_digits(clause)
    measured = measures(said)
    numbers = {number for number, _ in measured}
    literals = (literal.strip("`").rstrip(".,:;!?)") for literal in _LITERAL.findall(said))
    wanted = [literal for literal in literals if literal and literal not in numbers]
    wanted += [*names, *worded(said), *_WEEKDAY.findall(said), *_MONTH.findall(said), *_TITLED.findall(clause)]
    squeezed = _squeezed(source)
    return measured <= measures(source) and all(_occurs(_squeezed(literal), squeezed) for literal in wanted)


def _occurs(literal: str, source: str) -> bool:
    """Find a literal that is not a part of a longer number or word: 4 is not in 40."""
    start = r"(?<![\w.])" if literal[0].isalnum() else ""
    end = r"(?![\d])" if literal[-1].isdigit() else r"(?![a-z0-9])" if literal[-1].isascii() else ""
    return re.search(start + re.escape(literal) + end, source) is not None
