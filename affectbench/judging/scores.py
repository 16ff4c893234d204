"""Verdicts become scores: the mean of each scale with its interval, and how far several judges agree.

A sample without an answer counts as the scale's lowest. Where a verdict is missing or could not be read, the mean over
all is withheld, and its two bounds are shown: as if each missing verdict were the lowest, and the highest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from affectbench.errors import RecordError
from affectbench.judging import agreement, verdicts
from affectbench.judging.cases import cases
from affectbench.judging.verdicts import Key, Verdict
from affectbench.metrics.intervals import Grounds, choose
from affectbench.metrics.ratios import Array, ratio
from affectbench.metrics.resample import Units, measure
from affectbench.records import MANIFEST
from affectbench.records import Key as Asked
from affectbench.scoring.rows import Design, Mask
from affectbench.specs.rubric import RubricSpec
from affectbench.types import Group, Outcome, Sample, Score

RESAMPLES = 1000
MISSING = "lowest"
LOST, UNANSWERED = np.nan, -np.inf


@dataclass(frozen=True, slots=True)
class Table:
    """Scores of one rubric (rows, scales), row by row of a run: NaN without a verdict, -inf without an answer."""

    sample: Any
    scores: Array


def documents(
    folder: Path, facts: Mapping[str, Any], samples: Sequence[Sample], outcomes: Callable[[], Iterator[Outcome]]
) -> list[dict[str, Any]]:
    """Return what `results.json` says of each judge of a run, then of those together that scored by one rubric.

    `facts` is the manifest, whose `judges` name them; `outcomes` gives the run's outcomes, each time from the start.
    """
    found, every = [], []
    design = Design(samples, by_fold=False)
    for held, rubric, lines, table in _tables(folder, facts, samples, outcomes):
        every.append((held, rubric, table))
        found.append(_document(held, (rubric, facts, lines), design, table))
    return [*found, *_together(every, facts, design)]


def tables(
    folder: Path, facts: Mapping[str, Any], samples: Sequence[Sample], outcomes: Callable[[], Iterator[Outcome]]
) -> list[tuple[list[str], Table]]:
    """Return the scales and the table of scores of each of `documents`, in the same order; arguments are the same."""
    every = [(held, rubric, table) for held, rubric, _, table in _tables(folder, facts, samples, outcomes)]
    alone = [(list(rubric.scale), table) for _, rubric, table in every]
    return [*alone, *((list(rubric.scale), median) for _, rubric, median in _medians(every))]


def _tables(
    folder: Path, facts: Mapping[str, Any], samples: Sequence[Sample], outcomes: Callable[[], Iterator[Outcome]]
) -> Iterator[Any]:
    """Yield each judge with its rubric, its verdicts and the table of their scores."""
    for held in facts.get("judges", ()):
        rubric = _rubric(folder, held)
        lines = _of_run(folder, held, (rubric, facts, samples, outcomes()))
        yield held, rubric, lines, _table(rubric, samples, outcomes(), lines)


def _rubric(folder: Path, held: Mapping[str, Any]) -> RubricSpec:
    """Return the rubric that a manifest holds, which somebody else may have written."""
    try:
        return RubricSpec.model_validate({name: value for name, value in held["rubric"].items() if name != "digest"})
    except ValidationError as error:
        raise RecordError(f"{folder / MANIFEST}: not a rubric ({error.error_count()} faults)") from None


def _of_run(folder: Path, held: Mapping[str, Any], judged: Any) -> dict[Asked, Verdict | None]:
    """Return the verdict on each answer of a run, None where there is none."""
    known = verdicts.read(folder / held["file"])
    who = held["rubric"]["digest"], held["judge"]["verdicts"]
    return {case.key: known.get(Key(case.id, case.repeat, *who, case.digest)) for case in cases(*judged)}


def _table(
    rubric: RubricSpec, samples: Sequence[Sample], outcomes: Iterator[Outcome], lines: Mapping[Asked, Verdict | None]
) -> Table:
    place = {sample.id: index for index, sample in enumerate(samples)}
    statuses = {(o.id, o.repeat): o.status for o in outcomes if o.id in place}
    asked = {sample for sample, _ in statuses}
    keys = [*statuses, *((sample.id, 0) for sample in samples if sample.id not in asked)]
    keys.sort(key=lambda key: (place[key[0]], key[1]))
    rows = np.full((len(keys), len(rubric.scale)), UNANSWERED)
    for row, key in enumerate(keys):
        if key in lines:
            verdict = lines[key]
            rows[row] = [verdict.scores[name] for name in rubric.scale] if verdict and verdict.scores else LOST
    return Table(np.array([place[key[0]] for key in keys], np.intp), rows)


def _document(held: Mapping[str, Any], of: Any, design: Design, table: Table) -> dict[str, Any]:
    rubric, facts, lines = of
    given = [verdict for verdict in lines.values() if verdict]
    served = Counter(v.response.served for v in given if v.response and v.response.served)
    return {
        **_named(held),
        "judge": held["judge"]["name"],
        "revision": held["judge"].get("revision"),
        "pinned": held["judge"]["pinned"],
        "served": dict(sorted(served.items())),
        "calibration": held.get("calibration"),
        "status": _status(table),
        "flagged": sum(bool(verdict.flags) for verdict in given),
        "scores": _scores(rubric, design, table, _protocol(facts, held, held["judge"]["name"])),
    }


def _named(held: Mapping[str, Any]) -> dict[str, Any]:
    return {"rubric": held["rubric"]["id"], "digest": held["rubric"]["digest"][:12]}


def _protocol(facts: Mapping[str, Any], held: Mapping[str, Any], judge: str) -> str:
    """Return under what scores of a judge compare: the task's protocol, the rubric as it is, the judge."""
    return f"{facts['question']['protocol']}+{held['rubric']['id']}#{held['rubric']['digest'][:12]}@{judge}"


