"""A text as tokens: words with their stems, single signs of Chinese, numbers, and the marks that end a clause."""

from __future__ import annotations

import re
from typing import NamedTuple

from affectbench.answers.folding import Folded

CJK = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
TOKEN = re.compile(
    rf"[^\W\d_{CJK}]{{1,64}}(?:'[^\W\d_{CJK}]{{1,16}})?|[{CJK}]|[0-9]{{1,16}}|\.(?![a-z0-9])|[,;:!?()\n=/&+✗✘❌]"
)
VOWEL = re.compile("[aeiouy]")
KEPT_S = ("ss", "us", "is")
DOUBLED = ("ll", "ss", "zz", "ff")


class Token(NamedTuple):
    """A token at start..end of the folded text."""

    raw: str
    stem: str
    start: int
    end: int


def tokens(folded: Folded) -> list[Token]:
    """Return the tokens of a folded text in order. The comma of a Chinese list (、) stays what it is."""
    return [Token(_mark(folded, m), stem(m[0]), m.start(), m.end()) for m in TOKEN.finditer(folded.text)]


def _mark(folded: Folded, found: re.Match[str]) -> str:
    original = folded.original[folded.places[found.start()]]
    return original if found[0] == "," and original == "、" else found[0]


def stem(word: str) -> str:
    """Return a word without the endings -s, -ed, -ing and -e, so that the forms of one verb or noun agree.

    >>> {stem(word) for word in ("raise", "raises", "raised", "raising")}
    {'rais'}
    >>> stem("dropped"), stem("pressed"), stem("lips"), stem("cries")
    ('drop', 'press', 'lip', 'cry')
    """
    word = word.removesuffix("'s")
    if len(word) > 3 and word.endswith("s") and not word.endswith(KEPT_S):
        word = word[:-1]
    for ending in ("ing", "ed"):
        bare = word.removesuffix(ending)
        if bare != word and len(bare) > 2 and VOWEL.search(bare):
            word = bare[:-1] if bare[-1] == bare[-2] and bare[-2:] not in DOUBLED else bare
            break
    if len(word) > 3 and word.endswith("e"):
        word = word[:-1]
    return word[:-1] + "y" if len(word) > 2 and word.endswith("i") else word
