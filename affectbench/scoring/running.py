"""The main score while a run goes on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from affectbench.metrics import find
from affectbench.metrics.intervals import Grounds, choose
from affectbench.metrics.ratios import Array
from affectbench.metrics.resample import Kept, OneHot, total
from affectbench.scoring.encoded import ends, read
from affectbench.scoring.forms import encode
from affectbench.scoring.question import Answer, Question
from affectbench.scoring.scorer import Estimate, balanced, columns, number
from affectbench.types import Sample, Status

REPLICATES = 200
PENDING = 512


class Running:
    """The main metric of the answers so far, each sample's first one, in constant memory.

    Its interval is a Poisson bootstrap (each answer counts in each replicate as often as a Poisson number of mean 1
    says), which needs no look back. Samples have their weights; clusters and folds are left to the final score. For a
    metric of ranks all answers are kept, and the interval is left to the final score, too.
    """

    def __init__(self, question: Question, samples: Sequence[Sample]) -> None:
        self._entry = find(question.main, question.form)
        self._encoded = encode(question, samples)
        self._place = {sample.id: index for index, sample in enumerate(samples)}
        weight = np.array([sample.weight for sample in samples], np.float64)
        self._weight = weight / weight.mean()
        self._rng = np.random.default_rng(question.seed)
        self._seen: set[int] = set()
        self._pending: list[tuple[int, Answer]] = []
        self._sum: Any = None
        self._replicates: Array | None = None

    def add(self, sample_id: str, status: Status, value: Any = None, scores: Any = None, turned: bool = False) -> None:
        """Count an answer, by the missing rule if it is not `ok`. Later answers to the sample change nothing."""
        index = self._place[sample_id]
        if index in self._seen:
            return
        self._seen.add(index)
        self._pending.append((index, Answer(sample_id, 0, status, value, scores, turned)))
        if len(self._pending) >= PENDING:
            self._flush()

    def estimate(self) -> Estimate:
        """The main score of the answers so far; a value of None before the first."""
        self._flush()
        if self._sum is None:
            return Estimate(None, 0)
        finish, n = columns(self._entry), len(self._seen)
        value = float(finish(self._sum)[-1])
        if self._replicates is None:
            return Estimate(number(value), n)
        single = self._entry.proportion and not self._entry.per_label
        grounds = Grounds(
            units=n,
            trials=n if single else min(n, max(1.0, balanced(self._entry.rests_on()(self._sum)))),
            range=ends(self._encoded, self._entry),
            proportion=single,
        )
        found = choose(value, finish(self._replicates)[:, -1], None, grounds)
        bounds = (found.low, found.high, found.name) if found else (None, None, None)
        return Estimate(number(value), n, None, *bounds)

    def _flush(self) -> None:
        if not self._pending:
            return
        index, answers = zip(*self._pending, strict=True)
        self._pending = []
        sample = np.array(index, np.intp)
        statistics = self._encoded.statistics(self._entry, sample, read(self._encoded, answers))
        weight = self._weight[sample]
        if isinstance(statistics, Kept):
            self._sum = total(statistics, weight) if self._sum is None else self._sum.beside(total(statistics, weight))
            return
        times = self._rng.poisson(1.0, (REPLICATES, len(sample))) * weight
        if isinstance(statistics, OneHot):
            replicates = np.stack([total(statistics, one) for one in times])
        else:
            replicates = np.tensordot(times, statistics, axes=1)
        self._sum = total(statistics, weight) + (0.0 if self._sum is None else self._sum)
        self._replicates = replicates + (0.0 if self._replicates is None else self._replicates)
