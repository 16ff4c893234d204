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


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


class RubricSpec(Spec):
    """What a judge is told, and the scales (name: [lowest, highest]) on which it scores; more is better.

    It always sees the answer; `sees` adds the question as the model got it (media as placeholders), the gold, and the
    media as the task shows them (`media`, in the user's message alone).
    Variables of a template: `answer`, `question`, `gold` (each comes between tags that its text cannot end), `scale`
    (each with name, low, high) and `verdict`, the sentence that says how the scores are to be written, which is made
    to fit the judge. `parser` reads the reply: our own, or a published one.

    `pairwise`: the judge sees the answers of two runs, `answer` and `other`. Its one scale says which is better: its
    lower half the one that is shown as `answer`, its upper half the `other`, its middle neither.
    """

    sees: Annotated[tuple[Sees, ...], BeforeValidator(_listed)] = ()
    pairwise: bool = False
    scale: dict[str, tuple[FiniteFloat, FiniteFloat]] = Field(min_length=1, max_length=12)
    parser: Literal["affectbench", "emer"] = "affectbench"
    system: Template | None = None
    user: Template

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
        if parser != "affectbench" and len(read.data.get("scale", ("",))) != 1:
            raise ValueError(f"the parser {parser!r} reads one number: give one scale, or leave the parser out")
        return parser

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
