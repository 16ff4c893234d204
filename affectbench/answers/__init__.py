"""Reading a model's reply: one parser a form, total (never raises); `published/` holds those of other evaluators.

A reply becomes `ok`, `refused` or `unparsed`, with its place in the reply and the rule that matched; nothing is
guessed. What our parsers agree on:

- Text in thinking tags is no answer. Inside what is left, an `<answer>` element or a `\\boxed{}` is the answer.
- A commitment (a JSON field, "the answer is ...", a line of its own) beats a mention, a later one an earlier one.
- A denied label ("not happy", "fear is absent") is no answer; two labels where one was asked for are none either.
- A refusal counts only if nothing was answered beside it.

`held` reads the replies of models that were held to an answer, `likelihood` takes the option that is likeliest.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from importlib import import_module

from affectbench.answers import held
from affectbench.answers.reply import Part, answer_part
from affectbench.answers.verdict import trimmed, unparsed
from affectbench.errors import UsageError, near
from affectbench.types import Asked, Parsed

Read = Callable[[str], Parsed]

PARSERS: dict[str, dict[str, str]] = {
    "affectbench": {
        "choice": "affectbench.answers.choice:ChoiceReader",
        "labels": "affectbench.answers.labels:LabelsReader",
        "levels": "affectbench.answers.levels:LevelsReader",
        "open": "affectbench.answers.open:OpenReader",
        "text": "affectbench.answers.text:TextReader",
    },
    "emobench-m": {"choice": "affectbench.answers.published.emobench_m:Choice"},
    "emotion-llama": {"choice": "affectbench.answers.published.emotion_llama:Choice"},
    "facial-r1": {
        "choice": "affectbench.answers.published.facial_r1:Choice",
        "labels": "affectbench.answers.published.facial_r1:Labels",
    },
    "mer-unibench": {"open": "affectbench.answers.published.mer_unibench:Open"},
    "mmaffben": {
        "choice": "affectbench.answers.published.mmaffben:Choice",
        "labels": "affectbench.answers.published.mmaffben:Labels",
        "levels": "affectbench.answers.published.mmaffben:Levels",
    },
    "r1-omni": {"choice": "affectbench.answers.published.r1_omni:Choice"},
}
"""The parsers by name and form. All but the first are published ones: they read the raw reply, each in its own way."""

OWN = "affectbench"
HELD = {"choice": held.choice, "json": held.document}


def place(parser: str, form: str) -> str:
    """Return where the reader of a parser for an answer form is.

    Raises UsageError if no parser has that name or reads that form.
    """
    forms = PARSERS.get(parser)
    if forms is None:
        raise UsageError(f"no answer parser {parser!r}{near(parser, PARSERS)}; there are: {', '.join(PARSERS)}")
    if form not in forms:
        raise UsageError(f"the answer parser {parser!r} does not read {form!r}; it reads: {', '.join(forms)}")
    return forms[form]


@lru_cache(maxsize=4096)
def reader(asked: Asked) -> Read:
    """Return the function that reads replies to `asked`; building it once serves every reply.

    Raises UsageError if no parser has that name or reads that form, or if `asked` lacks what the form needs.
    """
    module, _, name = place(asked.parser, asked.form).partition(":")
    if asked.constrain != "none":
        return HELD[asked.constrain](asked)
    read: Callable[..., Parsed] = getattr(import_module(module), name)(asked)
    return partial(_read, read) if asked.parser == OWN else read


def _read(read: Callable[[str, Part], Parsed], text: str) -> Parsed:
    """Hand the part of a reply that answers to a form's reader, if there is one."""
    part = answer_part(text)
    if part.start < part.end:
        return read(text, part)
    within = trimmed(text)
    return unparsed(within, "no answer after the thinking" if within[0] < within[1] else "empty")
