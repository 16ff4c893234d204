"""A set of labels: action units, or several emotions at once.

The first rule that finds labels decides:
1. `json`: lists of labels or of AU numbers, or a value by label (`{"AU6": 1, "AU12": 0}`; 0, false, "absent" deny it).
   `json scores`: a number from 0 to 1 for each option, not all of them 0 or 1; from 0.5 on a label is in the set.
2. `declared answer`: what stands behind the last "answer:" or "labels:", up to an empty line.
3. `mentions`: every label that is named and not denied; where the reply declines, only those behind the refusal.
`answer tag` says that this was read inside `<answer>` or `\\boxed{}`. Labels come in the order of the options. "None",
an empty list, and labels that are all denied, are the empty set (`none`).

Units outside the options are left out and named in the rule (`mentions; outside the options: AU5`); with no label
beside them the reply is unparsed. So it is where the set stays open: alternatives (`AU1 or AU2`), a label both affirmed
and denied, a code beside the name of another unit, a share (`0.4`), a denial that may reach a whole list ("no AU4, AU6
and AU12").
"""

from __future__ import annotations

import re

from affectbench.answers.claims import Claim, claims, field_claims
from affectbench.answers.commitment import paragraphs, whole_label
from affectbench.answers.documents import Field, document
from affectbench.answers.folding import Folded, fold
from affectbench.answers.letters import letters, paired
from affectbench.answers.refusal import refusal
from affectbench.answers.reply import Part
from affectbench.answers.verdict import Span, answered, refused, trimmed, unparsed
from affectbench.answers.words import MOST, Mention, Vocabulary
from affectbench.errors import UsageError
from affectbench.types import Asked, Parsed

NONE = re.compile(
    r"[\W_]*+(?:none|nothing|(?:the )?empty(?: set| list)?"
    r"|no (?:\w{2,12} ){0,3}?(?:action units?|aus?|labels?|emotions?|expressions?))"
    r"(?: of (?:the|these|them)(?: \w{2,12}){0,3}?)?(?: (?:above|listed|shown))?"
    r"(?: (?:is|are|was|were|can be|could be)(?: \w{2,12}){1,4}"
    r"| (?:present|active|activated|visible|detected|observed))?[\W_]*+"
)
EVEN = 0.5
MOST_NAMED = 8  # units outside the options that the rule names


class LabelsReader:
    """Reads replies to a question for every label that applies."""

    def __init__(self, asked: Asked) -> None:
        if not any(option.strip() for option in asked.options):
            raise UsageError("an answer of form 'labels' needs options: name its labels in the task file")
        self._options = asked.options
        self._letters = asked.options if asked.letters else ()
        self._vocabulary = Vocabulary(asked.options, asked.synonyms)

    def __call__(self, text: str, part: Part) -> Parsed:
        """Return the labels that the reply `text` affirms, in the order of the options."""
        within = (part.start, part.end)
        if text[slice(*within)] in self._options:
            return answered((text[slice(*within)],), within, "mentions")
        read = self._document(text, within, part.rule) or self._text(fold(text, *within), part.rule)
        return read or unparsed(within, "no label")

    def _document(self, text: str, within: Span, rule: str) -> Parsed | None:
        """Read the JSON in a reply; None if it has none, or none that says anything of the labels."""
        json = document(text, *within)
        if json is None:
            return None
        scores = self._scores(json.fields)
        if scores is not None:
            likely = tuple(option for option in self._options if scores[option] >= EVEN)
            return answered(likely, json.span, "json scores", scores)
        made = [claim for field in json.fields for claim in field_claims(self._vocabulary, field)]
        if made:
            return self._settle(made, rule or "json")
        start, end = json.span
        around = fold(f"{text[within[0] : start]}\n{text[end : within[1]]}").text
        is_empty = any(field.value == () or self._is_none(field.value) for field in json.fields)
        return answered((), json.span, rule or "none") if is_empty and not self._vocabulary.mentions(around) else None

    def _scores(self, fields: list[Field]) -> dict[str, float] | None:
        """Read a number from 0 to 1 for each option; None where one is missing, or all are 0 or 1."""
        scores: dict[str, float] = {}
        for field in fields:
            label = whole_label(self._vocabulary, field.keys[-1]) if field.keys else None
            if label is None or label in scores or isinstance(field.value, bool):
                return None
            if not isinstance(field.value, int | float):
                return None
            scores[label] = float(field.value)
        shares = all(0 <= score <= 1 for score in scores.values()) and not {0.0, 1.0}.issuperset(scores.values())
        return scores if shares and scores.keys() == set(self._options) else None

    def _text(self, part: Folded, rule: str) -> Parsed | None:
        for start, end in paragraphs(part.text):
            read = self._stretch(part.part(start, end), rule or "declared answer")
            if read:
                return read
        declined = refusal(part.text)
        if declined is None:
            return self._stretch(part, rule or "mentions")
        behind = self._stretch(part.part(declined.resumes, len(part.text)), rule or "mentions")
        return behind or refused(part.span(declined.start, declined.end), declined.rule)

    def _stretch(self, part: Folded, rule: str) -> Parsed | None:
        """Read one stretch of a reply; None if it names no label and does not say that there is none."""
        mentions = self._mentions(part)
        if len(mentions) > MOST:
            return unparsed(part.span(0, len(part.text)), "too many labels")
        if mentions:
            return self._settle(claims(part, mentions), rule)
        return answered((), part.span(*trimmed(part.text)), "none") if self._is_none(part.text) else None

    def _mentions(self, part: Folded) -> list[Mention]:
        words = self._vocabulary.mentions(part.text)
        found = paired(part.text, words, letters(part, self._letters, words)) if self._letters else words
        lettered = all(mention.kind in ("bare", "letter") for mention in found)
        return found if lettered else [mention for mention in found if mention.kind != "bare"]

    def _settle(self, made: list[Claim], rule: str) -> Parsed:
        span = min(claim.span[0] for claim in made), max(claim.span[1] for claim in made)
        doubt = next((claim.doubt for claim in made if claim.doubt), "")
        if doubt:
            return unparsed(span, doubt)
        present = {claim.label for claim in made if claim.present}
        if present & {claim.label for claim in made if not claim.present}:
            return unparsed(span, "a label both affirmed and denied")
        chosen = tuple(option for option in self._options if option in present)
        outside = [label for label in dict.fromkeys(claim.label for claim in made) if label in present - set(chosen)]
        noted = f"outside the options: {', '.join(outside[:MOST_NAMED])}{', ...' if len(outside) > MOST_NAMED else ''}"
        if chosen:
            return answered(chosen, span, f"{rule}; {noted}" if outside else rule)
        return unparsed(span, noted) if outside else answered((), span, "none")

    def _is_none(self, value: object) -> bool:
        return isinstance(value, str) and NONE.fullmatch(value.lower()) is not None
