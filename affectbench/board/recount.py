"""What a submitted run says, worked out again: its question, its data, how its replies are read, its scores."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from affectbench import __version__, datasets, manifest, metrics, pipeline
from affectbench.answers.refusal import VERSION as PARSER_VERSION
from affectbench.catalogue import Catalogue
from affectbench.errors import FileErrors, RecordError, UsageError
from affectbench.finished import conclude, question
from affectbench.judging import found as reviewed
from affectbench.manifest import Variant
from affectbench.models import parse_name
from affectbench.records import RESULTS, SAMPLES, Record, gold_line
from affectbench.task import Task, bind
from affectbench.types import Outcome, Sample

Answers = dict[tuple[str, int], Outcome]

ANYBODY = "baseline:majority"
"""A card for a manifest of which the model does not matter."""

OWN_DATA = ("annotations", "task", "dataset", "prompt", "labels", "lexicon", "views")
ALWAYS = ("n", "status", "scores", "main", "partial", "mock", "observed", "protocol", "tables")
"""What results must say whichever version wrote them; the rest is compared where the version is the same."""


def same_question(facts: Mapping[str, Any], known: Catalogue) -> None:
    """Refuse a manifest whose question is not that of its task, which the run id does not cover."""
    task, asked = facts["task"], facts["question"]
    said = {
        "metrics": task["metrics"],
        "main": task["main"] or next(iter(task["metrics"]), None),
        "parser": task["answer"].get("parser"),
        "folds": task["aggregate"].get("folds"),
    }
    if odd := next((name for name, value in said.items() if asked.get(name) != value), None):
        raise RecordError(f"the manifest scores by {odd} {asked.get(odd)!r}, its task by {said[odd]!r}")
    own = _task(facts, known)
    if own is None or _plain(manifest.described(own)) != {name: facts.get(name) for name in manifest.described(own)}:
        return
    expected = _plain(manifest.question(own))
    if odd := next((name for name in expected if expected[name] != asked.get(name)), None):
        raise RecordError(f"the manifest's question has another {odd!r} than the task {own.id!r}, which it names")


def _task(facts: Mapping[str, Any], known: Catalogue) -> Task | None:
    try:
        return bind(known, facts["task"]["id"], facts["variant"]["prompt"])
    except (UsageError, FileErrors):
        return None


def other_version(facts: Mapping[str, Any]) -> str | None:
    """Say why the scores of a run cannot be worked out by this version of affectbench; None where they can."""
    if facts.get("parser") != PARSER_VERSION:
        return f"its replies were read by version {facts.get('parser')} of the parser, and this is {PARSER_VERSION}"
    form, names = facts["question"]["form"], facts["question"]["metrics"]
    if unknown := next((name for name in names if name not in metrics.names(form)), None):
        return f"this version has no metric {unknown!r}"
    return None


def read_again(facts: Mapping[str, Any], answers: Answers) -> None:
    """Refuse an answer that its reply does not say."""
    for outcome in answers.values():
        if pipeline.read_again(outcome, facts["question"]) != outcome:
            raise RecordError(f"{SAMPLES}: the reply to {outcome.id!r} does not say what was read out of it")


def of_data(facts: Mapping[str, Any], known: Catalogue, roots: Mapping[str, Path]) -> Sequence[Sample] | None:
    """Return the samples of a run from the receiver's own data; None where he does not have them.

    Raises RecordError where the run was made on other data, or by another task file.
    """
    task = _task(facts, known)
    if task is None or not datasets.source_of(task.dataset, roots, {}).complete:
        return None
    variant = Variant.recorded(facts["variant"])
    bound = datasets.bind(task, roots, variant.limit)
    bound = datasets.with_frames(bound, facts["model"].get("frames"))
    own = _plain(manifest.manifest(bound, parse_name(ANYBODY), variant))
    for name in OWN_DATA:
        if own.get(name) != facts.get(name):
            raise RecordError(_other(name, own.get(name), facts.get(name)))
    theirs = facts["data"]
    if not (own["data"]["missing"] or theirs["missing"]) and own["data"]["media"] != theirs["media"]:
        raise RecordError("it was made on other media than these data have: names or sizes of files differ")
    bound = variant.applied(bound)
    for name, value in (("partial", bound.partial), ("mock", bound.mock)):
        if facts[name] != value:
            raise RecordError(f"the manifest says {name} {facts[name]}, and by these data it is {value}")
    return bound.samples


def _other(name: str, own: Any, theirs: Any) -> str:
    if name == "annotations" and isinstance(own, dict) and isinstance(theirs, dict):
        files = sorted(file for file in {*own, *theirs} if own.get(file) != theirs.get(file))
        return f"it was made on other data: {files[0][:200]} is another file than the receiver has"
    return f"it was made by another {name} than the receiver's files have: the same version is needed to verify it"


def same_gold(own: Iterable[Sample], came: Iterable[Sample]) -> None:
    """Refuse gold that is not the receiver's."""
    theirs = {sample.id: gold_line(sample) for sample in came}
    for sample in own:
        if theirs.pop(sample.id, None) != gold_line(sample):
            raise RecordError(f"the gold of {sample.id!r} is another than these data have")
    if theirs:
        raise RecordError(f"the gold of {next(iter(theirs))!r} came along, which is no sample of the task")