def _status(table: Table) -> dict[str, int]:
    first = table.scores[:, 0]
    lost, unanswered = int(np.isnan(first).sum()), int(np.isneginf(first).sum())
    return {"ok": len(first) - lost - unanswered, "judge_error": lost, "unanswered": unanswered}


def _scores(rubric: RubricSpec, design: Design, table: Table, protocol: str) -> list[dict[str, Any]]:
    """Return each scale's mean over all, over the judged answers, and by every group, as plain scores."""
    found = []
    judged = np.isfinite(table.scores[:, 0])
    every = np.ones(len(judged), bool)
    for column, (name, ends) in enumerate(rubric.scale.items()):
        values, more = table.scores[:, column], {"metric": name, "protocol": protocol}
        found.append(_mean(values, ends, (design, table.sample, every), {**more, "over": "all", "missing": MISSING}))
        found.append(_mean(values, ends, (design, table.sample, judged), {**more, "over": "ok"}))
        for group, value, members in design.groups():
            where = {**more, "over": "all", "missing": MISSING, "group": Group(name=group, value=value)}
            found.append(_mean(values, ends, (design, table.sample, members[table.sample]), where))
    return [score.model_dump(mode="json") for score in found]


def _mean(values: Array, ends: tuple[float, float], of: tuple[Design, Any, Mask], more: Mapping[str, Any]) -> Score:
    """Return the mean of a selection of rows; only its bounds where a verdict is missing."""
    design, sample, chosen = of
    values, sample = np.where(np.isneginf(values), ends[0], values)[chosen], sample[chosen]
    if not len(values):
        return Score(value=None, n=0, **more)
    n = len(np.unique(sample))
    (stratum,) = design.strata(sample)
    if np.isnan(values).any():
        worst, best = (float(np.average(np.nan_to_num(values, nan=end), weights=stratum.weight)) for end in ends)
        return Score(value=None, low=worst, high=best, n=n, interval="bounds", **more)
    columns = np.stack([values, np.ones(len(values))], axis=1)
    units = Units(columns, stratum.unit, stratum.weight, stratum.count)
    (measured,) = measure([_share], [units], RESAMPLES, seed=0)
    value = float(measured.estimate[0])
    jackknife = None if measured.jackknife is None else measured.jackknife[:, 0]
    grounds = Grounds(units=stratum.count, trials=n, range=ends, clustered=design.clustered)
    bounds = choose(value, measured.replicates[:, 0], jackknife, grounds)
    low, high, by = (bounds.low, bounds.high, bounds.name) if bounds else (None, None, None)
    return Score(value=value, low=low, high=high, n=n, interval=by, **more)


def _share(sums: Array) -> Array:
    return ratio(sums[..., :-1], sums[..., -1:])


# -- several judges --------------------------------------------------------------------------------------------------


def _together(tables: Sequence[Any], facts: Mapping[str, Any], design: Design) -> Iterator[dict[str, Any]]:
    """Yield the median of the judges that scored by one and the same rubric, with their agreement."""
    for alike, rubric, median in _medians(tables):
        held = alike[0][0]
        every = np.stack([table.scores for _, _, table in alike])
        names = [one["judge"]["name"] for one, _, _ in alike]
        yield {
            **_named(held),
            "judge": f"median of {len(alike)}",
            "judges": names,
            "status": _status(median),
            "agreement": list(_agreement(rubric, names, every)),
            "scores": _scores(rubric, design, median, _protocol(facts, held, f"median({', '.join(sorted(names))})")),
        }


def _medians(tables: Sequence[Any]) -> Iterator[tuple[list[Any], RubricSpec, Table]]:
    """Yield those of several judges who scored by the same rubric, the rubric, and the table of their medians."""
    for digest in dict.fromkeys(held["rubric"]["digest"] for held, _, _ in tables):
        alike = [one for one in tables if one[0]["rubric"]["digest"] == digest]
        if len(alike) > 1:
            every = np.stack([table.scores for _, _, table in alike])
            yield alike, alike[0][1], Table(alike[0][2].sample, np.median(every, axis=0))  # NaN where one is missing


def _agreement(rubric: RubricSpec, names: Sequence[str], every: Array) -> Iterator[dict[str, Any]]:
    """Yield how far judges agree on the answers that all of them scored: together, and each pair."""
    scored = np.isfinite(every).all(axis=(0, 2))
    for column, (name, ends) in enumerate(rubric.scale.items()):
        ratings = every[:, scored, column]
        alpha = agreement.measured(agreement.alpha, ratings)
        pairs = [
            {"judges": [names[i], names[j]], **agreement.measured(agreement.kappa(ends), ratings[[i, j]])}
            for i, j in combinations(range(len(names)), 2)
        ]
        yield {"scale": name, "krippendorff_alpha": alpha, "weighted_kappa": pairs}
