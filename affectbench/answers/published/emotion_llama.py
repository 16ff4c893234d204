"""Emotion-LLaMA (`eval_emotion.py`): the last word of the reply, or else `neutral`.

The paper's number: accuracy and weighted F1 over all samples, which are our scores over `all`, since every reply reads
as a label. So a reply that says nothing is right wherever gold is neutral.
"""

from __future__ import annotations

from collections.abc import Collection

from affectbench.answers.published import read_as, unread
from affectbench.types import Asked, Parsed

DEFAULT = "neutral"


def last_token(text: str, labels: Collection[str]) -> str:
    """What follows the last space, if it is exactly a label; else `neutral`.

    >>> last_token("The emotion is happy", ["happy", "neutral"]), last_token("Happy.", ["happy", "neutral"])
    ('happy', 'neutral')
    """
    token = text.rsplit(" ", maxsplit=1)[-1]
    return token if token in labels else DEFAULT


class Choice:
    """Reads one label. The reference knows no list without `neutral`: there, what is no label is unparsed."""

    def __init__(self, asked: Asked) -> None:
        self.options = asked.options

    def __call__(self, text: str) -> Parsed:
        """Return the label of a reply."""
        token = last_token(text, self.options)
        if token not in self.options:
            return unread(text, "no label, and neutral is none of the options")
        return read_as(token, text, "last word" if text.rsplit(" ", maxsplit=1)[-1] == token else "no label: neutral")