def recomputed(folder: Path, facts: Mapping[str, Any], samples: Sequence[Sample], lost: bool) -> dict[str, Any]:
    """Return the results that the answers of a run give; without judges where their verdicts are `lost`."""
    keys = [(sample.id, repeat) for sample in samples for repeat in range(facts["task"]["repeats"])]
    with Record.open(folder, facts) as record:
        results = conclude(facts, samples, record.outcomes(keys))
        return _plain(results if lost else reviewed.added(results, record, (samples, keys), question(facts)))


def same_results(again: Mapping[str, Any], given: Mapping[str, Any], *, lost: bool, facts: Mapping[str, Any]) -> None:
    """Refuse results that the answers do not give. `lost`: what judges gave cannot be worked out again."""
    same = (facts["versions"].get("affectbench") == __version__) and not lost
    for name in again if same else ALWAYS:
        if name == "scores":
            _same_scores(again[name], given[name], lost)
        elif not _alike(again[name], given.get(name)):
            raise RecordError(f"{RESULTS}: {name!r} is not what the answers give")
    if same and (more := sorted(set(given) - set(again))):
        raise RecordError(f"{RESULTS} holds {more[0]!r}, which nothing in the run gives")


def _same_scores(again: Sequence[Mapping[str, Any]], given: Sequence[Mapping[str, Any]], lost: bool) -> None:
    said = {_name(score): score for score in given}
    for score in again:
        other = said.pop(_name(score), None)
        if other is None or not _alike(score, other):
            shown = other and other["value"]
            raise RecordError(f"{RESULTS}: {_called(score)} is {shown}, and {score['value']} follows from the answers")
    if said and not lost:
        strange = _called(next(iter(said.values())))
        raise RecordError(f"{RESULTS} holds {strange}, which does not follow from the answers")


def _name(score: Mapping[str, Any]) -> tuple[Any, ...]:
    group = score["group"] or {}
    named = (score["metric"], score["over"], score["label"], score["fold"])
    return (*named, group.get("name"), group.get("value"))


def _called(score: Mapping[str, Any]) -> str:
    return " ".join(str(part) for part in _name(score) if part is not None)


def _alike(one: Any, other: Any) -> bool:
    """Whether two JSON values are the same, numbers as far as another machine's arithmetic goes."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, int | float) and isinstance(other, int | float):
        return math.isclose(one, other, rel_tol=1e-6, abs_tol=1e-9)
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_alike(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_alike, one, other))
    return bool(one == other)


def _plain(value: Any) -> dict[str, Any]:
    """Return a document as it comes back from a file."""
    found: dict[str, Any] = json.loads(json.dumps(value))
    return found
