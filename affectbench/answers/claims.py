"""What a reply says of each label it names: that it is there, that it is not, or something that leaves it open."""

from __future__ import annotations

import math
import re
from typing import NamedTuple

from affectbench.answers.denial import OR, Flag, denied, linked
from affectbench.answers.documents import Field
from affectbench.answers.folding import Folded, fold
from affectbench.answers.letters import DISAGREE
from affectbench.answers.verdict import Span
from affectbench.answers.words import Mention, Vocabulary

ABSENT_VALUE = re.compile(r"\W*(?:(?:no|not|none|never|n|false|off|absent|inactive|missing|0(?:\.0+)?)(?![\w.])|\Z)")
SHARE_BEHIND = re.compile(r"""["'*_]{0,3}\s?[:=(]\s?0?\.[0-9]""")
NAMED_BEHIND = re.compile(r"""[ *_`"']{0,3}[(:=-][ *_`"'(]{0,4}""")
DENYING = re.compile(r"(?:absent|inactive|missing|excluded|not[ _]\w+)(?:[ _](?:aus?|action_units|labels|emotions))?")
BESIDES = frozenset({"confidence", "probability", "certainty"})

SHARE = "a share is not a decision"
ALTERNATIVES = "alternatives"
UNCLEAR = "a denial that may reach the whole list"
CODE_AND_NAME = "code and name disagree"
LETTER_AND_LABEL = "letter and label disagree"


class Claim(NamedTuple):
    """One thing said of one label; `doubt` is why it cannot be counted either way, or empty."""

    label: str
    present: bool
    span: Span
    doubt: str = ""


def claims(part: Folded, mentions: list[Mention]) -> list[Claim]:
    """Return what the text `part` says of the labels that it mentions."""
    flags = denied(part.text, mentions)
    made = []
    for index, (mention, flag) in enumerate(zip(mentions, flags, strict=True)):
        after = mentions[index + 1] if index + 1 < len(mentions) and not flags[index + 1] else None
        doubt = _doubt(part.text, mention, flag, after)
        made.append(Claim(mention.label, not flag, part.span(mention.start, mention.end), doubt))
    return made


def _doubt(text: str, mention: Mention, flag: Flag, after: Mention | None) -> str:
    if flag is None:
        return UNCLEAR
    if flag:
        return ""
    if mention.label == DISAGREE:
        return LETTER_AND_LABEL
    if SHARE_BEHIND.match(text, mention.end):
        return SHARE
    if after is None or after.label == mention.label:
        return ""
    if OR.search(linked(text, mention, after) or ""):
        return ALTERNATIVES
    return CODE_AND_NAME if _names(text, mention, after) else ""


def _names(text: str, left: Mention, right: Mention) -> bool:
    """Return whether a code and a name stand for one unit: `AU6 (cheek raiser)`, `cheek raiser (AU6)`."""
    gap = text[left.end : right.start] if right.start - left.end <= 8 else "\n"
    if (left.kind, right.kind) == ("word", "unit"):
        return gap.strip() == "("
    return (left.kind, right.kind) == ("unit", "word") and NAMED_BEHIND.fullmatch(gap) is not None


def field_claims(vocabulary: Vocabulary, field: Field) -> list[Claim]:
    """Return what one field of a JSON answer says: of the label that is its key, or of those that its value names."""
    keyed = [mention.label for key in field.keys for mention in vocabulary.mentions(fold(key).text)]
    if keyed:
        return [] if field.keys[-1] in BESIDES and len(field.keys) > 1 else [_valued(keyed[-1], field)]
    denies = any(DENYING.fullmatch(key) for key in field.keys)
    if isinstance(field.value, str):
        part = fold(field.value)
        made = claims(part, vocabulary.mentions(part.text))
        return [claim._replace(span=field.span, present=claim.present and not denies) for claim in made]
    if field.listed and type(field.value) is int and 0 < field.value < 100 and vocabulary.units:
        return [Claim(vocabulary.units.get(field.value, f"AU{field.value}"), not denies, field.span)]
    return []


def _valued(label: str, field: Field) -> Claim:
    value = field.value
    if isinstance(value, str):
        text = value.strip().removesuffix("%")
        value = (
            float(text) if re.fullmatch(r"[0-9]{1,6}(?:\.[0-9]{1,6})?", text) else not ABSENT_VALUE.match(value.lower())
        )
    if isinstance(value, float | int) and (value < 0 or 0 < value < 1 or math.isnan(value)):
        return Claim(label, False, field.span, SHARE)
    return Claim(label, bool(value), field.span)
