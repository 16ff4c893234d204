"""How published evaluators read replies, quirks included, so that a paper's number can be had again.

Each module is one evaluator: pure functions that do what its code does, and a reader for each answer form. They work
on the raw reply: thinking, refusals and denials mean nothing to them. Where the code of an evaluator raises, the reply
is `unparsed` and the rule says so; where it leaves a sample out of its denominator, the rule begins with `DROPPED`.
Our scores keep such samples; `affectbench score RUN --parser NAME` gives the number without them, too.
"""

from __future__ import annotations

from affectbench.answers.verdict import Value, answered, trimmed, unparsed
from affectbench.types import Parsed

DROPPED = "dropped by the reference"
"""How the rule of a reply begins that the reference leaves out of its denominator."""


def read_as(value: Value, text: str, rule: str) -> Parsed:
    """The reply answers; these evaluators do not say where, so the span is the reply."""
    return answered(value, trimmed(text), rule)


def unread(text: str, rule: str) -> Parsed:
    """The reply gives no answer, for the reason `rule`."""
    return unparsed(trimmed(text), rule)


def element(text: str, tag: str) -> str | None:
    """The content of the first `<tag>` that is closed; None without one.

    >>> element("<answer>happy</answer>", "answer"), element("<answer>happy", "answer")
    ('happy', None)
    """
    start = text.find(f"<{tag}>")
    end = text.find(f"</{tag}>", start) if start >= 0 else -1
    return text[start + len(tag) + 2 : end] if end >= 0 else None
