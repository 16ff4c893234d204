"""Reading a judge's verdict, strictly: one JSON object, or one named last line, with every score on its scale.

A verdict that could be read in two ways is not read. The first number of a reply is never taken for a score.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from affectbench.answers.folding import fold
from affectbench.answers.refusal import refusal
from affectbench.answers.reply import answer_part
from affectbench.answers.verdict import answered, refused, trimmed, unparsed
from affectbench.judging import published
from affectbench.specs.rubric import OWN_PARSER, Parser
from affectbench.types import Parsed

VERSION = 1
"""Of the strict parser."""

Scale = Mapping[str, tuple[float, float]]
Scores = dict[str, float]

NUMBERS = "zero one two three four five six seven eight nine ten"
WORDS = {word: n for n, word in enumerate(re.findall(r"\w+", NUMBERS))}
ALIASES = ("score", "rating", "verdict", "grade", "mark")
"""What the only scale of a rubric may be called as well."""

TRIED = 64
LONGEST = 100_000


class Unread(Exception):
    """There is no verdict, for the reason that is its text."""


def reader(scale: Scale, parser: Parser) -> Callable[[str], Parsed]:
    """Return the function that reads verdicts; it never raises."""
    return partial(_strict, scale) if parser == OWN_PARSER else published.reader(scale, parser)


def _strict(scale: Scale, text: str) -> Parsed:
    part = answer_part(text)
    body, span = text[part.start : part.end][-LONGEST:], (part.start, part.end)
    if not body.strip():
        return unparsed(trimmed(text), "empty")
    try:
        scores, rule = _verdict(scale, body)
    except Unread as why:
        folded = fold(text, part.start, part.end)
        declined = refusal(folded.text) if str(why) == "no verdict" else None
        if declined:
            return refused(folded.span(declined.start, declined.end), declined.rule)
        return unparsed(span, str(why))
    return answered(scores, span, rule)


def _verdict(scale: Scale, body: str) -> tuple[Scores, str]:
    """Return the scores of the one verdict in a reply, and how it was written. Raises Unread."""
    plain = unicodedata.normalize("NFKC", body)
    documents, ends = _documents(scale, plain)
    lines, last = _lines(scale, plain)
    both = [*documents, *lines]
    if not both:
        raise Unread("no verdict")
    if any(other != both[0] for other in both[1:]):
        raise Unread("two verdicts")
    if not (ends or last):
        raise Unread("the reply does not end with its verdict")
    return both[0], "json" if ends else "last line"


# -- JSON ------------------------------------------------------------------------------------------------------------


def _documents(scale: Scale, text: str) -> tuple[list[Scores], bool]:
    """Return the verdicts that are written as JSON objects, and whether one of them ends the reply."""
    found: list[Scores] = []
    text = re.sub(r",(?=\s*[}\]])", "", text)
    at, ends = 0, False
    for _ in range(TRIED):
        start = text.find("{", at)
        if start < 0:
            break
        try:
            pairs, at = _DECODER.raw_decode(text, start)
        except (ValueError, RecursionError):
            at = start + 1
            continue
        if (scores := _of_pairs(scale, pairs)) is not None:
            found.append(scores)
            ends = not text[at:].strip("` \n\t.")
    return found, ends


class _Pairs(list[tuple[str, Any]]):
    """A JSON object that keeps a key that was given twice."""


_DECODER = json.JSONDecoder(object_pairs_hook=_Pairs)


def _of_pairs(scale: Scale, pairs: _Pairs) -> Scores | None:
    """Return the scores of an object, None if it names no scale. Raises Unread if it is no whole verdict."""
    found: Scores = {}
    for key, value in pairs:
        name = _named(scale, key.strip().casefold().replace(" ", "_"))
        if name is None:
            continue
        score = _of_value(scale[name], value)
        if found.setdefault(name, score) != score:
            raise Unread("two scores")
    return _whole(scale, found) if found else None


def _of_value(ends: tuple[float, float], value: Any) -> float:
    if isinstance(value, str):
        if (found := re.fullmatch(rf"\s*{_number(ends)}\s*", value.casefold())) is None:
            raise Unread("a score that is no number")
        return _score(ends, found["n"], found["of"])
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Unread("a score that is no number")
    return _on(ends, float(value) if abs(value) < 1e15 else math.inf)


# -- a line ----------------------------------------------------------------------------------------------------------


def _lines(scale: Scale, text: str) -> tuple[list[Scores], bool]:
    """Return the verdicts that are written as lines, and whether they end the reply; quoted lines (`>`) are none."""
    rows = [row.strip() for row in text.splitlines() if row.strip().strip("`")]
    read = [None if row.startswith(">") else _pairs(scale, row, alone=len(rows) == 1) for row in rows]
    named: Scores = {}
    for pairs in read:
        for name, score in pairs or ():
            if named.setdefault(name, score) != score:
                raise Unread("two scores")
    if not named:
        return [], False
    last: set[str] = set()
    for pairs in reversed(read):
        if pairs is None or last == set(scale):
            break
        last.update(name for name, _ in pairs)
    return [_whole(scale, named)], last == set(scale)


def _pairs(scale: Scale, row: str, alone: bool) -> list[tuple[str, float]] | None:
    """Return the scores that a line names, if it does nothing else; a line `alone` may hold a number and no name."""
    plain = re.sub(r"[*`#]+|^[-+•]\s+", "", row.casefold().replace("−", "-")).strip().rstrip(".").strip()
    only = next(iter(scale)) if len(scale) == 1 else None
    if (
        only
        and alone
        and (found := re.fullmatch(rf"(?:{_range(scale[only])}\s*[:=]?\s*)?{_number(scale[only])}", plain))
    ):
        return [(only, _score(scale[only], found["n"], found["of"]))]
    plain = re.sub(
        r"^(?:my |the )?(?:final )?(?:verdict|scores?|ratings?)\s*[:=]\s*(?=\w+(?: score)?\s*[:=])", "", plain
    )
    pairs, at = [], 0
    while at < len(plain):
        if (pair := _pair(scale, plain, at)) is None:
            return None
        name, match = pair
        pairs.append((name, _score(scale[name], match["n"], match["of"])))
        at = match.end()
    return pairs or None


def _pair(scale: Scale, plain: str, at: int) -> tuple[str, re.Match[str]] | None:
    """Return the scale that is named at a place of a line, and its number."""
    word = re.compile(r"(?:my |the )?(?:final |overall )?(\w+)").match(plain, at)
    name = _named(scale, word[1]) if word else None
    if word is None or name is None:
        return None
    spoken = rf"(?:\s*score)?(?:\s*{_range(scale[name])})?\s*(?:[:=]|\bis\b|-)\s*{_number(scale[name])}"
    match = re.compile(rf"{spoken}(?:\s*[,;|]\s*(?:and\s+)?|\s+and\s+|\s+(?=[a-z])|$)").match(plain, word.end())
    return (name, match) if match else None


def _range(ends: tuple[float, float]) -> str:
    """Return the pattern of a mention of the scale's own two ends: `range 1-10`, `(1 to 10)`, `on a scale of 1-10`."""
    low, high = (re.escape(f"{end:g}") for end in ends)
    return (
        rf"(?:(?:on |in )?(?:a |the )?(?:range|scale)(?: of| from)?\s*)?[(\[]?{low}\s*(?:-|–|to|\.\.|,)\s*{high}[)\]]?"
    )


def _number(ends: tuple[float, float]) -> str:
    written = rf"-?[0-9]{{1,6}}(?:\.[0-9]{{1,6}})?|{'|'.join(WORDS)}"
    return rf"(?P<n>{written})(?![\w%]|[.,][0-9])(?:\s*(?:/|out of)\s*(?P<of>[0-9]{{1,6}}(?:\.[0-9]+)?)\b)?"


def _score(ends: tuple[float, float], written: str, out_of: str | None) -> float:
    if out_of is not None and float(out_of) != ends[1]:
        raise Unread("a score on another scale")
    return _on(ends, float(WORDS[written]) if written in WORDS else float(written))


def _on(ends: tuple[float, float], value: float) -> float:
    if not ends[0] <= value <= ends[1]:
        raise Unread("outside the scale")
    return value


def _named(scale: Scale, word: str) -> str | None:
    if word in scale:
        return word
    return next(iter(scale)) if len(scale) == 1 and word in ALIASES else None


def _whole(scale: Scale, found: Scores) -> Scores:
    if missing := [name for name in scale if name not in found]:
        raise Unread(f"no score for {missing[0]}")
    return {name: found[name] for name in scale}
