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
from functools import lru_cache
from importlib import import_module

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
    built: Read = getattr(import_module(module), name)(asked)
    return built
