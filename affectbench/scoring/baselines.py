"""What guessing reaches: chance, the majority answer, answers as often as gold has them, and the best constant answer.

Beside them, what people reach. A metric that guessing can game shows it here: the best constant answer scores high.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Any, NamedTuple

import numpy as np

from affectbench.metrics import Entry
from affectbench.metrics.ratios import Array, mean_defined
from affectbench.scoring.people import how, people
from affectbench.scoring.question import Question
from affectbench.scoring.scorer import Line, Scorer, number
from affectbench.types import Sample

DRAWS = 400  # random answers to every sample at most
LEAST = 8  # constant answers that are tried on any number of samples
ALIKE = 1e-12


class Guess(NamedTuple):
    """What a guess reaches in one metric, how that was found, and the answers themselves where they are fixed."""

    value: float | None
    how: str
    answers: Any = None


Guesses = dict[str, dict[str, Guess]]  # a baseline's name to a metric's name to what it reaches


def guesses(scorer: Scorer) -> Guesses:
    """`chance`, `majority`, `prior` and `constant` for every metric of which more, or less, is better."""
    encoded, entries = scorer.encoded, scorer.question.judging()
    chance = _drawn(scorer, entries, encoded.drawn, encoded.expected)
    alike = type(encoded).drawn is type(encoded).drawn_prior  # the same law, drawn with the same seed
    return {
        "chance": chance,
        "majority": majority(scorer, entries),
        "prior": chance if alike else _drawn(scorer, entries, encoded.drawn_prior, encoded.expected_prior),
        "constant": constant(scorer, entries),
    }


def baselines(found: Guesses, scorer: Scorer, samples: Sequence[Sample]) -> dict[str, Line]:
    """What each guess reaches, and `human` for the metrics of which people's own answers are there."""
    lines: dict[str, Line] = {name: {m: guess.value for m, guess in line.items()} for name, line in found.items()}
    if line := people(scorer, samples):
        lines["human"] = line
    return lines


def found_by(found: Guesses, lines: dict[str, Line], question: Question) -> dict[str, dict[str, str]]:
    """How the value of each line and metric was found, in words."""
    by = {name: {metric: guess.how for metric, guess in line.items()} for name, line in found.items()}
    return by | ({"human": dict.fromkeys(lines["human"], how(question))} if "human" in lines else {})


def better(entry: Entry, value: float, other: float) -> bool:
    """Whether a value is better than another by more than rounding."""
    return value - other > ALIKE if entry.better == "high" else other - value > ALIKE


def majority(scorer: Scorer, entries: Sequence[Entry]) -> dict[str, Guess]:
    """The same answer for all, chosen from gold's frequencies (numbers: the mean)."""
    answers = scorer.encoded.majority()
    return {name: Guess(value, "exact", answers) for name, value in scorer.points(entries, answers).items()}


def constant(scorer: Scorer, entries: Sequence[Entry]) -> dict[str, Guess]:
    """For each metric the best of the answers that look at no sample."""
    most = max(LEAST, 20 * scorer.encoded.rows // scorer.design.size)
    found = {entry.name: Guess(None, "undefined") for entry in entries}
    for said, answers in islice(scorer.encoded.constants(), most):
        values = scorer.points(entries, answers)
        for entry in entries:
            value, best = values[entry.name], found[entry.name].value
            if value is not None and (best is None or better(entry, value, best)):
                found[entry.name] = Guess(value, f"always {said}", answers)
    return found


def _drawn(
    scorer: Scorer,
    entries: Sequence[Entry],
    draw: Callable[[np.random.Generator], Any],
    expected: Callable[[], Iterable[tuple[Any, Array]]],
) -> dict[str, Guess]:
    """Random answers: known, computed on the expected statistics, or else the mean of draws with a fixed seed."""
    found = {entry.name: Guess(entry.chance, "known") for entry in entries if entry.chance is not None}
    for entry in entries:
        if entry.linear:
            found[entry.name] = Guess(number(scorer.expectation(entry, expected())[-1]), "exact")
    rest = [entry for entry in entries if entry.name not in found]
    found.update(_simulated(scorer, rest, draw) if rest else {})
    return {entry.name: found[entry.name] for entry in entries}


def _simulated(
    scorer: Scorer, entries: Sequence[Entry], draw: Callable[[np.random.Generator], Any]
) -> dict[str, Guess]:
    rng = np.random.default_rng([scorer.question.seed, scorer.design.size])
    draws = max(1, min(DRAWS, scorer.encoded.rows // scorer.design.size))
    values = scorer.each(entries, (draw(rng) for _ in range(draws)))
    by = f"mean of {draws} draws"
    return {name: Guess(number(float(mean_defined(drawn))), by) for name, drawn in values.items()}
