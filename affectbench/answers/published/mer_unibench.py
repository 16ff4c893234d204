"""MER-UniBench (`toolkit/utils`): the list that its label extraction prints, as emotion words.

Its evaluator runs a language model over every reply first; this reads what that model printed, or a reply that is such
a list by itself. An empty list, and an empty text, are the empty set, an answer.
"""

from __future__ import annotations

import re

from affectbench.answers.published import read_as
from affectbench.answers.text import storable
from affectbench.types import Asked, Parsed

PREFIXES = ("输入", "输出", "翻译", "output", "Output", "input", "Input")
SEPARATOR = re.compile(r"['\",]")


def postprocessed(text: str) -> str:
    """The printed text without one leading prefix, a colon behind it, and line breaks.

    >>> postprocessed(" Output: [happy,\\nsad]")
    ' [happy,sad]'
    """
    text = text.strip()
    prefix = next((prefix for prefix in PREFIXES if text.startswith(prefix)), "")
    text = text.removeprefix(prefix)
    return (text[1:] if text.startswith((":", "：")) else text).replace("\n", "")


def string_to_list(text: str) -> list[str]:
    """Words between quotes and commas, one opening and one closing bracket aside; nothing else separates.

    >>> string_to_list("['happy', 'sad']"), string_to_list("happy; sad"), string_to_list("[]")
    (['happy', 'sad'], ['happy; sad'], [])
    """
    text = text.removeprefix("[").removesuffix("]")
    return [word for piece in SEPARATOR.split(text) if (word := piece.strip())]


class Open:
    """Reads emotion words."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked

    def __call__(self, text: str) -> Parsed:
        """Return the words of a reply in lower case, each once."""
        words = [storable(word.lower().strip()) for word in string_to_list(postprocessed(text).strip())]
        return read_as(tuple(dict.fromkeys(words)), text, "list")
