"""The part of a reply that answers: what stands outside the thinking, and inside an answer element."""

from __future__ import annotations

import re
from typing import NamedTuple

from affectbench.answers.verdict import Span, trimmed

THINK = re.compile(r"<think(?:ing)?>|<reasoning>|◁think▷|\[think\]", re.IGNORECASE)
THOUGHT = re.compile(
    r"</think(?:ing)?>|</reasoning>|◁/think▷|\[/think\]|<\|channel\|>final<\|message\|>", re.IGNORECASE
)
OPEN = re.compile(r"<(?:final_)?answer>|<\|begin_of_box\|>|\\boxed\{(?:\\text\{)?", re.IGNORECASE)
CLOSE = {"<a": "</", "<f": "</", "<|": "<|end_of_box|>", "\\b": "}"}
TAIL = re.compile(r"(?:\s|</?\w{1,20}>|<\|\w{1,20}\|>|[}$.])*+")  # what may follow the last word of a reply
TRIED = 8  # answer elements that are looked at, from the last one back


class Part(NamedTuple):
    """A stretch of the reply; `rule` is `answer tag` if it is the content of an answer element."""

    start: int
    end: int
    rule: str


def answer_part(text: str) -> Part:
    """Return the stretch that answers; an empty one if the reply is empty or its thinking never ends."""
    if "<" not in text and "\\" not in text and "◁" not in text and "[" not in text:
        return Part(*trimmed(text), "")
    start, end = _outside_thinking(text)
    element = _element(text, start, end)
    if element is None and end < len(text):  # thinking that never ends, unless the reply closes with an answer element
        element = _element(text, end, len(text))
        element = element if element and TAIL.fullmatch(text, element[1]) else None
    if element is not None:
        return Part(*element, "answer tag")
    return Part(*trimmed(text, start, end), "")


def _outside_thinking(text: str) -> Span:
    """Return what follows the last closed thought, up to a thought that is not closed."""
    start = max((match.end() for match in THOUGHT.finditer(text)), default=0)
    unclosed = THINK.search(text, start)
    return start, unclosed.start() if unclosed else len(text)


def _element(text: str, start: int, end: int) -> Span | None:
    """Return the content of the last answer element that holds something."""
    for match in list(OPEN.finditer(text, start, end))[: -TRIED - 1 : -1]:
        close = text.find(CLOSE[match[0][:2].lower()], match.end(), end)
        content = trimmed(text, match.end(), end if close < 0 else close)
        if content[0] < content[1]:
            return content
    return None
