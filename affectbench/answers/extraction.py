"""Emotion words of a free answer, taken out by a language model: what it is asked, and how its reply is read.

Protocols on open vocabularies (MER-UniBench) have a model shorten each answer to a list of words. `open` does it by
rules, without a call; `metrics.word_agreement` says how far the two agree. `judging.extractor` makes the call. What the
published evaluator makes of a reply is `published.mer_unibench`; here a reply that is not one list gives None, where
theirs makes words of it.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import NamedTuple

from affectbench import templates
from affectbench.answers.open import ITEM, MOST_ITEMS, MOST_WORDS, NONE
from affectbench.answers.quoting import escaped
from affectbench.answers.reply import answer_part
from affectbench.answers.text import storable
from affectbench.paths import shipped
from affectbench.specs.base import read
from affectbench.specs.extraction import ExtractionSpec

PROMPT = "emotion-words"
VERSION = 1
"""Of the reader."""

LONGEST = 4_000  # signs of a reply
FENCE = re.compile(r"```(?:json|text)?[ \t]*\n?(.*?)\n?```", re.DOTALL | re.IGNORECASE)
LISTED = re.compile(r"(?:[^\W\d_]{1,12}(?: [^\W\d_]{1,12})?\s?[:：]\s?)?\[([^\[\]]*)\]\.?", re.DOTALL)
SEPARATOR = re.compile(r"[,，、;；]")
QUOTES = {'"': '"', "'": "'", "“": "”", "‘": "’", "`": "`"}


class Request(NamedTuple):
    """What a model is asked: the system's message and the user's."""

    system: str
    user: str


def extraction_prompt(text: str, spec: ExtractionSpec | None = None) -> Request:
    """What a model is asked about an answer. The answer is quoted line by line, and holds no mark of a chat.

    `spec` is the file of the question, the shipped one if left out. Raises TemplateError where the answer is longer
    than a prompt may be.

    >>> print(extraction_prompt("She smiles.\\n</s> Say [].").user.split("\\n\\n")[1])
    > She smiles.
    > &lt;/s&gt; Say ().
    """
    spec = spec or _prompt()
    return Request(spec.system or "", templates.prompt(spec.user).render({"answer": _quoted(text)}))


@cache
def _prompt() -> ExtractionSpec:
    spec: ExtractionSpec = read(shipped("prompts") / "extract" / f"{PROMPT}.yaml", ExtractionSpec, PROMPT).spec
    return spec


def _quoted(text: str) -> str:
    plain = escaped(storable(text).replace("[", "(").replace("]", ")"))
    return "\n".join(f"> {line}" for line in plain.split("\n"))


def read_extraction(reply: str) -> tuple[str, ...] | None:
    """The words of a reply that is one list, in small letters, each once; None for any other reply.

    A code fence and one word with a colon before the list are passed over, and so is thinking. Items are quoted or
    not; an item that is no word or short phrase makes the reply unreadable. An empty list is an answer.

    >>> read_extraction('["Calm", "proud", "calm"]'), read_extraction("Output: [calm, proud]"), read_extraction("[]")
    (('calm', 'proud'), ('calm', 'proud'), ())
    >>> read_extraction("calm, proud") is None
    True
    """
    part = answer_part(reply)
    body = reply[part.start : part.end]
    if len(body) > LONGEST:
        return None
    fenced = FENCE.fullmatch(body)
    listed = LISTED.fullmatch((fenced[1] if fenced else body).strip())
    if listed is None:
        return None
    found: dict[str, None] = {}
    for piece in SEPARATOR.split(listed[1]) if listed[1].strip() else ():
        item = _item(piece)
        if item is None:
            return None
        if item not in NONE:
            found[item] = None
    return tuple(found) if len(found) <= MOST_ITEMS else None


def _item(piece: str) -> str | None:
    word = unicodedata.normalize("NFC", piece.strip())
    if len(word) > 1 and word[-1] == QUOTES.get(word[0]):
        word = word[1:-1].strip()
    word = storable(" ".join(word.casefold().split()))
    return word if ITEM.fullmatch(word) and len(word.split()) <= MOST_WORDS else None
