"""EmoBench-M (`EmoBench-M_eval.py`): the whole reply is the label, without white space around it and in lower case.

The paper's number leaves empty replies out of its denominator; other strings stay in as wrong answers.
"""

from __future__ import annotations

from affectbench.answers.published import DROPPED, read_as, unread
from affectbench.types import Asked, Parsed


def cleaned(text: str) -> str:
    """The reply as it is compared.

    >>> cleaned(" Happy\\n"), cleaned("happy.")
    ('happy', 'happy.')
    """
    return text.strip().lower()


class Choice:
    """Reads one label."""

    def __init__(self, asked: Asked) -> None:
        self.options = {cleaned(option): option for option in reversed(asked.options)}

    def __call__(self, text: str) -> Parsed:
        """Return the label of a reply."""
        said = cleaned(text)
        if not said:
            return unread(text, f"{DROPPED}: empty")
        return read_as(self.options[said], text, "whole reply") if said in self.options else unread(text, "no label")
