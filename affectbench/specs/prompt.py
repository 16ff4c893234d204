"""`prompts/<form>/<name>.yaml`: the wording of a question, and other wordings of the same question."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from affectbench import templates
from affectbench.specs.base import Part, Spec


def _compiles(text: str) -> str:
    try:
        templates.prompt(text)
    except templates.TemplateError as error:
        raise ValueError(str(error)) from None
    return text


Template = Annotated[str, AfterValidator(_compiles)]


class Wording(Part):
    """One way to ask: `system` (optional) and `user`; a variant without `name` is called by its number."""

    name: str | None = None
    system: Template | None = None
    user: Template


class PromptSpec(Spec):
    """The base wording, its variants, how a shot is shown and what is asked in later turns.

    Variables of a template: `media` (all media), `medium.NAME` (one), `labels` (as shown, with letters if the task has
    them), `levels` (each with name, low, high), `text.NAME` (the sample's texts).
    """

    system: Template | None = None
    user: Template
    shot: Template | None = None
    turns: tuple[Template, ...] = ()
    variants: tuple[Wording, ...] = Field(default=(), max_length=50)

    @model_validator(mode="after")
    def _names_are_unique(self) -> PromptSpec:
        names = list(self.wordings())
        if len(names) != len(self.variants) + 1:
            raise ValueError("two variants have the same name")
        return self

    def wordings(self) -> dict[str, Wording]:
        """Return every wording by name; the file's own is `base`, a nameless variant is `v1`, `v2` …"""
        named = (v.model_copy(update={"name": v.name or f"v{i}"}) for i, v in enumerate(self.variants, 1))
        others = {str(variant.name): variant for variant in named}
        return {"base": Wording(name="base", system=self.system, user=self.user), **others}
