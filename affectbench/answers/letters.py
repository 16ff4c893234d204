"""Options named by the letter that the prompt showed beside them."""

from __future__ import annotations

import re
from itertools import islice

from affectbench.answers.folding import Folded
from affectbench.answers.words import MOST, Mention, glued

DISAGREE = ""  # the label of a letter that stands beside the name of another option

MARKED = re.compile(
    r"""(?<!\w)\([ *"']{0,2}([a-z])[ *"']{0,2}\)"""  # (b)
    r"""|(?<![\w.'(])([a-z])[*"']{0,2}\)"""  # b)
    r"""|\b(?:option|choice|letter)[ :*"'(]{1,4}(?!a [a-z])([a-z])(?![\w'])"""  # option b
    r"""|\banswer(?: is)?:?[ *"'(]{1,4}([a-z])(?=[)*"'.]{0,4}\s*+\Z)"""  # answer: b, at the end
    r"""|(?:\A|\n)[ \t*_#>"'-]*+([a-z])[*_"']{0,2}[.:](?![\w.])"""  # b. or b: at a line's start
)
LONE = re.compile(r"(?<![\w'.])[a-z](?![\w'])(?!\.\w)")
ONLY = re.compile(r"[\W_]*+[a-z][\W_]*+")
FOLLOWED = re.compile(r"\s*+(?:\Z|\n|[^\w\s'])|\s++(?:and|as|based|because|due|is|or|since|with)\b")


def letters(part: Folded, options: tuple[str, ...], words: list[Mention]) -> list[Mention]:
    """Return the options that `part` names by letter, where none of `words` stands.

    `(b)`, `b)`, `option b`, and `B.` at a line's start are sure (kind `letter`). Another lone capital is `bare`: it
    counts where an answer is declared or nothing else is said, and never as the article or the pronoun of a sentence.
    """
    taken = {place for word in words for place in (word.start, word.end - 1)}
    marked = (match.start(match.lastindex or 0) for match in islice(MARKED.finditer(part.text), MOST + 1))
    kinds = dict.fromkeys(marked, "letter")
    for match in islice(LONE.finditer(part.text), MOST + 1):
        if _is_meant(part, match.start()):
            kinds.setdefault(match.start(), "bare")
    if ONLY.fullmatch(part.text):
        kinds = {next(place for place, character in enumerate(part.text) if character.isalpha()): "letter"}
    numbers = ((start, ord(part.text[start]) - ord("a"), kinds[start]) for start in sorted(kinds) if start not in taken)
    return [
        Mention(start, start + 1, options[index], kind) for start, index, kind in numbers if 0 <= index < len(options)
    ]


def _is_meant(part: Folded, start: int) -> bool:
    """Return whether a lone letter is a capital, and neither the article nor the pronoun of a sentence."""
    in_sentence = part.text[start] in "ai" and not FOLLOWED.match(part.text, start + 1)
    return part.is_upper(start) and not in_sentence


def paired(text: str, words: list[Mention], named: list[Mention]) -> list[Mention]:
    """Return all mentions in order, a letter and the name beside it (`b) fear`, `fear (b)`) as one."""
    merged: list[Mention] = []
    for mention in sorted(words + named):
        left = merged[-1] if merged else None
        if left is None or not glued(text, left, mention) or not _is_pair(text, left, mention):
            merged.append(mention)
            continue
        label = left.label if left.label == mention.label else DISAGREE
        merged[-1] = Mention(left.start, mention.end, label, "pair")
    return merged


def _is_pair(text: str, left: Mention, right: Mention) -> bool:
    if left.kind in ("letter", "bare"):
        return right.kind == "word" and not set(text[left.end : right.start]) & set(",;/&+")
    return left.kind == "word" and right.kind == "letter" and text[right.start - 1] == "("
