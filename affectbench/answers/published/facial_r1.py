"""Facial-R1 (`eval_utils.py`): action units from the thinking, the emotion from the answer element.

Units are the strings `AU` + digits, as written: "AU 6" and "au12" are none, "AU06" is another one than "AU6", and a
denied unit counts as present. A reply without units is the empty set, an answer. The emotion is the first token alone,
compared with its case and punctuation. The paper's numbers count all samples: our scores over `all`, for units
`macro_f1_present` and `micro_f1` with the units that gold has as labels.
"""

from __future__ import annotations

import re

from affectbench.answers.published import element, read_as, unread
from affectbench.types import Asked, Parsed

UNIT = re.compile(r"AU(\d+)")
SEPARATOR = re.compile(r"[,;，；\s]+")


def action_units(text: str) -> list[str]:
    """The units of a reply, each once, by their numbers.

    >>> action_units("<think>AU12 and AU6; no AU4</think><answer>happiness</answer>")
    ['AU4', 'AU6', 'AU12']
    """
    found = element(text, "think")
    numbers = set(UNIT.findall(text if found is None else found))
    return [f"AU{number}" for number in sorted(numbers, key=_by_value)]


def labels(text: str) -> list[str]:
    """The tokens of the answer element, or of the whole reply without one.

    >>> labels("<answer>sadness, anger</answer>"), labels("<answer></answer>")
    (['sadness', 'anger'], [])
    """
    found = element(text, "answer")
    return [token for token in SEPARATOR.split(text if found is None else found) if token]


def _by_value(digits: str) -> tuple[int, str, str]:
    """Order digits by the number they are, however long it is."""
    bare = digits.lstrip("0")
    return len(bare), bare, digits


class Choice:
    """Reads the emotion."""

    def __init__(self, asked: Asked) -> None:
        self.options = asked.options

    def __call__(self, text: str) -> Parsed:
        """Return the label of a reply."""
        found = labels(text)
        if not found:
            return unread(text, "no token (the reference raises)")
        return read_as(found[0], text, "first token") if found[0] in self.options else unread(text, "no label")


class Labels:
    """Reads the action units; those outside the options are left out."""

    def __init__(self, asked: Asked) -> None:
        self.options = asked.options

    def __call__(self, text: str) -> Parsed:
        """Return the units of a reply, in the order of the options."""
        found = set(action_units(text))
        return read_as(tuple(unit for unit in self.options if unit in found), text, "units as written")
