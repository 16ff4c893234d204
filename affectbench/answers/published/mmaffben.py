"""MMAFFBen (`utils/tools.py`): class names or numbers anywhere in the reply, defaults where there is none.

The paper's numbers count all samples: our scores over `all`. For single labels they are subset accuracy of 0/1 tables,
which is `accuracy` here: no class and two classes are both wrong. Its macro-F1 gives 1 to a class that neither gold nor
any reply has, ours 0. What is not found is a number in the middle of the scale, so nothing of `levels` is unparsed.
"""

from __future__ import annotations

import math
import re
import string
from collections.abc import Sequence

from affectbench.answers.published import read_as, unread
from affectbench.types import Asked, Parsed

JOINING = re.compile("and|or|with")  # inside words, too: "horror" falls apart
PUNCTUATION = str.maketrans("", "", string.punctuation.replace(",", ""))
BETWEEN = re.compile(r"[,\s]+")
DIGITS = re.compile(r"\b\d+\b")
INTEGER = re.compile(r"-?\d+")
NUMBER = re.compile(r"-?\d*\.?\d+")
POLARITIES = {-1.0: ("-1", "negative"), 0.0: ("0", "neutral"), 1.0: ("1", "positive")}
NO_POLARITY = 9.0


def parse_labels(text: str, classes: Sequence[str]) -> list[float]:
    """1 for each class that is named, 0 for the others; where none is named, numbers stand for classes, from 0.

    >>> parse_labels("not anger", ["joy", "anger"]), parse_labels("happy", ["happiness"]), parse_labels("1", ["a", "b"])
    ([0.0, 1.0], [0.0], [0.0, 1.0])
    """
    bare = JOINING.sub(",", text.lower()).translate(PUNCTUATION)
    words = set(BETWEEN.split(bare))
    named = [name.lower() in words for name in classes]
    if not any(named):
        numbers = set(DIGITS.findall(bare))
        named = [str(place) in numbers for place in range(len(classes))]
    return [float(present) for present in named]


def polarity(text: str) -> float:
    """-1, 0 or 1 by what occurs first in that order, 9 for none: "10" and "0.5 positive" are neutral.

    >>> polarity("positive"), polarity("10"), polarity("unsure")
    (1.0, 0.0, 9.0)
    """
    text = text.lower()
    return next((value for value, words in POLARITIES.items() if any(word in text for word in words)), NO_POLARITY)


def score(text: str, low: float, high: float) -> float:
    """The first number, moved into the range; without one the middle of the range.

    >>> score("about 5", 0.0, 1.0), score("none", 0.0, 1.0), score("valence -0.4", -1.0, 1.0)
    (1.0, 0.5, -0.4)
    """
    found = NUMBER.search(text)
    return min(high, max(low, float(found[0]))) if found else (low + high) / 2


def integer(text: str, low: float = -3.0, high: float = 3.0) -> float:
    """The first whole number inside the range; without one 0.

    >>> integer("-3: very negative"), integer("7 then 2"), integer("none")
    (-3.0, 2.0, 0.0)
    """
    found = (float(number) for number in INTEGER.findall(text))
    return next((number for number in found if low <= number <= high), 0.0)


def named_values(text: str, names: Sequence[str]) -> list[float]:
    """The number behind each name and a colon, in lower case as written; 0 without one. "-6" is none, "-.5" is.

    >>> named_values("valence: 6.5, Arousal: 5", ["valence", "arousal"])
    [6.5, 0.0]
    """
    found = [re.search(rf"{re.escape(name)}:\s*(-?\d*\.\d+|\d+)", text) for name in names]
    values = [float(match[1]) if match else 0.0 for match in found]
    return [value if math.isfinite(value) else 0.0 for value in values]


class Choice:
    """Reads one class; of the three polarities by `polarity`."""

    def __init__(self, asked: Asked) -> None:
        self.options = asked.options
        named = {option.lower(): option for option in asked.options}
        self.polarities = {value: named.get(words[1]) for value, words in POLARITIES.items()}
        self.polar = len(named) == len(POLARITIES) and None not in self.polarities.values()

    def __call__(self, text: str) -> Parsed:
        """Return the class of a reply."""
        if self.polar:
            found = self.polarities.get(polarity(text))
            return read_as(found, text, "polarity") if found else unread(text, "no polarity (class 9)")
        named = [
            option for option, present in zip(self.options, parse_labels(text, self.options), strict=True) if present
        ]
        if len(named) != 1:
            return unread(text, "two classes" if named else "no class")
        return read_as(named[0], text, "class")


class Labels:
    """Reads a set of classes; none named is the empty set."""

    def __init__(self, asked: Asked) -> None:
        self.options = asked.options

    def __call__(self, text: str) -> Parsed:
        """Return the classes of a reply, in the order of the options."""
        present = parse_labels(text, self.options)
        return read_as(tuple(o for o, there in zip(self.options, present, strict=True) if there), text, "classes")


class Levels:
    """Reads one number (whole, if the scale is -3 to 3), or one behind the name of each level."""

    def __init__(self, asked: Asked) -> None:
        self.levels = asked.levels

    def __call__(self, text: str) -> Parsed:
        """Return a number for each level."""
        names = [name for name, _, _ in self.levels]
        if len(names) != 1:
            return read_as(dict(zip(names, named_values(text, names), strict=True)), text, "named, else 0")
        name, low, high = self.levels[0]
        if (low, high) == (-3, 3):
            return read_as({name: integer(text)}, text, "whole number, else 0")
        return read_as({name: score(text, low, high)}, text, "first number, else the middle")
