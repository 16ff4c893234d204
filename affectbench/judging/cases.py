"""What is judged: an answer of a run, with the question and the gold where the rubric sees them."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from affectbench.answers.reply import answer_part
from affectbench.errors import RecordError, UsageError
from affectbench.prompts import gold_text
from affectbench.records import Key
from affectbench.specs.rubric import RubricSpec
from affectbench.types import Asked, Facts, Form, Gold, Media, Outcome, Sample

_HIDDEN = re.compile(r"<text:\S{1,100} sha256:[0-9a-f]{16}>|<gold>")


class Judged(Protocol):
    """What is read of a verdict here."""

    judged: str
    shown: tuple[str, ...]


V = TypeVar("V", bound=Judged)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One answer to be judged; `texts` are what the rubric shows of it, by the name of the variable.

    `against` another run it is judged beside that one's (`other`), and after it where they are `swapped`; `own` is the
    digest of the case without the other answer. `media` are shown with it; `sent` is what the model got of them
    (name and digest), None where that saw nothing, or where the rubric does not show them.
    """

    id: str
    repeat: int
    texts: Mapping[str, str]
    against: str | None = None
    swapped: bool = False
    own: str | None = None
    media: tuple[Media, ...] = ()
    bad: str | None = None
    sent: tuple[str, ...] | None = None

    @property
    def key(self) -> Key:
        """The sample's id and the number of the repeat."""
        return self.id, self.repeat

    @property
    def digest(self) -> str:
        """The digest of all that is judged, as far as it is known before the media are decoded."""
        return self.judged(self.sent or ())

    def judged(self, shown: Sequence[str]) -> str:
        """Return the digest of all that is judged, where these media are shown (`shown_as`)."""
        parts: list[Any] = [*sorted(self.texts.items()), *(["swapped"] if self.swapped else [])]
        return digest([*parts, list(shown)] if shown else parts)

    @property
    def asking(self) -> Key:
        """The key under which it is asked: the two orders of a pair are two questions."""
        return self.id, self.repeat if self.against is None else 2 * self.repeat + self.swapped

    def held(self, verdicts: Iterable[V]) -> V | None:
        """Return the last of the verdicts that are of this case: the same texts, the media that the model got."""
        found = None
        for one in verdicts:
            if one.judged == self.judged(one.shown) and self.sent in (None, one.shown):
                found = one
        return found

    @property
    def sample(self) -> Sample:
        """The case as a sample that a model is asked about."""
        return Sample(id=self.id, text=self.texts, media=self.media, bad=self.bad)


def shown_as(facts: Iterable[Facts]) -> tuple[str, ...]:
    """Return name and digest of each medium that was shown; of several with one name the last, the one in question."""
    return tuple(sorted({one.name: f"{one.name}:{one.digest or one.source}" for one in facts}.values()))


def cases(
    rubric: RubricSpec, facts: Mapping[str, Any], samples: Sequence[Sample], outcomes: Iterable[Outcome]
) -> Iterator[Case]:
    """Yield what a rubric judges of a run: each answer that is `ok`; `facts` is the run's manifest.

    `samples` need media only to be shown to the judge, not for what was judged to be known again.

    Raises UsageError where the rubric sees a text that the record does not hold.
    """
    known = {sample.id: sample for sample in samples}
    asked = _asked(facts["question"])
    for outcome in outcomes:
        if outcome.status == "ok":
            texts = {"answer": said(outcome, asked.form)}
            if "gold" in rubric.sees:
                texts["gold"] = _gold(rubric, asked, known[outcome.id].gold, outcome.id)
            if "question" in rubric.sees:
                texts["question"] = _question(rubric, outcome)
            yield Case(id=outcome.id, repeat=outcome.repeat, texts=texts, **_media(rubric, known, outcome))


def _media(rubric: RubricSpec, known: Mapping[str, Sample], outcome: Outcome) -> dict[str, Any]:
    """Return the media that a rubric shows with an answer, and what the model got of them."""
    if "media" not in rubric.sees:
        return {}
    seen = shown_as(outcome.sent) if all(facts.observed for facts in outcome.sent) else None
    sample = known[outcome.id]
    return {"media": sample.media, "bad": sample.bad, "sent": seen}


def said(outcome: Outcome, form: Form) -> str:
    """Return the answer that is judged: the reply without its thinking, also where only a label of it was read.

    Raises RecordError if the line holds none.
    """
    if form == "text" and outcome.parsed is not None and isinstance(outcome.parsed.value, str):
        return outcome.parsed.value
    text = outcome.responses[-1].text if outcome.responses else None
    if text is None:
        raise RecordError(f"sample {outcome.id!r} is {outcome.status}, but its line holds no reply to judge")
    part = answer_part(text)
    return text[part.start : part.end]


def _question(rubric: RubricSpec, outcome: Outcome) -> str:
    turns = outcome.prompt.messages if outcome.prompt else ()
    text = "\n\n".join(turn.text for turn in turns if turn.role == "user")
    if not text or _HIDDEN.search(text):
        raise UsageError(
            f"the rubric {rubric.id!r} sees the question, and the record does not hold that of {outcome.id!r}: the "
            "dataset does not allow its text in a run folder"
        )
    return text


def _gold(rubric: RubricSpec, asked: Asked, gold: Gold, sample: str) -> str:
    text = gold_text(asked, gold).strip()
    if not text:
        raise UsageError(f"the rubric {rubric.id!r} sees the gold, and sample {sample!r} has none")
    return text


def _asked(question: Mapping[str, Any]) -> Asked:
    levels = tuple((name, low, high) for name, low, high in question["levels"])
    return Asked(form=question["form"], options=tuple(question["labels"]), levels=levels)


def digest(value: Any) -> str:
    """Return the digest of plain values."""
    return hashlib.sha256(json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")).hexdigest()
