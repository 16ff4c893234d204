"""Verdicts become scores: the mean of each scale with its interval, and how far several judges agree.

A sample without an answer counts as the scale's lowest. Where a verdict is missing or could not be read, the mean over
all is withheld, and its two bounds are shown: as if each missing verdict were the lowest, and the highest. A verdict
may leave out a scale that does not apply to its answer, which then does not count in that mean. The sums that a rubric
names are sums of means.
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
from affectbench.records import MANIFEST, Record
from affectbench.records import Key as Asked
from affectbench.scoring.rows import Design, Mask
from affectbench.specs.rubric import RubricSpec
from affectbench.types import Group, Outcome, Sample, Score

RESAMPLES = 1000
MISSING = "lowest"
LOST, UNANSWERED, APART = np.nan, -np.inf, np.inf


@dataclass(frozen=True, slots=True)
class Table:
    """Scores of one rubric (rows, scales), row by row of a run.

    NaN without a verdict, -inf without an answer, inf where the verdict says that a scale does not apply.
    """

    sample: Any
    scores: Array


def added(results: dict[str, Any], record: Record, samples: Sequence[Sample], keys: Sequence[Asked]) -> dict[str, Any]:
    """Return the results of a run with what its judges found under `judged`; as they are where nobody judged it."""
    if not record.manifest.get("judges"):
        return results
    found = documents(record.folder, record.manifest, samples, lambda: record.outcomes(keys))
    return {**results, "judged": found}


def documents(
    folder: Path, facts: Mapping[str, Any], samples: Sequence[Sample], outcomes: Callable[[], Iterator[Outcome]]
) -> list[dict[str, Any]]:
    """Return what `results.json` says of each judge of a run, then of those together that scored by one rubric.

    `facts` is the manifest, whose `judges` name them; `outcomes` gives the run's outcomes, each time from the start.
    """
    found, tables = [], {}
    design = Design(samples, by_fold=False)
    for held in facts.get("judges", ()):
        rubric = _rubric(folder, held)
        lines = _of_run(folder, held, (rubric, facts, samples, outcomes()))
        table = _table(rubric, samples, outcomes(), lines)
        tables[held["file"]] = (held, rubric, table)
        found.append(_document(held, (rubric, facts, lines), design, table))
    return [*found, *_together(list(tables.values()), facts, design)]


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
            given = verdict.scores if verdict else None
            rows[row] = [given.get(name, APART) for name in rubric.scale] if given else LOST
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
    rubric = held["rubric"]
    return {"rubric": rubric["id"], "digest": rubric["digest"][:12], "approximate": rubric.get("approximate")}


def _protocol(facts: Mapping[str, Any], held: Mapping[str, Any], judge: str) -> str:
    """Return under what scores of a judge compare: the task's protocol, the rubric as it is, the judge."""
    return f"{facts['question']['protocol']}+{held['rubric']['id']}#{held['rubric']['digest'][:12]}@{judge}"


def _status(table: Table) -> dict[str, int]:
    first = table.scores[:, 0]
    lost, unanswered = int(np.isnan(first).sum()), int(np.isneginf(first).sum())
    return {"ok": len(first) - lost - unanswered, "judge_error": lost, "unanswered": unanswered}


def _scores(rubric: RubricSpec, design: Design, table: Table, protocol: str) -> list[dict[str, Any]]:
    """Return the mean of each scale, and each sum, over all, over the judged and by every group, as plain scores."""
    found = []
    judged = np.isfinite(table.scores[:, 0])
    every = np.ones(len(judged), bool)
    for name, weights in [*((name, {name: 1.0}) for name in rubric.scale), *rubric.aggregate.items()]:
        values = table.scores[:, [list(rubric.scale).index(scale) for scale in weights]]
        figure = _Figure(np.array([rubric.scale[scale] for scale in weights]), np.array(list(weights.values())))
        more = {"metric": name, "protocol": protocol}
        found.append(figure.of(values, (design, table.sample, every), {**more, "over": "all", "missing": MISSING}))
        found.append(figure.of(values, (design, table.sample, judged), {**more, "over": "ok"}))
        for group, value, members in design.groups():
            where = {**more, "over": "all", "missing": MISSING, "group": Group(name=group, value=value)}
            found.append(figure.of(values, (design, table.sample, members[table.sample]), where))
    return [score.model_dump(mode="json") for score in found]


