"""Free text: a rationale, a caption. What stands outside the thinking is the answer, as it was written."""

from __future__ import annotations

from affectbench.answers.folding import fold
from affectbench.answers.refusal import refusal
from affectbench.answers.reply import Part
from affectbench.answers.verdict import answered, refused
from affectbench.types import Asked, Parsed

OPENING = 300  # characters in which a text that declines says so; a later "I cannot tell" is part of a rationale
SHORT = 12  # words behind a refusal that do not yet make a text


class TextReader:
    """Reads replies that are to be kept whole."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked

    def __call__(self, text: str, part: Part) -> Parsed:
        """Return the reply without its thinking; `refused` if it opens with a refusal and says little behind it."""
        folded = fold(text, part.start, part.end)
        declined = refusal(folded.text, OPENING)
        if declined and len(folded.text[declined.resumes :].split(None, SHORT)) <= SHORT:
            return refused(folded.span(declined.start, declined.end), declined.rule)
        return answered(storable(text[part.start : part.end]), (part.start, part.end), part.rule or "text")


def storable(text: str) -> str:
    """Replace what UTF-8 cannot hold (half of a surrogate pair)."""
    return text.encode("utf-8", "replace").decode("utf-8")
