"""Whether a text says that a clue is there, that it is not, or leaves it open.

A denial or a hedge reaches the first clue behind it within one clause, and the rest of its list where an `or`, a `nor`
or a direct `and` joins it ("no smile, frown or tears"). A comma, a `but` and the like end its reach. Behind a clue,
"is absent", "are not seen", ": no" deny, "perhaps" and a question mark leave it open. Two denials in a row cancel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile
from typing import Literal

from affectbench.clues.binding import Named
from affectbench.clues.grammar import (
    ABSENT,
    AND,
    BARELY,
    BE,
    EXAMPLES,
    HARD,
    LISTED,
    OR,
    ROLES,
    SKIPPED,
    SOFTENERS,
    STATES,
    SUBJECTS,
    Role,
)
from affectbench.clues.phrases import Found, Phrases
from affectbench.clues.tokens import Token

Polarity = Literal["present", "denied", "hedged"]
REACH = 11  # tokens from a denial to the first clue that it reaches
NEAR = 2  # tokens between two denials that cancel
BETWEEN = 6  # tokens between two members of a list
LIST = 24  # tokens of a list that are looked through for its `or`
MARKS = HARD | {",", ")"}
_FUNCTION: Phrases[Role] = Phrases(((p, role) for role, phrases in ROLES.items() for p in sorted(phrases)), loose=False)


@dataclass(slots=True)
class Scope:
    """How far a denial or a hedge has come: where it began, and the end of the last clue that it reached."""

    since: int = -1
    last: int = -1

    @property
    def open(self) -> bool:
        """Whether it reaches anything."""
        return self.since >= 0

    def begin(self, place: int) -> None:
        """Start anew at a token."""
        self.since, self.last = place, -1

    def end(self) -> None:
        """Reach no further."""
        self.since = self.last = -1


class Weigher:
    """Weighs the clues of one text in their order."""

    def __init__(self, text: Sequence[Token], named: Sequence[Named], blocked: Sequence[tuple[int, int]]) -> None:
        self.text = text
        self.named = named
        self.blocked = dict(blocked)  # phrases of the lexicon: the small words inside them say nothing
        self.at: dict[int, list[int]] = {}
        for index, one in enumerate(named):
            self.at.setdefault(one.at, []).append(index)
        self.denial, self.hedge = Scope(), Scope()
        self.found: list[Polarity] = ["present"] * len(named)

    def weigh(self) -> list[Polarity]:
        """Return the polarity of each clue."""
        place = 0
        while place < len(self.text):
            for index in self.at.get(place, ()):
                self.found[index] = self._of(self.named[index])
            if place in self.blocked:
                place = self._inside(place)
                continue
            word = _FUNCTION.at(self.text, place)
            if word is not None:
                self._meet(word)
                place = word.last
            else:
                self._plain(place)
                place += 1
        self._behind()
        self._questions()
        return self.found

    def _inside(self, place: int) -> int:
        """Pass a phrase; a clue may have its later piece inside, as a number has."""
        end = self.blocked[place]
        for inner in range(place + 1, end):
            for index in self.at.get(inner, ()):
                self.found[index] = self._of(self.named[index])
        return end

    def _meet(self, word: Found[Role]) -> None:
        role, place = word.means[0], word.first
        if role == "stop":
            self.denial.end()
            self.hedge.end()
        elif role == "hedge":
            self.hedge.begin(word.last - 1)
        elif role == "deny" and not self._answers_no(word):
            self._deny(place, word.last - 1)

    def _deny(self, first: int, last: int) -> None:
        if self.denial.open and self.denial.last < 0 and first - self.denial.since <= NEAR:
            self.denial.end()  # "not without", "no lack of"
        else:
            self.denial.begin(last)

    def _answers_no(self, word: Found[Role]) -> bool:
        """Whether a "no" is an answer of its own: "No, she smiles"."""
        following = self.text[word.last].raw if word.last < len(self.text) else "."
        return self.text[word.first].raw == "no" and following in ",.:;!"

    def _plain(self, place: int) -> None:
        raw = self.text[place].raw
        if raw.endswith("n't"):
            self._deny(place, place)
        elif raw in HARD or raw == ":":
            self.denial.end()
            self.hedge.end()
        elif (raw == "," and not self._goes_on(place + 1)) or (raw == "and" and self._begins(place + 1)):
            for scope in (self.denial, self.hedge):
                if scope.last < 0:
                    scope.end()

    def _goes_on(self, place: int) -> bool:
        """Whether examples follow a comma: "no units of joy, such as AU12"."""
        return place < len(self.text) and self.text[place].raw in EXAMPLES

    def _begins(self, place: int) -> bool:
        """Whether an `and` begins a clause of its own: "and her brows", "and she"."""
        return place < len(self.text) and self.text[place].raw in SUBJECTS

    def _of(self, one: Named) -> Polarity:
        denied = self._reaches(self.denial, one)
        hedged = self._reaches(self.hedge, one)
        if denied:
            return "hedged" if hedged and self.hedge.since > self.denial.since else _turned("denied", one)
        return "hedged" if hedged else _turned("present", one)

    def _reaches(self, scope: Scope, one: Named) -> bool:
        if not scope.open:
            return False
        if scope.last < 0:
            reached = one.at - scope.since <= REACH
        else:
            reached = one.first < scope.last or self._listed(scope.last, one.first)
        if reached:
            scope.last = max(scope.last, one.last)
        else:
            scope.end()
        return reached

    def _listed(self, end: int, start: int) -> bool:
        """Whether a clue at `start` is in one list with the one that ends at `end`, and shares its fate."""
        if start - end > BETWEEN:
            return False
        between = [token.raw for token in self.text[end:start]]
        if any(raw not in LISTED for raw in between):
            return False
        if any(raw in OR for raw in between):
            return True
        if between and between[0] in AND:
            return not (between[1:] and between[1] in SUBJECTS)  # "no smile and the brows are raised"
        return "、" in between or (bool(between) and self._or_ahead(start))

    def _or_ahead(self, start: int) -> bool:
        """Whether the list that goes on at `start` ends with an `or`."""
        for token in self.text[start : start + LIST]:
            if token.raw in OR:
                return True
            if token.raw in HARD:
                return False
        return False

    # -- what stands behind a clue -----------------------------------------------------------------------------------

    def _behind(self) -> None:
        for index, one in enumerate(self.named):
            found = self._after(one.last)
            if found is None:
                continue
            self.found[index] = _turned(found, one) if found == "denied" else found
            if found == "denied":
                self._back(index)

    def _after(self, place: int) -> Polarity | None:
        """Return what the words right behind a clue make of it, None if nothing."""
        words = [token.raw for token in self.text[place : place + 6]]
        if words and words[0] in (",", "(") and len(words) > 1 and words[1] in SOFTENERS and _ends(words[2:]):
            return "hedged"
        if words and words[0] in SOFTENERS:
            return "hedged"
        if words and words[0] in (":", "=", "(", "/"):
            said = words[1:3]
            if said and words[0] in (":", "=") and said[0] in SOFTENERS:
                return "hedged"
            if said and (said[0] in ABSENT or (said[0] == "not" and said[1:] and said[1] in STATES)):
                return "denied"
            return None
        if any(one in BARELY and other in STATES for one, other in pairwise(words[:3])):
            return "hedged"
        return "denied" if _denies(words) else None

    def _back(self, index: int) -> None:
        """Deny the clues that are in one list with a denied one: "AU6 and AU12 are absent"."""
        while index > 0:
            left, right = self.named[index - 1], self.named[index]
            if not left.last <= right.first <= left.last + BETWEEN:
                return
            if any(token.raw not in LISTED for token in self.text[left.last : right.first]):
                return
            index -= 1
            self.found[index] = _turned("denied", left)

    def _questions(self) -> None:
        """A question claims nothing."""
        asked = [False] * (len(self.text) + 1)
        for place in range(len(self.text) - 1, -1, -1):
            raw = self.text[place].raw
            asked[place] = raw == "?" if raw in HARD else asked[place + 1]
        for index, one in enumerate(self.named):
            if asked[min(one.last, len(self.text))] and self.found[index] == "present":
                self.found[index] = "hedged"


def _ends(words: Sequence[str]) -> bool:
    """Whether a clause ends here."""
    return not words or words[0] in MARKS


def _denies(words: Sequence[str]) -> bool:
    """Whether the words behind a clue say that it is not there: "is absent", "are not seen", "isn't visible"."""
    words = list(takewhile(lambda word: word not in MARKS, words))
    place, verb = 0, False
    while place < len(words) and (words[place] in BE or words[place] in SKIPPED or words[place].endswith("ly")):
        verb = verb or words[place] in BE
        place += 1
    rest = list(words[place:])
    if rest and rest[0] in ABSENT - {"0", "no", "none", "off", "false"}:
        return True
    negated = bool(rest) and (rest[0] in ("not", "cannot", "never") or rest[0].endswith("n't"))
    if not negated:
        return False
    behind = [word for word in rest[1:4] if word not in BE and not word.endswith("ly")]
    return (bool(behind) and behind[0] in STATES) or (verb and not behind)


def _turned(polarity: Polarity, one: Named) -> Polarity:
    """A clue that is named by its opposite is denied where that is there: lips that are closed."""
    if not one.negative:
        return polarity
    return "denied" if polarity == "present" else "hedged"
