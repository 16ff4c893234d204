"""The pattern language of paths, file names and lines: `{actor:4}_{sentence}_{emotion}_{level}.wav`.

`{x}` takes the text up to the next literal, `{x:4}` exactly four characters, `{x:*}` the rest; `{}`, `{:4}` and `{:*}`
take without a name. The last `{x}` before an end of fixed length runs up to that end. A name that occurs twice must
take the same text twice. Matching goes through the text once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

MAX_LENGTH = 1_000
MAX_STEPS = 50
CAPTURE = re.compile(r"\{([A-Za-z_]\w*)?(?::(\d{1,3}|\*))?\}")


@dataclass(frozen=True, slots=True)
class Capture:
    """One `{name:width}`; `width` is None up to the next literal, -1 for the rest."""

    name: str
    width: int | None


class Pattern:
    """A compiled pattern. `names` are its captures.."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.pieces = _pieces(text)
        self.names = tuple(dict.fromkeys(p.name for p in self.pieces if isinstance(p, Capture) and p.name))
        self.constant = all(isinstance(piece, str) for piece in self.pieces)
        self.takes_rest = any(isinstance(piece, Capture) and piece.width == -1 for piece in self.pieces)
        self.tails = [_fixed_length(self.pieces[at + 1 :]) for at in range(len(self.pieces))]

    def match(self, text: str) -> dict[str, str] | None:
        """Return what the captures took, or None where `text` does not follow the pattern."""
        found: dict[str, str] = {}
        at = 0
        for index, piece in enumerate(self.pieces):
            end = self._end(text, at, index)
            if end is None:
                return None
            if isinstance(piece, Capture) and piece.name:
                taken = text[at:end]
                if found.setdefault(piece.name, taken) != taken:
                    return None
            at = end
        return found if at == len(text) else None

    def fill(self, values: Mapping[str, str]) -> str:
        """Return the text whose captures take `values`, cut or filled with zeros to exact widths."""
        return "".join(piece if isinstance(piece, str) else _filled(piece, values) for piece in self.pieces)

    def _end(self, text: str, at: int, index: int) -> int | None:
        """Return where the piece `index` ends that begins at `at`, or None."""
        piece = self.pieces[index]
        if isinstance(piece, str):
            return at + len(piece) if text.startswith(piece, at) else None
        if piece.width is not None:
            end = len(text) if piece.width == -1 else at + piece.width
            return end if end <= len(text) else None
        tail = self.tails[index]
        if tail is not None:
            return len(text) - tail if len(text) - tail >= at else None
        end = text.find(str(self.pieces[index + 1]), at)
        return end if end >= 0 else None


@lru_cache(maxsize=2048)
def pattern(text: str) -> Pattern:
    """Compile a pattern, or return it compiled. Raises ValueError."""
    if len(text) > MAX_LENGTH:
        raise ValueError(f"{text[:80]!r}…: a pattern of {len(text):,} characters, at most {MAX_LENGTH:,}")
    return Pattern(text)


@lru_cache(maxsize=2048)
def path_pattern(text: str) -> tuple[Pattern, ...]:
    """Compile a pattern of paths: one pattern a step. Only the last step may take the rest. Raises ValueError."""
    steps = tuple(pattern(step) for step in text.split("/", MAX_STEPS))
    if len(steps) > MAX_STEPS:
        raise ValueError(f"{text[:80]!r}…: more than {MAX_STEPS} steps")
    if any(step.takes_rest for step in steps[:-1]):
        raise ValueError("`{x:*}` takes the rest of a path: it can only stand in the last step")
    return steps


def _pieces(text: str) -> tuple[str | Capture, ...]:
    pieces: list[str | Capture] = []
    at = 0
    for found in CAPTURE.finditer(text):
        pieces += [text[at : found.start()]] if found.start() > at else []
        width = {None: None, "*": -1}.get(found[2], found[2])
        pieces.append(Capture(found[1] or "", None if width is None else int(width)))
        at = found.end()
    pieces += [text[at:]] if at < len(text) else []
    _check(text, pieces)
    return tuple(pieces)


def _check(text: str, pieces: list[str | Capture]) -> None:
    if any("{" in piece or "}" in piece for piece in pieces if isinstance(piece, str)):
        raise ValueError(f"{text!r}: a pattern knows {{x}}, {{x:4}}, {{x:*}}, {{}}, {{:4}} and {{:*}}")
    for index, piece in enumerate(pieces[:-1]):
        if not isinstance(piece, Capture):
            continue
        if piece.width == -1:
            raise ValueError(f"{text!r}: {{{piece.name}:*}} takes the rest, nothing can follow it")
        open_end = piece.width is None and isinstance(pieces[index + 1], Capture)
        if open_end and _fixed_length(tuple(pieces[index + 1 :])) is None:
            raise ValueError(f"{text!r}: nothing says where {{{piece.name}}} ends; put text behind it or give a width")


def _fixed_length(pieces: tuple[str | Capture, ...]) -> int | None:
    """Return the length that `pieces` always take, or None."""
    widths = [len(piece) if isinstance(piece, str) else piece.width for piece in pieces]
    return None if any(width is None or width == -1 for width in widths) else sum(width or 0 for width in widths)


def _filled(piece: Capture, values: Mapping[str, str]) -> str:
    text = values.get(piece.name, "") if piece.name else ""
    if piece.width is None or piece.width == -1:
        return text or "0"
    return text.zfill(piece.width)[-piece.width :] if text.isdigit() else text[: piece.width].zfill(piece.width)
