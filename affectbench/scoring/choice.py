"""One of several labels, or the votes of several people for them.

Answers are positions of labels, with their probabilities where a metric looks at those.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from affectbench.errors import DataError
from affectbench.metrics import (
    Entry,
    answer_pairs,
    classification,
    compound,
    conflict,
    faults,
    find,
    reliance,
    soft_labels,
)
from affectbench.metrics.probabilities import Scored, plain
from affectbench.metrics.ratios import Array, mean_defined, ratio
from affectbench.metrics.resample import Index, Statistics
from affectbench.scoring.encoded import MANY, require
from affectbench.scoring.question import Question
from affectbench.types import Sample

VOTED = frozenset({"soft_labels", "soft_sets"})  # modules whose gold are votes
BY_CUE = frozenset({"reliance", "conflict"})  # modules whose gold are the labels of single modalities
PAIRED = frozenset({"answer_pairs"})  # modules for which clusters are pairs
PROBABLE = VOTED | {"calibration", "ranking"}  # modules that read probabilities


class Choice:
    """One of several labels; samples may have options of their own, the label space is then their union."""

    span = 1.0
    rows = 2_000_000

    def __init__(self, question: Question, samples: Sequence[Sample]) -> None:
        own = dict.fromkeys(sample.options or question.labels for sample in samples)
        self.names = tuple(dict.fromkeys([*question.labels, *(label for options in own for label in options)]))
        place = {label: position for position, label in enumerate(self.names)}
        labelled = [sample.gold.label in (sample.options or question.labels) for sample in samples]
        bad = [sample for sample, fine in zip(samples, labelled, strict=True) if not fine]
        if found := faults(question.form, question.metrics, question.main, self.names):
            raise DataError("; ".join(found))  # samples with options of their own
        needing = {find(name, question.form).module for name in question.metrics}
        require(question, needing - VOTED - {"reliance"}, "a gold label among the options", bad)
        require(question, VOTED, "votes", [sample for sample in samples if not _votes(sample)])
        cues = [_cues(sample) for sample in samples]
        require(question, BY_CUE, "labels by modality", [] if any(cues) else samples)
        self.probable = not needing.isdisjoint(PROBABLE)
        self._check_size(question)
        self.gold = np.fromiter((place.get(sample.gold.label or "", -1) for sample in samples), np.intp, len(samples))
        self.votes = soft_labels.matrix([sample.gold.votes or {} for sample in samples], self.names)
        self.cues = np.column_stack([self.gold, reliance.table(cues, self.names)])
        pair = answer_pairs.numbered([sample.cluster for sample in samples])
        require(question, PAIRED, "two samples of one cluster", [] if (pair >= 0).any() else samples)
        self.pairs = np.column_stack([self.gold, pair, np.arange(len(samples))])
        self.parts = {"reliance": reliance.modalities(cues), "conflict": conflict.PARTS}
        self._options(list(own), place)
        kinds = {options: kind for kind, options in enumerate(own)}
        self.kind = np.fromiter((kinds[sample.options or question.labels] for sample in samples), np.intp, len(samples))

    def _check_size(self, question: Question) -> None:
        by_class = [name for name in question.metrics if name not in ("accuracy", "war") and "vote" not in name]
        if len(self.names) > MANY and by_class:
            raise DataError(
                f"{', '.join(by_class)}: {len(self.names)} different options are too many to score by class "
                f"(at most {MANY}); use accuracy"
            )

    def _options(self, own: Sequence[tuple[str, ...]], place: Mapping[str, int]) -> None:
        """`options[kind]` are the positions of a list of options, padded with -1."""
        self.sizes = np.array([len(options) for options in own], np.intp)
        self.options = np.full((len(own), max(self.sizes, default=0)), -1, np.intp)
        for kind, options in enumerate(own):
            self.options[kind, : len(options)] = [place[label] for label in options]

    def read(self, values: Sequence[Any]) -> Index:
        """Positions of labels, -1 for none."""
        return classification.codes(values, self.names)

    def right(self, entry: Entry) -> Index | Scored:
        """The gold label, or the label with most votes and the shares of the votes."""
        if entry.module not in VOTED:
            return self.gold
        return Scored(self.votes[:, :-1].argmax(axis=1), soft_labels.distributions(self.votes))

    def _counts(self) -> Array:
        """How often gold has each label (without a label: its shares of votes), (K,)."""
        votes = self.votes[self.gold < 0]
        shares = ratio(votes, votes.sum(axis=1, keepdims=True))[:, :-1].sum(axis=0)
        counts: Array = np.bincount(self.gold[self.gold >= 0], minlength=len(self.names)) + shares
        return counts.round(9)  # sums of shares differ by rounding where they are tied

    def _by_count(self) -> list[int]:
        """Positions of labels, those most often in gold first; ties: by name."""
        counts = self._counts()
        return sorted(range(len(self.names)), key=lambda place: (-counts[place], self.names[place]))

    def majority(self) -> Index:
        """Of each sample's options the one most often in gold; ties: by name."""
        order = self._by_count()
        rank = np.argsort([*order, len(order)])  # the last is that of the padding
        best: Index = self.options[np.arange(len(self.options)), rank[self.options].argmin(axis=1)][self.kind]
        return best

    def _with(self, shares: Array, answer: Index) -> Index | Scored:
        """An answer, with probabilities of the options by kind of list where a metric looks at them."""
        if not self.probable:
            return answer
        numbers = np.zeros((len(self.options), len(self.names) + 1))  # the last is that of the padding
        np.put_along_axis(numbers, self.options, shares, axis=1)
        return Scored(answer, numbers[self.kind, :-1])

    def _equal(self) -> Array:
        """Equal probabilities of the options, by kind of list."""
        return (self.options >= 0) / self.sizes[:, None]

    def drawn(self, rng: np.random.Generator) -> Index | Scored:
        """One of the options, all equally likely, and said to be."""
        pick = (rng.random(len(self.kind)) * self.sizes[self.kind]).astype(np.intp)
        return self._with(self._equal(), self.options[self.kind, pick])

    def expected(self) -> Iterator[tuple[Index, Array]]:
        """Every option in turn, weighted inversely to the number of options (exactly 1 where that is the same)."""
        most = self.sizes.max()
        for column, options in enumerate(self.options.T):
            yield options[self.kind], np.where(column < self.sizes, most / self.sizes, 0.0)[self.kind]

    @cached_property
    def _prior(self) -> Array:
        """The probability of each option, by kind of list; equal where gold has none of its options."""
        return self._among(self._counts())

    def _among(self, counts: Array) -> Array:
        there = self.options >= 0
        counts = np.where(there, np.append(counts, 0.0)[self.options], 0.0)
        counts = np.where(counts.sum(axis=1, keepdims=True) > 0, counts, there)
        return ratio(counts, counts.sum(axis=1, keepdims=True))

    def drawn_prior(self, rng: np.random.Generator) -> Index | Scored:
        """One of the options, as often as gold has it, and said to be."""
        passed = rng.random(len(self.kind))[:, None] >= self._prior.cumsum(axis=1)[self.kind]
        pick = np.minimum(passed.sum(axis=1), self.sizes[self.kind] - 1)
        return self._with(self._prior, self.options[self.kind, pick])

    def expected_prior(self) -> Iterator[tuple[Index, Array]]:
        """Every option in turn, weighted as often as gold has it."""
        for options, share in zip(self.options.T, self._prior.T, strict=True):
            yield options[self.kind], share[self.kind]

    def constants(self) -> Iterator[tuple[str, Index | Scored]]:
        """Each label, at most `MANY`, a miss where it is not among the options; the commonest option; gold's shares."""
        for rank, place in enumerate(self._by_count()[:MANY]):
            offered = (self.options == place).any(axis=1)
            yield self.names[place], np.where(offered, place, -1)[self.kind]
            if rank == 0 and self.probable:
                yield "the shares that gold has", self._with(self._prior, self.majority())
                yield "equal shares", self._with(self._equal(), self.majority())
                votes = np.nan_to_num(mean_defined(soft_labels.distributions(self.votes), axis=0))
                yield "the mean of the votes", self._with(self._among(votes), self.majority())
        if len(self.options) > 1:
            yield "the commonest option", self.majority()

    def _gold(self, entry: Entry) -> Array | Index:
        """What the metric's module compares answers with."""
        if entry.module in VOTED:
            return self.votes
        by_module = {"reliance": self.cues[:, 1:], "conflict": self.cues, "answer_pairs": self.pairs}
        return by_module.get(entry.module, self.gold)

    def statistics(self, entry: Entry, sample: Index, predicted: Any) -> Statistics:
        """Those of the metric's module, against gold or votes; of too many labels only whether they are right."""
        gold = self._gold(entry)
        predicted = predicted if entry.module in PROBABLE else plain(predicted)
        if entry.module != "compound":
            predicted = _in_label_order(predicted)
        if len(self.names) <= MANY or entry.module in VOTED:
            found: Statistics = entry.load().statistics(gold[sample], predicted, self.names)
            return found
        wrong = np.where(predicted == self.gold[sample], 0, -1)
        return classification.statistics(np.zeros_like(predicted), wrong, ("right",))


def _in_label_order(predicted: Any) -> Any:
    """Answers without the mark that the parts of a compound were named in another order."""
    if isinstance(predicted, Scored):
        return Scored(compound.straight(predicted.answer), predicted.numbers)
    return compound.straight(predicted)


def _cues(sample: Sample) -> Mapping[str, str]:
    """The label of each modality, where the sample has labels by annotator and these are modalities."""
    return {name: label for name, label in (sample.gold.ratings or {}).items() if isinstance(label, str)}


def _votes(sample: Sample) -> bool:
    return any(count > 0 for count in (sample.gold.votes or {}).values())
