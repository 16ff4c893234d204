"""A rubric and a case become the judge's prompt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from affectbench import prompts, templates
from affectbench.judging import published
from affectbench.judging.cases import digest
from affectbench.judging.quoting import GUARD, quoted
from affectbench.judging.reading import VERSION
from affectbench.specs.rubric import OWN_PARSER, RubricSpec
from affectbench.types import Asked, Decoded, Prompt, Sample, Settings

MOST_TOKENS = 1024
TAGS = {"answer": "judged_answer", "other": "judged_answer", "question": "question", "gold": "gold"}

_SAID_BESIDE = {"id", "title", "approximate", "cite"}


def rubric_digest(rubric: RubricSpec) -> str:
    """Return the digest of what decides the verdicts of a rubric: its words, what it sees, its scales, its parser."""
    decides = rubric.model_dump(mode="json", exclude=_SAID_BESIDE, exclude_defaults=True)
    version = VERSION if rubric.parser == OWN_PARSER else published.VERSION
    return digest([sorted(decides.items()), GUARD, version])


@dataclass(frozen=True)
class Prompter:
    """Renders a rubric for cases. `constrained`: the judge is held to JSON of the scales' form."""

    rubric: RubricSpec
    settings: Settings
    constrained: bool = False

    @property
    def asked(self) -> Asked:
        """What the judge is held to."""
        levels = tuple((name, low, high) for name, (low, high) in self.rubric.scale.items())
        return Asked(form="levels", levels=levels, constrain="json" if self.constrained else "none")

    def __call__(self, case: Sample, repeat: int, media: Mapping[str, Decoded]) -> Prompt:
        """Return what the judge is sent. Raises TemplateError for texts that are too long to be shown."""
        shown = {name: quoted(TAGS[name], text) for name, text in case.text.items()}
        scale = [{"name": n, "low": f"{low:g}", "high": f"{high:g}"} for n, (low, high) in self.rubric.scale.items()]
        given = {**shown, "scale": scale, "verdict": how_to_write(self.rubric, self.constrained)}
        given["media"] = "\n".join(prompts.marks(media).values())
        system = templates.prompt(self.rubric.system).render(given).strip() if self.rubric.system else ""
        user = templates.prompt(self.rubric.user).render(given).strip()
        messages = (
            prompts.message("system", f"{system}\n\n{GUARD}".strip(), {}),
            prompts.message("user", user, media),
        )
        return Prompt(
            sample_id=case.id, repeat=repeat, messages=messages, asked=self.asked, settings=self.settings,
            template=self.rubric.id, template_digest=rubric_digest(self.rubric),
            digest=prompts.digest(messages, self.settings, self.asked),
        )  # fmt: skip


def how_to_write(rubric: RubricSpec, constrained: bool) -> str:
    """Return the sentence that says how the verdict is written: the one JSON object, or the named last line.

    A published protocol has its own.
    """
    if rubric.parser != OWN_PARSER:
        return published.sentence(rubric.scale, rubric.parser)
    ends = [(name, f"{low:g}", f"{high:g}") for name, (low, high) in rubric.scale.items()]
    if constrained:
        fields = ", ".join(f'"{name}": a number from {low} to {high}' for name, low, high in ends)
        return f"Reply with one JSON object and nothing else: {{{fields}}}."
    scores = ", ".join(f"{name}=N" for name, _, _ in ends)
    ranges = "; ".join(f"{name} from {low} to {high}" for name, low, high in ends)
    return f"End with one line of exactly this form, a number for each N ({ranges}):\nVERDICT: {scores}"
