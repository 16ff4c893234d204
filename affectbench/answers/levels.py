"""Named numbers in a range: valence and arousal, the intensity of an action unit, pain.

Every level that was asked for must come out with one value inside its range, else the reply is unparsed; a value is
never clipped, rescaled or filled in. The first rule that finds numbers decides:
1. `json field`: `{"valence": 0.5, "arousal": -0.2}`.
2. `named`: `Valence = +0.5 (slightly positive)`, `the arousal is about -0.2`, `0.5 for valence`. Between a name and its
   number only filler words stand. Values of one name must agree; behind "final answer:" they beat earlier ones.
3. `in order`: numbers alone or within filler words ("about 6 out of 9", `[0.5, -0.2]`), as many as were asked.
`declared answer` and `answer tag` say that 2 or 3 was read behind "the answer is" or inside `<answer>`.
The scale of the question ("on a scale from 1 to 9", "[-1, 1]:", "/10") is not read as an answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from affectbench.answers.attachment import attached, leads_to, only_filler, within_a_name, without_names
from affectbench.answers.commitment import paragraphs
from affectbench.answers.documents import Field, document
from affectbench.answers.folding import Folded, fold
from affectbench.answers.numbers import MOST, Number, numbers, several, single, without_ranges
from affectbench.answers.refusal import refusal
from affectbench.answers.reply import Part
from affectbench.answers.verdict import Span, answered, refused, unparsed
from affectbench.answers.words import Mention, Vocabulary
from affectbench.errors import UsageError
from affectbench.types import Asked, Parsed

NEGATIVE = re.compile(r"\b(?:negative|minus)[ (:=]{0,3}\Z")
BESIDES = frozenset({"confidence", "probability", "certainty"})


class Claim(NamedTuple):
    """A number that the reply gives for a level (None: one that is not on its scale), and where."""

    name: str
    value: float | None
    span: Span


class LevelsReader:
    """Reads replies to a question for numbers on named scales."""

    def __init__(self, asked: Asked) -> None:
        if not asked.levels:
            raise UsageError(
                "an answer of form 'levels' needs levels with their ranges: name them in the dataset's target"
            )
        self._ranges = {name: (low, high) for name, low, high in asked.levels}
        self._vocabulary = Vocabulary(self._ranges, asked.synonyms)

    def __call__(self, text: str, part: Part) -> Parsed:
        """Return one number for each level, all within their ranges."""
        within = (part.start, part.end)
        return self._document(text, within, part.rule) or self._text(fold(text, *within), part.rule)

    def _document(self, text: str, within: Span, rule: str) -> Parsed | None:
        json = document(text, *within)
        claims = [claim for field in json.fields for claim in self._field(field)] if json else []
        return self._settle(claims, rule or "json field") if claims else None

    def _field(self, field: Field) -> Iterator[Claim]:
        named = [mention.label for key in field.keys for mention in self._named(fold(key).text)]
        if (
            not named
            or named[-1] not in self._ranges
            or isinstance(field.value, bool)
            or (len(field.keys) > 1 and field.keys[-1] in BESIDES)
        ):
            return
        written = (
            numbers(without_ranges(fold(str(field.value)).text)) if isinstance(field.value, str | int | float) else []
        )
        value = single(written[0], *self._ranges[named[-1]]) if len(written) == 1 else None
        yield Claim(named[-1], value, field.span)

    def _text(self, whole: Folded, rule: str) -> Parsed:
        part = replace(whole, text=without_ranges(whole.text))
        for start, end in paragraphs(part.text):
            behind = part.part(start, end)
            read = self._stretch(behind, rule or "declared answer") or self._first(behind, rule or "declared answer")
            if read:
                return read
        read = self._stretch(part, rule)
        if read and read.status == "ok":
            return read
        declined = refusal(part.text)
        if declined:
            return refused(part.span(declined.start, declined.end), declined.rule)
        return read or unparsed(part.span(0, len(part.text)), "no number for a level")

    def _stretch(self, part: Folded, rule: str) -> Parsed | None:
        """Read one stretch of a reply; None if it gives no number that belongs to a level."""
        names = self._named(part.text)
        found = [number for number in numbers(part.text) if not within_a_name(number, names)]
        if len(found) > MOST or len(names) > MOST:
            return unparsed(part.span(0, len(part.text)), "too many numbers")
        given = [(name, number) for name, number in attached(part.text, names, found) if name in self._ranges]
        claims = [self._claim(part, name, number) for name, number in given]
        if claims:
            return self._settle(claims, rule or "named")
        return self._in_order(part, names, found, rule or "in order")

    def _first(self, part: Folded, rule: str) -> Parsed | None:
        """Read the first number behind "the answer is", where one level was asked for."""
        found = numbers(part.text)
        if len(self._ranges) > 1 or not found or not leads_to(part.text[: found[0].start]):
            return None
        return self._settle([self._claim(part, name, found[0]) for name in self._ranges], rule)

    def _in_order(self, part: Folded, names: list[Mention], found: list[Number], rule: str) -> Parsed | None:
        if not found or (names and len(self._ranges) > 1) or not only_filler(without_names(part.text, names)):
            return None
        if len(self._ranges) == 1:
            return self._settle([self._claim(part, name, number) for name in self._ranges for number in found], rule)
        given = found if len(found) == len(self._ranges) else several(found)
        if len(given) != len(self._ranges):
            return unparsed(part.span(0, len(part.text)), f"{len(given)} numbers for {len(self._ranges)} levels")
        pairs = zip(self._ranges, given, strict=True)
        return self._settle([self._claim(part, name, number) for name, number in pairs], rule)

    def _named(self, text: str) -> list[Mention]:
        """Return the levels that folded `text` names, and the action units that were not asked for."""
        return self._vocabulary.mentions(text, lists=False)

    def _claim(self, part: Folded, name: str, number: Number) -> Claim:
        low, high = self._ranges[name]
        value = single(number, low, high)
        if low < 0 and value and value > 0 and NEGATIVE.search(part.text, max(0, number.start - 16), number.start):
            value = None  # "negative 0.5": the words and the number disagree
        return Claim(name, value, part.span(number.start, number.end))

    def _settle(self, claims: list[Claim], rule: str) -> Parsed:
        span = min(claim.span[0] for claim in claims), max(claim.span[1] for claim in claims)
        values: dict[str, float] = {}
        for name, (low, high) in self._ranges.items():
            given = {claim.value for claim in claims if claim.name == name}
            if not given:
                return unparsed(span, f"no number for {name}")
            if None in given:
                return unparsed(span, f"{name} is no number on its scale, {low:g} to {high:g}")
            if len(given) > 1:
                return unparsed(span, f"two numbers for {name}")
            values[name] = next(value for value in given if value is not None)
        return answered(values, span, rule)
