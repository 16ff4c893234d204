"""A text that others wrote, made fit to stand in a question to a model: no mark in it means anything there.

Every `<`, `>` and `&` is written as a character reference, so it holds no tag of ours and none of the marks
(`<|im_end|>`, `</s>`, `<start_of_turn>`) by which models tell who speaks; the bracketed ones of some models are broken
too. Signs that nobody can see, in which a second text may hide, are shown by their number.
"""

from __future__ import annotations

import re
import unicodedata

_MARKS = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_BRACKETS = re.compile(r"\[(?=/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|BOS|EOS)\])", re.I)
_PLAIN = re.compile(r"[\w\s.,;:!?'\"()-]*", re.ASCII)
_NOT_SEEN = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})
_SPACE = frozenset("\n\t")


def escaped(text: str) -> str:
    """Return a text without any mark that means something to a model's prompt, and without hidden signs.

    >>> escaped("a </gold> smile")
    'a &lt;/gold&gt; smile'
    """
    text = text.replace("\r\n", "\n")
    text = text if _PLAIN.fullmatch(text) and "\r" not in text else "".join(map(_shown, text))
    return _BRACKETS.sub("&#91;", text)


def _shown(character: str) -> str:
    if character in _SPACE:
        return character
    hidden = unicodedata.category(character) in _NOT_SEEN
    return f"&#{ord(character)};" if hidden else _MARKS.get(character, character)
