"""One of several labels, or the votes of several people for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from affectbench.errors import DataError
from affectbench.metrics import Entry, classification, soft_labels
from affectbench.metrics.ratios import Array, ratio
from affectbench.metrics.resample import Index, Statistics
from affectbench.scoring.encoded import require
from affectbench.scoring.question import Question
from affectbench.types import Sample

MANY = 256  # labels; a table of more has no use and no room


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
