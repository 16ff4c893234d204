"""Who reads the answers of a run, by name: judges with their rubrics, extractors with their prompts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from affectbench.catalogue import Catalogue
from affectbench.errors import UsageError
from affectbench.judging.extractor import Extractor
from affectbench.judging.judges import Judge
from affectbench.models.names import find
from affectbench.records import read_finished

WORDS = "emotion-words"
"""The prompt that ships, by which words are taken out of answers."""


def named(catalogue: Catalogue, folder: Path, models: Sequence[str], rubrics: Sequence[str] = ()) -> list[Judge]:
    """Return the judges that names mean for a run: each model by each rubric, or by those that the run's task names.

    Without `models`, those that the task names (`judge: RUBRIC@MODEL`). Raises UsageError where there is none.
    """
    pairs = wanted(read_finished(folder), models, rubrics)
    if not pairs:
        known = ", ".join(catalogue.ids("rubric"))
        raise UsageError(f"{folder}: its task names no rubric: choose one with -r (there are: {known})")
    if bare := next((rubric for rubric, model in pairs if not model), None):
        raise UsageError(f"{folder}: its task names the rubric {bare!r} and no judge: choose a model with -m")
    return [Judge(catalogue.load("rubric", rubric).spec, find(catalogue, model)) for rubric, model in pairs]


def wanted(facts: Mapping[str, Any], models: Sequence[str], rubrics: Sequence[str] = ()) -> list[tuple[str, str]]:
    """Return (rubric, model) of each judge; the model is empty where the task names only a rubric and none is given."""
    own = [(rubric, model) for rubric, _, model in (text.partition("@") for text in facts.get("judge", ()))]
    before = [(held["rubric"]["id"], held["judge"]["name"]) for held in facts.get("judges", ())]
    names = list(dict.fromkeys(rubrics or [rubric for rubric, _ in own or before]))
    if models:
        return [(rubric, model) for rubric in names for model in dict.fromkeys(models)]
    return [pair for pair in own if pair[0] in names]


def extractors(
    catalogue: Catalogue, folder: Path, models: Sequence[str], prompts: Sequence[str] = ()
) -> list[Extractor]:
    """Return who takes the words out of the answers of a run, as `named` does: by the prompts that its task names.

    Raises UsageError where answers are no free words, and where there is no model or no prompt.
    """
    facts = read_finished(folder)
    if facts["question"]["form"] != "open":
        raise UsageError(f"{folder}: words are taken out of answers of form 'open', not {facts['question']['form']!r}")
    pairs = extracting(facts, models, prompts)
    if not pairs:
        raise UsageError(f"{folder}: its task names no prompt to extract by: choose one with -p, such as {WORDS}")
    if bare := next((prompt for prompt, model in pairs if not model), None):
        raise UsageError(f"{folder}: its task names the prompt {bare!r} and no model: choose one with -m")
    return [extractor(catalogue, prompt, model) for prompt, model in pairs]


def extracting(facts: Mapping[str, Any], models: Sequence[str], prompts: Sequence[str] = ()) -> list[tuple[str, str]]:
    """Return (prompt, model) of each extractor, as `wanted` does for judges."""
    own = [(prompt, model) for prompt, _, model in (text.partition("@") for text in facts.get("extract", ()))]
    before = [held["prompt"]["id"] for held in facts.get("extractors", ())]
    names = list(dict.fromkeys(prompts or [prompt for prompt, _ in own] or before))
    if models:
        return [(prompt, model) for prompt in names for model in dict.fromkeys(models)]
    return [pair for pair in own if pair[0] in names]


def extractor(catalogue: Catalogue, prompt: str, model: str) -> Extractor:
    """Return an extractor by the names of its prompt and its model."""
    return Extractor(catalogue.load("extraction", prompt).spec, find(catalogue, model))
