"""Free emotion words, or a text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from affectbench.metrics import Entry, rouge
from affectbench.metrics.lexicon import Lexicon
from affectbench.metrics.ratios import Array
from affectbench.metrics.resample import Index, Statistics
from affectbench.scoring.encoded import require
from affectbench.scoring.question import Question
from affectbench.types import Sample

SPRAYED, ALONE = 8, 12  # common words that are tried together, and each alone


class Words:
    """Free words or a text: compared as strings or by a lexicon, whose wheels are the names.

    Chance is the gold of another sample.
    """

    span = 64.0  # words, the most that are read of one answer
    rows = 10_000

    def __init__(self, question: Question, samples: Sequence[Sample]) -> None:
        text = question.form == "text"
        gold = [sample.gold.text if text else _words(sample) for sample in samples]
        bad = [sample for sample, value in zip(samples, gold, strict=True) if not value]
        require(question, None, "a gold text" if text else "gold words", bad)
        if text:
            strange = [sample for sample in samples if not rouge.readable(sample.gold.text or "")]
            require(question, {"rouge", "token_vectors"}, "gold with Latin letters or digits", strange)
        self.gold = self.read(gold)
        lexicon: Lexicon | None = None if text else question.lexicon
        self.lexicon = lexicon and lexicon.among(self.gold)
        self.names = lexicon.wheels if lexicon else ()

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

    drawn_prior, expected_prior = drawn, expected  # there is no list of words to draw from

    def constants(self) -> Iterator[tuple[str, Any]]:
        """The commonest gold, one word for every cluster, the commonest words together and each alone, no word."""
        tried = [self.majority()[0]]
        if not isinstance(tried[0], str):
            common = [
                word for word, _ in Counter(word.strip().lower() for row in self.gold for word in row).most_common()
            ]
            tried += [self._spray(common), tuple(common[:SPRAYED]), *((word,) for word in common[:ALONE]), ()]
        for said in dict.fromkeys(tried):
            yield _written(said) or "none", self.read([said] * len(self.gold))

    def _spray(self, common: Sequence[str]) -> tuple[str, ...]:
        """The commonest gold word of every wide cluster of every wheel."""
        first: dict[tuple[str, str], str] = {}
        for word in common if self.lexicon else ():
            for wheel in self.names:
                cluster = self.lexicon.cluster(word, wheel) if self.lexicon else None
                if cluster is not None:
                    first.setdefault((wheel, cluster), word)
        return tuple(dict.fromkeys(first.values()))

    def statistics(self, entry: Entry, sample: Index, predicted: Any) -> Statistics:
        """Words, or clusters of words, in common."""
        rows: Array = entry.load().statistics(self.gold[sample], predicted, self.lexicon if entry.lexicon else ())
        return rows


def _written(value: str | tuple[str, ...]) -> str:
    return value if isinstance(value, str) else ", ".join(value)


def _words(sample: Sample) -> tuple[str, ...]:
    return sample.gold.labels or ((sample.gold.label,) if sample.gold.label else ())
