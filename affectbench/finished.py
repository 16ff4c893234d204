"""A run whose answers are there, read back: its question, its answers, and what `results.json` says of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from affectbench import lexicons, manifest, metrics, scoring
from affectbench.clues.rationale import Circumstances, Rationales, hidden
from affectbench.datasets.varying import PARTS as ABLATED
from affectbench.errors import RecordError
from affectbench.manifest import Variant
from affectbench.metrics import compound
from affectbench.records import (
    GOLD,
    MANIFEST,
    RESULTS,
    SAMPLES,
    read_finished,
    read_outcomes,
    read_results,
    read_samples,
)
from affectbench.scoring import Answer, Question
from affectbench.types import STATUSES, Outcome, Parsed, Sample


def question(facts: Mapping[str, Any]) -> Question:
    """Return what decides the scores of a run, from its manifest.

    Raises RecordError or UsageError where words were compared by a lexicon that is not here, or is another one now.
    """
    fields = facts["question"]
    held = fields.get("lexicon")
    return Question(
        form=fields["form"],
        metrics=tuple(fields["metrics"]),
        main=fields["main"],
        labels=tuple(fields["labels"]),
        levels=tuple((name, low, high) for name, low, high in fields["levels"]),
        target=fields["target"],
        protocol=fields["protocol"],
        folds=fields["folds"],
        seed=fields["seed"],
        people=fields.get("people"),
        lexicon=(rationales(facts) if fields["form"] == "text" else lexicons.of_record(held)) if held else None,
    )


def rationales(facts: Mapping[str, Any]) -> Rationales:
    """Return the reader of the rationales of a run, from its manifest; errors are those of `question`."""
    fields, known = facts["question"], facts["question"].get("rationale", {})
    wish = Variant.recorded(facts["variant"]).ablate
    gone = {kind for letter in wish.parts for kind in ABLATED[letter] or ("text",)} if wish else set()
    return Rationales(
        lexicons.spec_of_record(fields["lexicon"]),
        Circumstances(
            labels=tuple(fields["labels"]),
            synonyms=tuple((name, tuple(others)) for name, others in fields["synonyms"]),
            units=tuple(known.get("units", ())),
            hidden=hidden(set(known.get("shown", ())) - gone),
        ),
    )


def answer(outcome: Outcome) -> Answer:
    """Return what scoring needs of an outcome."""
    read = outcome.parsed
    if read is None:
        return Answer(outcome.id, outcome.repeat, outcome.status)
    return Answer(outcome.id, outcome.repeat, outcome.status, read.value, read.scores, _turned(outcome, read))


def _turned(outcome: Outcome, read: Parsed) -> bool:
    """Whether the words that were read as a compound label name its parts in another order."""
    if not isinstance(read.value, str) or read.span is None or not outcome.responses:
        return False
    said = (outcome.responses[-1].text or "")[slice(*read.span)]
    return compound.turned(said, read.value)


def conclude(facts: Mapping[str, Any], samples: Sequence[Sample], outcomes: Iterable[Outcome]) -> dict[str, Any]:
    """Return what `results.json` holds; nothing in it depends on place or time."""
    counts = dict.fromkeys(STATUSES, 0)
    heard = _Heard()
    found = []
    for outcome in outcomes:
        counts[outcome.status] += 1
        found.append(answer(outcome))
        heard.add(outcome)
    asked = question(facts)
    scored = scoring.score(asked, samples, found)
    return {
        "schema": manifest.SCHEMA,
        "task": facts["task"]["id"],
        "model": facts["model"]["name"],
        "run": facts["run"],
        "n": len(samples),
        "protocol": asked.protocol,
        "versions": {
            "task": facts["versions"]["task"],
            "metrics": {name: metrics.find(name, asked.form).version for name in asked.metrics},
            **({"lexicon": facts["question"]["lexicon"]["digest"]} if asked.lexicon else {}),
        },
        "main": asked.main,
        **{name: facts[name] for name in ("partial", "mock", "observed")},
        "proof": facts.get("proof"),
        "served": dict(sorted(heard.served.items())),
        "variant": Variant.recorded(facts["variant"]).said,
        **({"shard": "{index}/{of}".format(**shard)} if (shard := facts["variant"].get("shard")) else {}),
        "status": counts,
        "scores": [score.model_dump(mode="json") for score in scored.scores],
        **{name: getattr(scored, name) for name in ("tables", "baselines", "baselines_by", "above", "groups")},
        "usage": heard.usage,
    }


@dataclass(slots=True)
class _Heard:
    """What the replies say of themselves: which model ids answered, and how many tokens it took."""

    served: Counter[str] = field(default_factory=Counter)
    usage: dict[str, int] = field(default_factory=lambda: {"prompt_tokens": 0, "completion_tokens": 0})

    def add(self, outcome: Outcome) -> None:
        for response in outcome.responses:
            self.served.update([response.served] if response.served else [])
            for name in self.usage:
                self.usage[name] += getattr(response.usage, name, None) or 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A finished run, read back and checked: its manifest, its results, its samples with gold, and its answers."""

    folder: Path
    facts: dict[str, Any]
    results: dict[str, Any]
    samples: list[Sample]
    answers: list[Answer]


def load(folder: Path) -> Finished:
    """Return a finished run. Raises RecordError for one that is not finished, not whole, or of another schema."""
    facts, results = read_finished(folder), read_results(folder)
    for name, found in ((MANIFEST, facts), (RESULTS, results)):
        if found.get("schema") != manifest.SCHEMA:
            known = f"this version of affectbench reads schema {manifest.SCHEMA}"
            raise RecordError(f"{folder / name}: {known}, and this is {found.get('schema')!r}")
    if results["run"] != facts["run"]:
        raise RecordError(f"{folder}: {RESULTS} is of run {results['run']}, {MANIFEST} of run {facts['run']}")
    samples = read_samples(folder)
    ids = {sample.id for sample in samples}
    if not samples or len(ids) < len(samples):
        raise RecordError(f"{folder / GOLD}: expected the samples of the run, each once; it holds {len(samples)}")
    answers = [_checked(outcome, facts, folder) for outcome in read_outcomes(folder)]
    held = Counter(found.status for found in answers)
    if _before_judges({name: held[name] for name in STATUSES}) != _before_judges(
        results["status"]
    ) or not ids.issuperset(a.id for a in answers):
        raise RecordError(
            f"{folder}: {SAMPLES} holds other answers than {RESULTS} counts, or than {GOLD} has samples for: "
            "lines were lost or changed after the run ended; copy the folder anew"
        )
    return Finished(folder=folder, facts=facts, results=results, samples=samples, answers=answers)


def _before_judges(status: Mapping[str, int]) -> dict[str, int]:
    """Return how many answers ended how, where no judge has looked at them."""
    return {**status, "ok": status["ok"] + status["judge_error"], "judge_error": 0}


_VALUES: dict[str, type] = {"choice": str, "labels": tuple, "open": tuple, "levels": dict, "text": str}


def _checked(outcome: Outcome, facts: Mapping[str, Any], folder: Path) -> Answer:
    """Return what scoring needs of an outcome that somebody else may have written."""
    found, form = answer(outcome), facts["question"]["form"]
    if found.status == "ok" and not isinstance(found.value, _VALUES[form]):
        raise RecordError(f"{folder / SAMPLES}: the answer to {found.id!r} is not one of form {form!r}")
    return found
