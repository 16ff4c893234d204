"""Reading a model's reply: one parser a form, total (never raises).

A reply becomes `ok`, `refused` or `unparsed`, with its place in the reply and the rule that matched; nothing is
guessed. What the parsers agree on:

- Text in thinking tags is no answer. Inside what is left, an `<answer>` element or a `\\boxed{}` is the answer.
- A commitment (a JSON field, "the answer is ...", a line of its own) beats a mention, a later one an earlier one.
- A denied label ("not happy", "fear is absent") is no answer; two labels where one was asked for are none either.
- A refusal counts only if nothing was answered beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from importlib import import_module

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
}


@lru_cache(maxsize=4096)
def reader(asked: Asked) -> Read:
    """Return the function that reads replies to `asked`; building it once serves every reply.

    Raises UsageError if no parser has that name or reads that form, or if `asked` lacks what the form needs.
    """
    forms = PARSERS.get(asked.parser)
    if forms is None:
        raise UsageError(
            f"no answer parser {asked.parser!r}{near(asked.parser, PARSERS)}; there are: {', '.join(PARSERS)}"
        )
    if asked.form not in forms:
        raise UsageError(
            f"the answer parser {asked.parser!r} does not read {asked.form!r}; it reads: {', '.join(forms)}"
        )
    module, _, name = forms[asked.form].partition(":")
    read: Callable[[str, Part], Parsed] = getattr(import_module(module), name)(asked)
    return partial(_read, read)


def _read(read: Callable[[str, Part], Parsed], text: str) -> Parsed:
    """Hand the part of a reply that answers to a form's reader, if there is one."""
    part = answer_part(text)
    if part.start < part.end:
        return read(text, part)
    within = trimmed(text)
    return unparsed(within, "no answer after the thinking" if within[0] < within[1] else "empty")
