"""Free emotion words: no options, as many as the model sees.

The first rule that finds words decides. Words come in lower case, cleaned, each once, in the order of the reply.
1. `json`: the strings of a JSON answer.
2. `declared answer`: a list behind "emotions:" or "the answer is".
3. `list`: a reply (or its `answer tag`) whose items, at commas, semicolons, slashes, lines and "and", have at most
   three words, none of which makes a sentence of them.
4. `sentence`: in a longer reply, such a list behind "feels", "seems", "looks", "appears" or "expresses", in every
   sentence that has one; so "He seems sad and lonely." is sad, lonely.
A denied item ("not angry") is left out; "none" and an empty list are the empty tuple. What is neither is unparsed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from affectbench.answers.documents import document
from affectbench.answers.folding import Folded, fold
from affectbench.answers.refusal import refusal
from affectbench.answers.reply import Part
from affectbench.answers.text import storable
from affectbench.answers.verdict import Span, answered, refused, trimmed, unparsed
from affectbench.types import Asked, Parsed

SEPARATOR = re.compile(r"[,;/|\n·•]|(?<![0-9])[.!](?=\s)|(?<![\w'])(?:and|&|or|but|as well as)(?![\w'])")
SENTENCE = re.compile(r"[^.!?\n;]+")
FEELS = re.compile(
    r"\b(?:feel|feels|feeling|felt|seem|seems|seemed|look|looks|looked|appear|appears|appeared|express|expresses|expressed"
    r"|expressing|convey|conveys)"
    r"(?: (?:to be|like|a|an|the|very|quite|rather|somewhat|both|emotions? of|signs? of|feelings? of|as if))*+ "
)
ANNOUNCED = re.compile(
    r"\b(?:emotions?|answers?|labels?|feelings?|words?)(?: words?)?[ *_\"']{0,3}(?::|\b(?:is|are)\b:?)[ *_\"'\n]{0,6}"
)
REASON = re.compile(r"\b(?:because|since|as|due|when|while|with|at|about|towards?|for|in|on|that|which)\b")
ENUMERATOR = re.compile(r"\A(?:[0-9]{1,3}[.)]|[-*+•])\s+")
ITEM = re.compile(r"[^\W\d_]+(?:['’ -][^\W\d_]+)*")
NOT_FEELINGS = """
am are as at be because been by can cannot could did do does expression face for from had has have he he's her here him
his how i i'd i'm if image in is it it's man may me might must my of on person she she's since so sorry than that the
their them there these they this those to unable us video was we were what which while who will with without woman
would you
"""
SENTENCE_WORDS = frozenset(NOT_FEELINGS.split())
NEGATED = re.compile(r"\b(?:not|never)\b|n't\b")
DENIED = re.compile(r"(?:not|no|never|without|neither|nor)\b")
NONE = frozenset({"none", "no emotion", "no emotions", "nothing", "empty", "n/a"})
ARTICLE = re.compile(
    r"\A(?:(?:an?\s+)?(?:mix|mixture|sense|feeling|hint)s?\s+of|a\s+(?:bit|little)|an?|the|some|slightly|very|maybe|perhaps|possibly|probably|also|mainly|mostly)\s+"
)
MOST_WORDS = 3
MOST_ITEMS = 64  # items; a reply with more is a loop, not an answer


class OpenReader:
    """Reads replies to a question for emotion words of the model's own choosing."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked

    def __call__(self, text: str, part: Part) -> Parsed:
        """Return the emotion words of a reply."""
        within = (part.start, part.end)
        return _document(text, within, part.rule) or _text(fold(text, *within), part.rule)


def _document(text: str, within: Span, rule: str) -> Parsed | None:
    json = document(text, *within)
    if json is None:
        return None
    found = json.fields
    strings = [field for field in found if isinstance(field.value, str)]
    words = _items(item for field in strings for item in SEPARATOR.split(fold(str(field.value)).text))
    empty = not found or any(field.value == () for field in found)
    if words is None or not (words or strings or empty):
        return None
    span = (strings[0].span[0], max(field.span[1] for field in strings)) if strings else within
    return answered(words, span, rule or "json")


def _text(part: Folded, rule: str) -> Parsed:
    everything = part.span(0, len(part.text))
    announced = list(ANNOUNCED.finditer(part.text))
    declined = refusal(part.text)
    if announced:
        end = part.text.find("\n\n", announced[-1].end())
        words = _listed(part.text[announced[-1].end() : end if end >= 0 else len(part.text)])
        if words:
            return answered(
                words, part.span(announced[-1].end(), end if end >= 0 else len(part.text)), rule or "declared answer"
            )
    if declined:
        return refused(part.span(declined.start, declined.end), declined.rule)
    words = _listed(part.text)
    if words is not None:
        return answered(words, everything, rule or ("list" if words else "none"))
    return _sentences(part, rule) or unparsed(everything, "neither a list nor a sentence that names a feeling")


def _sentences(part: Folded, rule: str) -> Parsed | None:
    found: list[str] = []
    spans = []
    for sentence in SENTENCE.finditer(part.text):
        verb = FEELS.search(part.text, *sentence.span())
        if verb is None or NEGATED.search(part.text, max(sentence.start(), verb.start() - 24), verb.start()):
            continue
        reason = REASON.search(part.text, verb.end(), sentence.end())
        span = trimmed(part.text, verb.end(), reason.start() if reason else sentence.end())
        words = _listed(part.text[slice(*span)])
        if words:
            found += words
            spans.append(span)
    if not found or len(found) > MOST_ITEMS:
        return None
    return answered(tuple(dict.fromkeys(found)), part.span(spans[0][0], spans[-1][1]), rule or "sentence")


def _listed(text: str) -> tuple[str, ...] | None:
    return _items(SEPARATOR.split(text.strip().rstrip(".!")))


def _items(pieces: Iterable[str]) -> tuple[str, ...] | None:
    """Return the cleaned items; None if one of them is no emotion word but part of a sentence."""
    found: dict[str, None] = {}
    for piece in pieces:
        item = _cleaned(piece)
        if not item or item in NONE or DENIED.match(item):
            continue
        words = item.split()
        if len(words) > MOST_WORDS or not ITEM.fullmatch(item) or SENTENCE_WORDS.intersection(words):
            return None
        found[storable(item)] = None
    return tuple(found) if len(found) <= MOST_ITEMS else None


def _cleaned(piece: str) -> str:
    bare = ENUMERATOR.sub("", piece.strip()).strip(" \t\r\"'`*_()[]{}<>.:!?#-")
    return unicodedata.normalize("NFC", ARTICLE.sub("", ENUMERATOR.sub("", bare)).strip())
