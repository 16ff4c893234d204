"""Where a reply commits itself: a declared answer, a line of its own, a word set in bold, a stated emotion."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from itertools import islice, takewhile

from affectbench.answers.denial import linked
from affectbench.answers.folding import fold
from affectbench.answers.verdict import Span
from affectbench.answers.words import Mention, Vocabulary, glued

MARKUP = r"""[ *_"'`)\]]{0,4}"""
IS = r"(?:is|are|was|would be|should be|must be|will be|seems to be|appears to be)"
DECLARED = re.compile(
    r"\b(?:answers?|prediction|classification|verdict|conclusion|labels?|guess|output"
    r"|(?:best|final|my|correct) (?:choice|decision|option))"
    rf"""{MARKUP}(?:\([^()\n]{{0,24}}\){MARKUP})?(?:[:=]|->|→|- |\b{IS}\b)"""
    r"|\bhad to (?:guess|choose|pick|say|answer)\b"
    r"|\bi(?:'d| would|'ll| will)?(?: \w{1,12})? (?:say|choose|pick|select|go with|guess|answer)\b"
)
STATED = re.compile(
    r"\b(?:emotion|emotional state|expression|feeling|mood|affect|sentiment|category|class|state)s?\b"
    rf"(?: [\w'-]{{1,16}}+){{0,6}}?{MARKUP}(?:[:=]|->|→|\b(?:is|was|be|as|suggests?|seems?|appears?|indicates?"
    r"|conveys?|shows?|expresses|reflects?)\b)"
    r"|\b(?:therefore|thus|hence|overall|ultimately|consequently|in (?:conclusion|summary|short)|i conclude)\b"
    r"|\b(?:classified|categori[sz]ed|labell?ed|best described|identified) as\b|\bmost (?:likely|consistent with)\b"
)
CONFIRMED = re.compile(  # behind a mention: it is the answer
    r"""["'*_)]{0,4} (?:is|would be|seems|appears to be)(?: (?:the|my|a|most|best|clearly|likely|final)){0,4} """
    r"(?:correct|right|answer|choice|best fit|best match|most likely)\b"
)
EITHER = re.compile(r"\b(?:either|between)\b")
CLAUSE_END = re.compile(r"[\n;!?]|\.(?=\s|\Z)")
LEAD = re.compile(r"""[\s*_"'`:=>#-]{0,12}""")  # markup and line ends between a declaration and what it declares
LONGEST_CLAUSE = 240
TRIED = 8  # declarations of a list that are looked at, from the last one back
ENUMERATOR = r"(?:(?:[a-z]|[0-9]{1,2})[.):][\s*_]*+)?"
ALONE_BEFORE = re.compile(rf"(?:\A|\n|[.!?]\s)[^\w\n]*{ENUMERATOR}[^\w\n]*\Z")
ALONE_AFTER = re.compile(r"[^\w\n.!?]{0,8}+(?:\Z|\n|[.!?]+[^\w\n]{0,8}+(?:\Z|\s))")
WHOLE_BEFORE = re.compile(rf"[\W_]*+{ENUMERATOR}[\W_]*+")
WHOLE_AFTER = re.compile(r"[\W_]*+")
BOLD = re.compile(r"""(\*\*|__)["'(]{0,2}\Z""")


def declarations(text: str) -> Iterator[Span]:
    """Yield the clauses of folded `text` behind "the answer is", "final answer:", "I would say", the last one first."""
    yield from (_clause(text, match.end()) for match in reversed(list(DECLARED.finditer(text))))


def paragraphs(text: str) -> Iterator[Span]:
    """Yield what stands behind each declaration up to an empty line, the last one first; for answers that are lists."""
    for match in list(DECLARED.finditer(text))[: -TRIED - 1 : -1]:
        start = LEAD.match(text, match.end())
        end = text.find("\n\n", start.end() if start else match.end())
        yield match.end(), end if end >= 0 else len(text)


def statements(text: str) -> Iterator[Span]:
    """Yield the clauses behind weaker signs: "the emotion shown is", "overall", "best described as"."""
    yield from (_clause(text, match.end()) for match in STATED.finditer(text))


def _clause(text: str, start: int) -> Span:
    lead = LEAD.match(text, start)
    start = lead.end() if lead else start
    end = CLAUSE_END.search(text, start, start + LONGEST_CLAUSE)
    return start, end.start() if end else min(len(text), start + LONGEST_CLAUSE)


def whole(text: str, mention: Mention) -> bool:
    """Return whether a mention is all that folded `text` says, but for punctuation and an enumerator."""
    return bool(WHOLE_BEFORE.fullmatch(text, 0, mention.start) and ends(text, mention))


def whole_label(vocabulary: Vocabulary, text: str) -> str | None:
    """Return the label that `text` names, if it names one and says nothing else."""
    folded = fold(text).text
    found = vocabulary.mentions(folded)
    return found[0].label if len(found) == 1 and whole(folded, found[0]) else None


def ends(text: str, mention: Mention) -> bool:
    """Return whether nothing but punctuation follows a mention."""
    return WHOLE_AFTER.fullmatch(text, mention.end) is not None


def alone(text: str, mention: Mention) -> bool:
    """Return whether a mention is a line or sentence of its own."""
    before = text[max(0, mention.start - 16) : mention.start]
    opens = ALONE_BEFORE.search(before if mention.start <= 16 else f"-{before}")
    return bool(opens and ALONE_AFTER.match(text, mention.end))


def bold(text: str, mention: Mention) -> bool:
    """Return whether a mention alone is set in bold."""
    opening = BOLD.search(text, max(0, mention.start - 4), mention.start)
    return bool(opening and text[mention.end : mention.end + 6].lstrip("\"').:,!").startswith(opening[1]))


def confirmed(text: str, mention: Mention) -> bool:
    """Return whether the reply goes on with "is the correct answer" or the like."""
    return CONFIRMED.match(text, mention.end) is not None


def leading(text: str, clause: Span, mentions: list[Mention]) -> list[Mention]:
    """Return the first mention in a clause with those that are in one list with it ("anger or disgust")."""
    first = bisect_left(mentions, clause[0], key=lambda mention: mention.start)
    inside = list(takewhile(lambda mention: mention.start < clause[1], islice(mentions, first, None)))
    if inside and EITHER.search(text, clause[0], inside[0].start):
        return inside
    lead = inside[:1]
    for mention in inside[1:]:
        if linked(text, lead[-1], mention) is None and not glued(text, lead[-1], mention):
            break
        lead.append(mention)
    return lead
