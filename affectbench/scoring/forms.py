"""Gold and answers of each form as the arrays that metrics read.

An `Encoded` holds the gold of all samples. Answers are arrays with one row an answer, in which a missing answer is -1,
NaN or None, as the metrics expect.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from affectbench.errors import DataError
from affectbench.metrics import Entry, classification, find, multilabel, soft_labels
from affectbench.metrics.ratios import Array, mean_defined, ratio
from affectbench.metrics.resample import Index, Statistics
from affectbench.scoring.question import Question
from affectbench.types import Sample

MANY = 256  # labels; a table of more has no use and no room


class Encoded(Protocol):
    """The gold of a task in the shape that one answer form needs."""

    names: tuple[str, ...]  # what per-label metrics have a value for
    span: float  # how far an answer can be from gold
    rows: int  # answers drawn to simulate chance

    def read(self, values: Sequence[Any]) -> Any:
        """Answers as an array; None is a missing one."""

    def right(self, entry: Entry) -> Any:
        """The best answer to each sample."""

    def majority(self) -> Any:
        """The answer to each sample that looks at gold's frequencies alone."""

    def drawn(self, rng: np.random.Generator) -> Any:
        """A random answer to each sample."""

    def expected(self) -> Iterator[tuple[Any, Array]]:
        """Answers with weights that together are a random answer to each sample; the scale of the weights is free."""

    def statistics(self, entry: Entry, sample: Index, predicted: Any) -> Statistics:
        """The metric's statistics of answers to `sample`, one row an answer."""


def encode(question: Question, samples: Sequence[Sample]) -> Encoded:
    """The gold of `samples` for the metrics of `question`; DataError names what gold lacks."""
    if question.form == "choice":
        return Choice(question, samples)
    if question.form == "labels":
        return LabelSets(question, samples)
    if question.form == "levels":
        return Levels(question, samples)
    return Words(question, samples)


def require(question: Question, module: str | None, what: str, bad: Sequence[Sample]) -> None:
    """Raise DataError if samples lack `what`, which the metrics of `module` (None: all of them) need."""
    needing = [name for name in question.metrics if module in (None, find(name, question.form).module)]
    if bad and needing:
        raise DataError(
            f"{', '.join(needing)} needs {what}; target {question.target or question.form!r} has none for "
            f"{len(bad)} samples, the first is {bad[0].id!r}: choose another target or metric, "
            "or leave them out by `where`"
        )


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
        require(question, "classification", "a gold label among the options", bad)
        require(question, "soft_labels", "votes", [sample for sample in samples if not _votes(sample)])
        self._check_size(question)
        self.gold = np.fromiter((place.get(sample.gold.label or "", -1) for sample in samples), np.intp, len(samples))
        self.votes = soft_labels.matrix([sample.gold.votes or {} for sample in samples], self.names)
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

    def right(self, entry: Entry) -> Index:
        """The gold label, or the label with most votes."""
        return self.votes[:, :-1].argmax(axis=1) if entry.module == "soft_labels" else self.gold

    def majority(self) -> Index:
        """Of each sample's options the one most often in gold (without a label: its shares of votes); ties: by name."""
        votes = self.votes[self.gold < 0]
        shares = ratio(votes, votes.sum(axis=1, keepdims=True))[:, :-1].sum(axis=0)
        counts = np.bincount(self.gold[self.gold >= 0], minlength=len(self.names)) + shares
        counts = counts.round(9)  # sums of shares differ by rounding where they are tied
        order = sorted(range(len(self.names)), key=lambda place: (-counts[place], self.names[place]))
        rank = np.argsort([*order, len(order)])  # the last is that of the padding
        best: Index = self.options[np.arange(len(self.options)), rank[self.options].argmin(axis=1)][self.kind]
        return best

    def drawn(self, rng: np.random.Generator) -> Index:
        """One of the options, all equally likely."""
        pick = (rng.random(len(self.kind)) * self.sizes[self.kind]).astype(np.intp)
        drawn: Index = self.options[self.kind, pick]
        return drawn

    def expected(self) -> Iterator[tuple[Index, Array]]:
        """Every option in turn, weighted inversely to the number of options (exactly 1 where that is the same)."""
        most = self.sizes.max()
        for column, options in enumerate(self.options.T):
            yield options[self.kind], np.where(column < self.sizes, most / self.sizes, 0.0)[self.kind]

    def statistics(self, entry: Entry, sample: Index, predicted: Index) -> Statistics:
        """Cells of the confusion table, or votes for the answer."""
        if entry.module == "soft_labels":
            return soft_labels.statistics(self.votes[sample], predicted, self.names)
        if len(self.names) <= MANY:
            return classification.statistics(self.gold[sample], predicted, self.names)
        wrong = np.where(predicted == self.gold[sample], 0, -1)
        return classification.statistics(np.zeros_like(predicted), wrong, ("right",))


def _votes(sample: Sample) -> bool:
    return any(count > 0 for count in (sample.gold.votes or {}).values())


