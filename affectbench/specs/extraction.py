"""`prompts/extract/<id>.yaml`: how a model is asked to take words out of a free answer."""

from __future__ import annotations

from pydantic import field_validator

from affectbench import templates
from affectbench.errors import near
from affectbench.specs.base import Spec
from affectbench.specs.prompt import Template

OFFERED = ("answer",)


class ExtractionSpec(Spec):
    """What a model is told that takes words out of an answer.

    The one variable of a template is `answer`, which comes quoted line by line; `user` must place it.
    """

    system: Template | None = None
    user: Template

    @field_validator("system", "user")
    @classmethod
    def _knows_the_answer(cls, text: str | None) -> str | None:
        if text is None:
            return None
        used = templates.prompt(text).variables
        if unknown := sorted(used - set(OFFERED)):
            raise ValueError(f"no variable {unknown[0]!r}{near(unknown[0], OFFERED)} (the only one is: answer)")
        return text

    @field_validator("user")
    @classmethod
    def _places_the_answer(cls, text: str) -> str:
        if "answer" not in templates.prompt(text).variables:
            raise ValueError("has no place for 'answer': write {{ answer }} in it")
        return text