@dataclass(frozen=True, slots=True)
class _Figure:
    """A sum of the means of scales: their `ends` (scales, 2), each mean times its weight (scales,)."""

    ends: Array
    weights: Array

    def of(self, values: Array, of: tuple[Design, Any, Mask], more: Mapping[str, Any]) -> Score:
        """Return the figure of a selection of rows of `values` (rows, scales); only bounds where a verdict is missing.

        None, too, where a scale applies to none of them.
        """
        design, sample, chosen = of
        values, sample = np.where(np.isneginf(values), self.ends[:, 0], values)[chosen], sample[chosen]
        applies = ~np.isposinf(values)
        n = len(np.unique(sample[applies.any(axis=1)]))
        if not applies.any(axis=0).all():
            return Score(value=None, n=n, **more)
        (stratum,) = design.strata(sample)
        if np.isnan(values).any():
            worst, best = (
                float(self.total(stratum.weight @ _columns(np.where(np.isnan(values), end, values)))[0])
                for end in self.ends.T
            )
            return Score(value=None, low=worst, high=best, n=n, interval="bounds", **more)
        units = Units(_columns(values), stratum.unit, stratum.weight, stratum.count)
        (measured,) = measure([self.total], [units], RESAMPLES, seed=0)
        value = float(measured.estimate[0])
        jackknife = None if measured.jackknife is None else measured.jackknife[:, 0]
        low, high = map(float, self.weights @ self.ends)
        grounds = Grounds(units=stratum.count, trials=n, range=(low, high), clustered=design.clustered)
        bounds = choose(value, measured.replicates[:, 0], jackknife, grounds)
        low_at, high_at, by = (bounds.low, bounds.high, bounds.name) if bounds else (None, None, None)
        return Score(value=value, low=low_at, high=high_at, n=n, interval=by, **more)

    def total(self, sums: Array) -> Array:
        """Return the figure (..., 1) of sums (..., 2 * scales): those of the scores, then how many they are."""
        scores, counts = np.split(sums, 2, axis=-1)
        return ratio(scores, counts, empty=np.nan) @ self.weights[:, None]


def _columns(values: Array) -> Array:
    """Return scores (rows, scales) with 0 for what does not apply, and beside them what does, (rows, 2 * scales)."""
    applies = ~np.isposinf(values)
    return np.concatenate([np.where(applies, values, 0.0), applies.astype(np.float64)], axis=1)


# -- several judges --------------------------------------------------------------------------------------------------


def _together(tables: Sequence[Any], facts: Mapping[str, Any], design: Design) -> Iterator[dict[str, Any]]:
    """Yield the median of the judges that scored by one and the same rubric, with their agreement."""
    digests = list(dict.fromkeys(held["rubric"]["digest"] for held, _, _ in tables))
    for digest in digests:
        alike = [one for one in tables if one[0]["rubric"]["digest"] == digest]
        if len(alike) < 2:
            continue
        held, rubric, first = alike[0]
        every = np.stack([table.scores for _, _, table in alike])
        median = Table(first.sample, np.median(every, axis=0))  # NaN where one of them is missing
        names = [one["judge"]["name"] for one, _, _ in alike]
        yield {
            **_named(held),
            "judge": f"median of {len(alike)}",
            "judges": names,
            "status": _status(median),
            "agreement": list(_agreement(rubric, names, every)),
            "scores": _scores(rubric, design, median, _protocol(facts, held, f"median({', '.join(sorted(names))})")),
        }


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
