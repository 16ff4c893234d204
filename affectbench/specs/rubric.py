"""`prompts/judge/<id>.yaml`: how a model is asked to score an answer, and on which scales."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, FiniteFloat, ValidationInfo, field_validator

from affectbench import templates
from affectbench.errors import near
from affectbench.specs.base import Spec
from affectbench.specs.prompt import Template

NEEDED = ("answer", "verdict")
"""The variables that the user's message must place: what is judged, and how the verdict is to be written."""

OFFERED = (*NEEDED, "question", "gold", "media", "other", "scale")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,30}")

Sees = Literal["question", "gold", "media"]
Parser = Literal[
    "affectbench", "emer", "emer-strict", "fea", "fea-strict",
    "mme-emotion", "mme-emotion-several", "mme-emotion-strict", "mme-emotion-several-strict",
]  # fmt: skip
OWN_PARSER: Parser = "affectbench"
STEPS = ("recognition", "reasoning")
"""The scales of a parser that reads a score for each step: the last step, and the mean of those before it."""

Weight = Annotated[FiniteFloat, Field(gt=0)]


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


class RubricSpec(Spec):
    """What a judge is told, and the scales (name: [lowest, highest]) on which it scores; more is better.

    It always sees the answer; `sees` adds the question as the model got it (media as placeholders), the gold, and the
    media as the task shows them (`media`, in the user's message alone).
    Variables of a template: `answer`, `question`, `gold` (each comes between tags that its text cannot end), `scale`
    (each with name, low, high) and `verdict`, the sentence that says how the scores are to be written, which is made
    to fit the judge. `parser` reads the reply: our own, or a published one, which asks and reads in its own form.
    `aggregate` names sums of the scales' means, each scale times its weight. `approximate` says in what the rubric is
    not the published protocol that it stands for, `cite` whose that is.

    `pairwise`: the judge sees the answers of two runs, `answer` and `other`. Its one scale says which is better: its
    lower half the one that is shown as `answer`, its upper half the `other`, its middle neither.
    """

    sees: Annotated[tuple[Sees, ...], BeforeValidator(_listed)] = ()
    pairwise: bool = False
    scale: dict[str, tuple[FiniteFloat, FiniteFloat]] = Field(min_length=1, max_length=12)
    parser: Parser = OWN_PARSER
    aggregate: dict[str, dict[str, Weight]] = Field(default={}, max_length=12)
    system: Template | None = None
    user: Template
    approximate: str | None = None
    cite: str | None = None

    @property
    def ends(self) -> dict[str, tuple[float, float]]:
        """The lowest and the highest value of each scale, and after them of each sum."""
        found = dict(self.scale)
        for name, weights in self.aggregate.items():
            low, high = (sum(weight * self.scale[scale][side] for scale, weight in weights.items()) for side in (0, 1))
            found[name] = low, high
        return found

    @field_validator("scale")
    @classmethod
    def _is_a_scale(cls, scale: dict[str, tuple[float, float]], read: ValidationInfo) -> dict[str, tuple[float, float]]:
        for name, (low, high) in scale.items():
            if not _NAME.fullmatch(name):
                raise ValueError(f"{name!r}: a scale's name is small letters, digits and _, and begins with a letter")
            if not low < high:
                raise ValueError(f"{name!r} goes from {low:g} to {high:g}: the lowest score comes first")
        if read.data.get("pairwise") and len(scale) != 1:
            raise ValueError("a pairwise rubric has one scale, whose two ends are the two answers")
        if read.data.get("pairwise") and "media" in read.data.get("sees", ()):
            raise ValueError("a pairwise rubric sees no media")
        return scale

    @field_validator("parser")
    @classmethod
    def _reads_the_scales(cls, parser: str, read: ValidationInfo) -> str:
        scale = read.data.get("scale")
        if parser == OWN_PARSER or scale is None:
            return parser
        if parser.startswith("mme-emotion"):
            if scale != dict.fromkeys(STEPS, (0, 1)):
                raise ValueError(f"the parser {parser!r} reads steps: the scales are {' and '.join(STEPS)}, 0 to 1")
        elif len(scale) != 1:
            raise ValueError(f"the parser {parser!r} reads one number: give one scale, or leave the parser out")
        return parser

    @field_validator("aggregate")
    @classmethod
    def _sums_its_scales(cls, found: dict[str, dict[str, float]], read: ValidationInfo) -> dict[str, dict[str, float]]:
        scale = read.data.get("scale", {})
        if found and read.data.get("pairwise"):
            raise ValueError("a pairwise rubric has one scale, and no sum")
        for name, weights in found.items():
            if not _NAME.fullmatch(name) or name in scale:
                raise ValueError(f"{name!r}: a sum has a name of its own, of small letters, digits and _")
            if strange := sorted(set(weights) - set(scale)):
                raise ValueError(f"{name!r}: there is no scale {strange[0]!r}{near(strange[0], scale)}")
            if not weights:
                raise ValueError(f"{name!r} names no scale")
        return found

    @field_validator("system", "user")
    @classmethod
    def _places_what_it_sees(cls, text: str | None, read: ValidationInfo) -> str | None:
        if text is None:
            return None
        used = templates.prompt(text).variables
        if unknown := sorted(used - set(OFFERED)):
            raise ValueError(f"no variable {unknown[0]!r}{near(unknown[0], OFFERED)} (variables: {', '.join(OFFERED)})")
        sees = (*read.data.get("sees", ()), *(("other",) if read.data.get("pairwise") else ()))
        if "other" in used and "other" not in sees:
            raise ValueError("uses 'other', another run's answer, which the judge does not see: write pairwise: true")
        if read.field_name == "system" and "media" in used:
            raise ValueError("media stand in the user's message: write {{ media }} there")
        if hidden := sorted(used & {"question", "gold", "media"} - set(sees)):
            raise ValueError(f"uses {hidden[0]!r}, which the judge does not see: write sees: [{hidden[0]}]")
        wanted = {*NEEDED, *sees} - used if read.field_name == "user" else set()
        before = read.data.get("system")
        wanted -= templates.prompt(before).variables if before else set()
        if wanted:
            raise ValueError(f"has no place for {sorted(wanted)[0]!r}: write {{{{ {sorted(wanted)[0]} }}}} in it")
        return text