class LabelSets:
    """A set of labels."""

    span = 1.0
    rows = 500_000

    def __init__(self, question: Question, samples: Sequence[Sample]) -> None:
        require(question, None, "a set of labels", [sample for sample in samples if sample.gold.labels is None])
        self.names = question.labels
        known = set(self.names)
        require(question, None, "labels of the list", [s for s in samples if not known.issuperset(s.gold.labels or ())])
        self.gold = multilabel.matrix([sample.gold.labels for sample in samples], self.names)
        uncoded = multilabel.matrix([sample.gold.unlabelled for sample in samples], self.names)
        self.gold[uncoded == 1] = np.nan

    def read(self, values: Sequence[Any]) -> Array:
        """Tables of 0 and 1, NaN for no answer."""
        return multilabel.matrix(values, self.names)

    def right(self, entry: Entry) -> Array:
        """The gold set; uncoded labels are left out."""
        return np.nan_to_num(self.gold)

    def majority(self) -> Array:
        """The labels that more than half of the coded samples have."""
        often = np.nan_to_num(mean_defined(self.gold, axis=0)) > 0.5
        return np.broadcast_to(often.astype(np.float64), self.gold.shape)

    def drawn(self, rng: np.random.Generator) -> Array:
        """A fair coin for every label."""
        return rng.integers(0, 2, self.gold.shape).astype(np.float64)

    def expected(self) -> Iterator[tuple[Array, Array]]:
        """Every label half present."""
        yield np.full(self.gold.shape, 0.5), np.ones(len(self.gold))

    def statistics(self, entry: Entry, sample: Index, predicted: Array) -> Statistics:
        """By label or by sample."""
        rows: Array = entry.load().statistics(self.gold[sample], predicted, self.names)
        return rows


class Levels:
    """Named numbers in a range."""

    rows = 1_000_000

    def __init__(self, question: Question, samples: Sequence[Sample]) -> None:
        self.names = tuple(name for name, _, _ in question.levels)
        self.ranges = [(low, high) for _, low, high in question.levels]
        self.span = max((high - low for low, high in self.ranges), default=1.0)
        bad = [sample for sample in samples if not any(name in (sample.gold.levels or {}) for name in self.names)]
        require(question, None, f"numbers for {', '.join(self.names) or 'levels'}", bad)
        self.gold = self.read([sample.gold.levels for sample in samples])

    def read(self, values: Sequence[Any]) -> Array:
        """Numbers by level, NaN where none was given."""
        numbers = [[(value or {}).get(name, np.nan) for name in self.names] for value in values]
        return np.array(numbers, np.float64).reshape(len(values), len(self.names))

    def right(self, entry: Entry) -> Array:
        """The gold numbers."""
        return self.gold

    def majority(self) -> Array:
        """The mean of gold."""
        return np.broadcast_to(mean_defined(self.gold, axis=0), self.gold.shape)

    def drawn(self, rng: np.random.Generator) -> Array:
        """Any number of the range."""
        low, high = np.array(self.ranges).T
        return rng.uniform(low, high, self.gold.shape)

    def expected(self) -> Iterator[tuple[Array, Array]]:
        """No metric of numbers is linear in the answer."""
        return iter(())

    def statistics(self, entry: Entry, sample: Index, predicted: Array) -> Statistics:
        """Moments by level."""
        rows: Array = entry.load().statistics(self.gold[sample], predicted, self.ranges)
        return rows


class Words:
    """Free words or a text: compared as strings, so nothing is encoded. Chance is the gold of another sample."""

    names: tuple[str, ...] = ()
    span = 1.0
    rows = 20_000

    def __init__(self, question: Question, samples: Sequence[Sample]) -> None:
        text = question.form == "text"
        gold = [sample.gold.text if text else _words(sample) for sample in samples]
        bad = [sample for sample, value in zip(samples, gold, strict=True) if not value]
        require(question, None, "a gold text" if text else "gold words", bad)
        self.gold = self.read(gold)

    def read(self, values: Sequence[Any]) -> Any:
        """The strings themselves."""
        return np.fromiter(values, object, len(values))

    def right(self, entry: Entry) -> Any:
        """The gold words or text."""
        return self.gold

    def majority(self) -> Any:
        """The gold that most samples share; ties: by how it is written."""
        counts: dict[Any, int] = {}
        for value in self.gold:
            counts[value] = counts.get(value, 0) + 1
        return self.read([min(counts, key=lambda value: (-counts[value], _written(value)))] * len(self.gold))

    def drawn(self, rng: np.random.Generator) -> Any:
        """The gold of a random sample."""
        return self.gold[rng.integers(0, len(self.gold), len(self.gold))]

    def expected(self) -> Iterator[tuple[Any, Array]]:
        """No metric of words is linear in the answer."""
        return iter(())

    def statistics(self, entry: Entry, sample: Index, predicted: Any) -> Statistics:
        """Words in common."""
        rows: Array = entry.load().statistics(self.gold[sample], predicted)
        return rows


def _written(value: str | tuple[str, ...]) -> str:
    return value if isinstance(value, str) else ", ".join(value)


def _words(sample: Sample) -> tuple[str, ...]:
    return sample.gold.labels or ((sample.gold.label,) if sample.gold.label else ())
