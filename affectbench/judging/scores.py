"""Verdicts become scores: the mean of each scale with its interval, and how far several judges agree.

A sample without an answer counts as the scale's lowest. Where a verdict is missing or could not be read, the mean over
all is withheld, and its two bounds are shown: as if each missing verdict were the lowest, and the highest. A verdict
may leave out a scale that does not apply to its answer, which then does not count in that mean. The sums that a rubric
names are sums of means.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np

from affectbench.judging import agreement, heard, pairs, verdicts
from affectbench.judging.heard import Heard
from affectbench.records import Key, Record
from affectbench.scoring import Answer, judged
from affectbench.scoring.groups import groups
from affectbench.scoring.judged import Scales
from affectbench.types import Outcome, Sample

Answered = tuple[Sequence[Sample], Sequence[Outcome]]
"""The samples of a run, and its outcomes."""


def added(results: dict[str, Any], record: Record, answered: Answered, found: Sequence[Heard]) -> dict[str, Any]:
    """Return the results of a run with what its judges (`found`) said, and with what is missing of it.

    `judged` has an element for each of `everybody`. `status` counts an answer without a verdict of a rubric of the
    task as `judge_error`. Where the task ranks by a scale, that is the main score.
    """
    (samples, outcomes), facts = answered, record.manifest
    judges = [_document(one, facts, samples) for one in everybody(found)]
    results = {**results, "judged": judges} if judges else results
    if compared := pairs.documents(record.folder, facts, answered):
        results = {**results, "pairwise": compared}
    unjudged = heard.unjudged(outcomes)
    counts, gone = results["status"], len(lost(facts, found, unjudged))
    counts = {**counts, "ok": counts["ok"] - gone, "judge_error": counts["judge_error"] + gone}
    results = {**results, "status": counts}
    return _with_main(results, facts, samples, (found, unjudged))


def everybody(found: Sequence[Heard]) -> list[Heard]:
    """Return each judge, and after them those together that scored by one rubric."""
    return [*found, *heard.together(found)]


# -- each judge ------------------------------------------------------------------------------------------------------


def _document(one: Heard, facts: Mapping[str, Any], samples: Sequence[Sample]) -> dict[str, Any]:
    """Return what `results.json` says of a judge, or of several together."""
    measure = judged.scorer(_scales(one, facts), samples)
    rows = judged.rows(measure, one.answers)
    counts = Counter(answer.status for answer in one.answers)
    waiting = len(rows) - counts["ok"] - counts["judge_error"]
    return {
        "rubric": one.held["rubric"]["id"],
        "digest": one.digest[:12],
        "approximate": one.rubric.approximate,
        "judge": one.name,
        **(_several(one) if one.several else _single(one)),
        "status": {"ok": counts["ok"], "judge_error": counts["judge_error"], "unanswered": waiting},
        "scores": [score.model_dump(mode="json") for score in judged.scores(measure, rows)],
    }


def _scales(one: Heard, facts: Mapping[str, Any], main: str = "") -> Scales:
    asked = facts["question"]
    return replace(judged.scales(one.rubric, asked, main), protocol=one.protocol(asked["protocol"]))


def _single(one: Heard) -> dict[str, Any]:
    given = [verdict for verdict in one.lines.values() if verdict]
    return {
        "verdicts": one.held["file"],
        "revision": one.held["judge"].get("revision"),
        "pinned": one.held["judge"]["pinned"],
        "served": verdicts.served(given),
        "calibration": one.held.get("calibration"),
        "flagged": sum(bool(verdict.flags) for verdict in given),
        "usage": verdicts.usage(given),
    }


def _several(one: Heard) -> dict[str, Any]:
    names = [judge.name for judge in one.several]
    return {"judges": names, "agreement": list(_agreement(one, names))}


def _agreement(one: Heard, names: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield how far judges agree on the answers that all of them scored on a scale: together, and each pair."""
    rows = zip(*(judge.answers for judge in one.several), strict=True)
    scored = [[answer.value for answer in row] for row in rows if all(answer.value is not None for answer in row)]
    every = np.array(scored, np.float64).reshape(len(scored), len(names), len(one.rubric.scale))
    for column, (name, ends) in enumerate(one.rubric.scale.items()):
        ratings = every[np.isfinite(every[:, :, column]).all(axis=1), :, column].T
        alpha = agreement.measured(agreement.alpha, ratings)
        pairs = [
            {"judges": [names[i], names[j]], **agreement.measured(agreement.kappa(ends), ratings[[i, j]])}
            for i, j in combinations(range(len(names)), 2)
        ]
        yield {"scale": name, "krippendorff_alpha": alpha, "weighted_kappa": pairs}


