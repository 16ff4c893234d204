"""Finished runs of one task side by side: which is better, by how much, and could chance have made the difference.

Runs compare if nothing but the model, its settings and the wording of the prompt differs; anything else is refused with
the reason. Their answers are scored together, so that a sample that is hard for all weighs on none of the differences.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from itertools import islice
from math import nan
from pathlib import Path
from typing import Any

import numpy as np

from affectbench import finished, metrics, records
from affectbench.errors import UsageError, near
from affectbench.finished import Finished
from affectbench.judging import heard
from affectbench.judging.heard import Heard
from affectbench.metrics import Entry, paired
from affectbench.records import MANIFEST
from affectbench.scoring import judged
from affectbench.scoring.forms import encode
from affectbench.scoring.pairs import Difference, Pairs
from affectbench.scoring.rows import Design, Rows, gather
from affectbench.scoring.scorer import Estimate, Scorer, number
from affectbench.types import Sample

SCHEMA = 1
RESAMPLES = 1000
MOST_SHOWN = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """How runs are compared: the metric that ranks them (None: the task's main), the draws, the samples to list."""

    metric: str | None = None
    seed: int = 0
    resamples: int = RESAMPLES
    samples: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrant:
    """One of the runs: the value of the ranking metric with its interval, and the first and last rank it may have."""

    name: str
    path: str
    model: str
    variant: str
    run: str
    observed: bool
    status: dict[str, int]
    value: float | None
    low: float | None
    high: float | None
    interval: str | None
    ranks: tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two of the runs by their places; `p_holm` is p of the ranking metric, corrected for the number of pairs."""

    first: int
    second: int
    p_holm: float | None
    differences: list[Difference]

    def of(self, metric: str) -> Difference:
        """The difference in one metric over all labels."""
        return next(one for one in self.differences if one.metric == metric and one.label is None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two runs: one pair. More: the best against each of the others. `differing`: samples answered differently.

    Where runs are ranked by a judge's scale, `judge` says whose, and `calibrated` whether it passed against people.
    """

    task: str
    protocol: str
    metric: str
    judge: str | None
    calibrated: bool | None
    better: str
    n: int
    units: int
    clustered: bool
    mock: bool
    partial: bool
    seed: int
    resamples: int
    runs: list[Entrant]
    pairs: list[Pair]
    differing: list[dict[str, Any]]

    def document(self) -> dict[str, Any]:
        """The same as plain values, as `--json` prints them."""
        return {"schema": SCHEMA, **asdict(self)}


def run_folders(paths: Iterable[Path]) -> list[Path]:
    """The runs at or below each path, each once. Raises UsageError for a path without any, and for fewer than two."""
    found: dict[Path, Path] = {}
    for path in paths:
        below = records.run_folders(path)
        if not below:
            raise UsageError(f"{path} holds no run: expected a folder with {MANIFEST}, such as runs/TASK/MODEL/ID")
        found.update({folder.resolve(): folder for folder in below})
    if len(found) < 2:
        raise UsageError(f"{next(iter(found.values()), 'nothing')} is a single run: give two or more to compare")
    return list(found.values())


def compare(folders: Sequence[Path], how: How) -> Comparison:
    """Compare the finished runs in `folders`.

    Raises UsageError with the reason where they cannot be compared, RecordError where one cannot be read.
    """
    runs = [finished.load(folder) for folder in folders]
    refuse(runs)
    wanted = how.metric or runs[0].results["main"]
    judges = _judges(runs, wanted) if "/" in wanted else []
    scorer, rows = _judged(runs, judges, (wanted, how)) if judges else _answered(runs, how)
    pairs = Pairs(scorer, scorer.question.entries(), rows)
    main = scorer.question.main_entry()
    scores = [scorer.estimates([main], one)[main.name][-1] for one in rows]
    return Comparison(
        task=runs[0].facts["task"]["id"],
        protocol=scorer.question.protocol or "",
        metric=main.name,
        judge=judges[0].name if judges else None,
        calibrated=all(one.calibrated for one in judges) if judges else None,
        better=main.better,
        n=scorer.design.size,
        units=len(np.unique(scorer.design.unit)),
        clustered=scorer.design.clustered,
        mock=runs[0].facts["mock"],
        partial=runs[0].facts["partial"],
        seed=how.seed,
        resamples=how.resamples,
        runs=_entrants(runs, scores, _ranks(pairs, main, len(runs))),
        pairs=_tested(pairs, main, len(runs)),
        differing=list(islice(differing(runs), how.samples)),
    )


def _answered(runs: Sequence[Finished], how: How) -> tuple[Scorer, list[Rows]]:
    """What scores the answers of all the runs, and these."""
    scorer = _scorer(runs[0], how)
    return scorer, [gather(scorer.design.samples, run.answers, scorer.encoded) for run in runs]


def _judges(runs: Sequence[Finished], wanted: str) -> list[Heard]:
    """What the judge of each run said, by the rubric whose scale is wanted. Raises UsageError where they differ."""
    rubric, _, scale = wanted.rpartition("/")
    found = []
    for run in runs:
        said = heard.read(run.folder, run.facts, run.samples, partial(records.read_outcomes, run.folder))
        if (one := heard.standing(said, rubric)) is None:
            raise UsageError(
                f"{run.folder} was not judged by {rubric!r}: affectbench judge {run.folder} -m MODEL -r {rubric}"
            )
        if scale not in one.rubric.ends:
            raise UsageError(f"the rubric {rubric!r} has no scale {scale!r}{near(scale, one.rubric.ends)}")
        if one.lost:
            raise _failed(run, len(one.lost))
        found.append(one)
    for run, one in zip(runs[1:], found[1:], strict=True):
        if one.who != found[0].who:
            first, other = (f"{said.name} by {rubric} {said.digest[:12]}" for said in (found[0], one))
            raise _refusal("judges (who, or by which rubric)", (runs[0], first), (run, other))
    return found


def _judged(runs: Sequence[Finished], judges: Sequence[Heard], of: tuple[str, How]) -> tuple[Scorer, list[Rows]]:
    """What measures the scales of a rubric, called `RUBRIC/SCALE`, and the scores of each run."""
    wanted, how = of
    rubric, _, scale = wanted.rpartition("/")
    question = judged.scales(judges[0].rubric, runs[0].facts["question"], scale)
    question = replace(
        question, main=wanted, of=f"{rubric}/", seed=how.seed, resamples=how.resamples,
        protocol=judges[0].protocol(question.protocol or ""),
    )  # fmt: skip
    scorer = judged.scorer(question, runs[0].samples)
    return scorer, [judged.rows(scorer, one.answers) for one in judges]


def _scorer(run: Finished, how: How) -> Scorer:
    """What scores all the runs; a metric that the task does not have is scored beside those that it has."""
    asked = finished.question(run.facts)
    wanted = how.metric or asked.main
    if wanted not in (known := metrics.names(asked.form)):
        raise UsageError(f"answers of form {asked.form!r} have no metric {wanted!r}{near(wanted, known)}")
    both = dict.fromkeys((*asked.metrics, wanted))
    question = replace(asked, metrics=tuple(both), main=wanted, seed=how.seed, resamples=how.resamples)
    design = Design(run.samples, by_fold=question.folds == "mean")
    return Scorer(question, encode(question, run.samples), design)


def _entrants(runs: Sequence[Finished], scores: Sequence[Estimate], ranks: Sequence[Sequence[int]]) -> list[Entrant]:
    return [
        Entrant(
            name=name,
            path=str(run.folder),
            **{key: run.results[key] for key in ("model", "variant", "run", "observed", "status")},
            **{key: getattr(score, key) for key in ("value", "low", "high", "interval")},
            ranks=(int(first), int(last)),
        )
        for name, run, score, (first, last) in zip(_names(runs), runs, scores, ranks, strict=True)
    ]


def _names(runs: Sequence[Finished]) -> list[str]:
    """The models' names, with the wording and the run's id where they are needed to tell two apart."""
    parts = [(run.results["model"], run.results["variant"], run.results["run"], str(run.folder)) for run in runs]
    for length in range(1, 5):
        if len({part[:length] for part in parts}) == len(parts):
            break
    return [" · ".join(part[:length]) for part in parts]


def _ranks(pairs: Pairs, main: Entry, runs: int) -> Sequence[Sequence[int]]:
    measured = [pairs.measured(main, place) for place in range(runs)]
    replicates = np.stack([one.replicates[:, -1] for one in measured], axis=1)
    estimates = np.array([one.estimate[-1] for one in measured])
    found: list[list[int]] = paired.possible_ranks(estimates, replicates, main.better == "high").tolist()
    return found


def _tested(pairs: Pairs, main: Entry, runs: int) -> list[Pair]:
    """The two runs as they were given; of more, the best against the others, from the next best on."""
    values = [pairs.measured(main, place).estimate[-1] for place in range(runs)]
    goodness = np.nan_to_num(np.array(values) * (1 if main.better == "high" else -1), nan=-np.inf)
    order = range(2) if runs == 2 else np.argsort(-goodness, kind="stable")
    best, *others = (int(place) for place in order)
    found = [pairs.differences(best, other) for other in others]
    tested = [next(one.p for one in each if one.metric == main.name and one.label is None) for each in found]
    corrected = paired.holm([nan if p is None else p for p in tested])
    return [
        Pair(first=best, second=other, p_holm=number(p), differences=differences)
        for other, p, differences in zip(others, corrected, found, strict=True)
    ]


def differing(runs: Sequence[Finished]) -> Iterator[dict[str, Any]]:
    """The samples that not all runs answered alike: id, gold, and each run's answers (None where there is none)."""
    said: list[dict[str, list[Any]]] = []
    for run in runs:
        answers: dict[str, list[Any]] = {sample.id: [] for sample in run.samples}
        for answer in sorted(run.answers, key=lambda answer: answer.repeat):
            answers[answer.id].append(answer.value if answer.status == "ok" else None)
        said.append(answers)
    for sample in runs[0].samples:
        found = [answers[sample.id] for answers in said]
        if any(one != found[0] for one in found):
            shown = [one[0] if len(one) == 1 else one for one in found]
            yield {"id": sample.id, "gold": _gold(sample), "answers": shown}


def _gold(sample: Sample) -> Any:
    gold = sample.gold
    every = (gold.label, gold.labels, gold.levels, gold.text, gold.votes, gold.ratings)
    return next((one for one in every if one is not None), None)


def refuse(runs: Sequence[Finished]) -> None:
    """Raise UsageError with the reason if runs cannot be compared."""
    first = runs[0]
    for run in runs:
        if count := sum(answer.status == "judge_error" for answer in run.answers):
            raise _failed(run, count)
    for other in runs[1:]:
        for what, of in _SAME.items():
            if (a := of(first)) != (b := of(other)):
                raise _refusal(what, (first, _told(a)), (other, _told(b)))
        _same_samples(first, other)


def _failed(run: Finished, count: int) -> UsageError:
    return UsageError(
        f"cannot be compared: in {run.folder} a judge failed for {count} answers, so its scores are bounds: "
        "the command that judged it asks the judge again"
    )


def _question_field(name: str) -> Callable[[Finished], Any]:
    return lambda run: run.facts["question"][name]


_SAME: dict[str, Callable[[Finished], Any]] = {
    "tasks": lambda run: run.facts["task"]["id"],
    "versions of the task": lambda run: run.facts["versions"]["task"],
    "protocols": _question_field("protocol"),
    "data": lambda run: "mock data" if run.facts["mock"] else "real data",
    "targets": _question_field("target"),
    "answer forms": _question_field("form"),
    "labels": _question_field("labels"),
    "levels": _question_field("levels"),
    "ways to average folds": _question_field("folds"),
    "lexicons": lambda run: run.facts["question"].get("lexicon"),
    "metrics": _question_field("metrics"),
    "main metrics": _question_field("main"),
    "main scales": lambda run: run.facts["question"].get("judged"),
    "versions of metrics": lambda run: run.results["versions"]["metrics"],
}
"""What must be the same in runs that are compared."""


def _same_samples(first: Finished, other: Finished) -> None:
    golds = [{sample.id: replace(sample, group={}) for sample in run.samples} for run in (first, other)]
    for here, there, run in ((golds[0], golds[1], first), (golds[1], golds[0], other)):
        if alone := [name for name in here if name not in there]:
            sizes = [
                f"{len(held)}{' (partial)' if one.facts['partial'] else ''}"
                for one, held in zip((first, other), golds, strict=True)
            ]
            only = f"{len(alone)} samples, the first is {alone[0]!r}, are in {run.folder} alone"
            raise _refusal("samples", (first, sizes[0]), (other, f"{sizes[1]}; {only}"))
    if unlike := [name for name, sample in golds[0].items() if sample != golds[1][name]]:
        name = unlike[0]
        what = f"gold of {len(unlike)} samples (or their options, weight, cluster or fold), the first is {name!r},"
        raise _refusal(
            what, *((run, _told(_gold(gold[name]))) for run, gold in zip((first, other), golds, strict=True))
        )


def _refusal(what: str, first: tuple[Finished, str], second: tuple[Finished, str]) -> UsageError:
    (one, a), (other, b) = first, second
    return UsageError(f"cannot be compared: the {what} differ: {one.folder} has {a}, {other.folder} has {b}")


def _told(value: Any) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    return text if len(text) <= MOST_SHOWN else text[: MOST_SHOWN - 1] + "…"
