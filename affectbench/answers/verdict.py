"""The three ways in which reading a reply can end."""

from __future__ import annotations

from affectbench.types import Parsed

Span = tuple[int, int]
Value = str | tuple[str, ...] | dict[str, float]


def answered(value: Value, span: Span, rule: str, scores: dict[str, float] | None = None) -> Parsed:
    """The reply answers: `value` stands at `span` of the reply, found by `rule`."""
    return Parsed(status="ok", value=value, span=span, rule=rule, scores=scores)


def unparsed(span: Span, rule: str) -> Parsed:
    """The reply gives no answer, or more than one; `rule` says why, `span` is what was looked at."""
    return Parsed(status="unparsed", span=span, rule=rule)


def refused(span: Span, rule: str) -> Parsed:
    """The model declines; `span` holds the words that say so."""
    return Parsed(status="refused", span=span, rule=rule)


def trimmed(text: str, start: int = 0, end: int | None = None) -> Span:
    """Return text[start:end] without the white space around it, as a span."""
    piece = text[start:end]
    left = len(piece) - len(piece.lstrip())
    return start + left, start + max(left, len(piece.rstrip()))