# -- the run ---------------------------------------------------------------------------------------------------------


def lost(facts: Mapping[str, Any], found: Sequence[Heard], unjudged: Sequence[Answer]) -> set[Key]:
    """Return the answers that lack a verdict of a rubric of the task; they are `judge_error`, and no longer `ok`.

    Where the task names a rubric and no judge, and nobody has judged the run, nothing is missing yet; but a scale that
    is its main score is.
    """
    main = facts["question"].get("judged", {}).get("rubric")
    lost: set[Key] = set()
    for text in facts.get("judge", ()):
        rubric, _, model = text.partition("@")
        if one := heard.standing(found, rubric):
            lost |= one.lost
        elif model or rubric == main:
            lost |= {(answer.id, answer.repeat) for answer in unjudged if answer.status == "judge_error"}
    return lost


def _with_main(
    results: dict[str, Any], facts: Mapping[str, Any], samples: Sequence[Sample], of: tuple[Sequence[Heard], Any]
) -> dict[str, Any]:
    """Put the scale by which the task ranks into the place of the main metric."""
    (found, unjudged), wish = of, facts["question"].get("judged")
    if wish is None:
        return results
    one = heard.standing(found, wish["rubric"])
    name = f"{wish['rubric']}/{wish['scale']}"
    judge = one if one and wish["scale"] in one.rubric.ends else None
    question = _scales(judge, facts, wish["scale"]) if judge else _unasked(facts, wish)
    measure = judged.scorer(question, samples)
    rows = judged.rows(measure, judge.answers if judge else unjudged)
    scores = [score for score in judged.scores(measure, rows) if score.metric == wish["scale"]]
    by_group = groups(measure, rows, [score for score in scores if score.group])
    return {
        **results,
        "protocol": question.protocol,
        "main": name,
        "main_by": {
            "rubric": wish["rubric"],
            "digest": one.digest[:12] if one else None,
            "judge": one.name if one else None,
            "calibrated": bool(one and one.calibrated),
        },
        "scores": [
            *(score.model_copy(update={"metric": name}).model_dump(mode="json") for score in scores),
            *results["scores"],
        ],
        "above": None,
        "groups": [{**group, "metric": name} for group in by_group],
    }


def by_group(
    found: Sequence[Heard], facts: Mapping[str, Any], samples: Sequence[Sample], scale: str
) -> list[dict[str, Any]] | None:
    """Return a scale, `RUBRIC/SCALE`, by every group, as `groups` of `results.json`; None where nobody judged it."""
    rubric, _, name = scale.rpartition("/")
    one = heard.standing(found, rubric)
    if one is None or name not in one.rubric.ends:
        return None
    measure = judged.scorer(_scales(one, facts, name), samples)
    rows = judged.rows(measure, one.answers)
    scores = [score for score in judged.scores(measure, rows) if score.metric == name and score.group]
    return [{**group, "metric": scale} for group in groups(measure, rows, scores)]


def _unasked(facts: Mapping[str, Any], wish: Mapping[str, Any]) -> Scales:
    """The scale of a run that nobody has judged."""
    asked = facts["question"]
    found = judged.of_scale({wish["scale"]: tuple(wish["range"])}, asked, wish["scale"])
    return replace(found, protocol=f"{asked['protocol']}+{wish['rubric']}")
