"""What `mini` is asked about a face or a film, and the right answer to it."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from random import Random

from affectbench import faces
from affectbench.mini import wordings as w
from affectbench.mini.pictures import Seen
from affectbench.mini.wordings import laid_out, sentence, worded

BASIC, COMPOUND = faces.labels("basic"), faces.labels("compound")

# How lists call the basic expressions: as a noun, as an adjective, and otherwise.
CALLED: Mapping[str, tuple[str, ...]] = {
    "neutral": ("neutral", "neutral", "calm", "no emotion", "neutral face", "relaxed", "none of them"),
    "happiness": ("happiness", "happy", "joy", "joyful", "delighted", "cheerful", "glad"),
    "sadness": ("sadness", "sad", "sorrow", "unhappy", "sorrowful", "grief", "down"),
    "surprise": ("surprise", "surprised", "astonishment", "astonished", "amazed", "startled"),
    "fear": ("fear", "fearful", "afraid", "scared", "frightened", "terrified", "anxious"),
    "anger": ("anger", "angry", "rage", "furious", "mad", "annoyed", "irritated"),
    "disgust": ("disgust", "disgusted", "revulsion", "revolted", "repelled", "repulsed"),
}
OTHERS = (
    "contempt", "boredom", "confusion", "pride", "shame", "interest", "excitement", "pain", "love", "envy", "guilt",
    "tiredness", "hope", "jealous", "proud", "bored", "confused", "embarrassed", "awe", "relief", "other", "unknown",
)  # fmt: skip
SEPARATORS = (", ", ", ", ", ", ", ", " | ", "; ", "\n", "\n- ", " / ", ",")
LETTERED = ("{}. ", "{}. ", "{}) ", "({}) ", "{}: ", "{} - ")
KEYS = ("emotion", "label", "expression", "answer", "category")
Kind = Callable[[Seen, Random], tuple[list[str], str]]
"""A kind of question: the parts of what is asked, and the answer."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: `system`, what comes before the pictures and after them, and the answer."""

    system: str
    before: str
    after: str
    answer: str


def asked(seen: Seen, chance: Random, rich: float = 1.0) -> Question:
    """Ask something about a face or film; at 0 `rich`, for one of a few names, which is all that is said."""
    kinds = _kinds(seen, rich)
    (kind,) = chance.choices(list(kinds), list(kinds.values()))
    parts, answer = kind(seen, chance)
    if len(seen.pictures) > 1:
        parts = [part.replace("picture", "clip").replace("image", "video") for part in parts]
        if chance.random() < rich:
            ways = (parts[0], "{film}: " + parts[0], parts[0] + " ({film})")
            parts[0] = worded(ways, chance, film=chance.choice(w.FILM))
    if chance.random() < rich:
        return _composed(parts, answer, chance)
    return Question("", "", chance.choice(("\n", " ")).join(parts), answer)


def _kinds(seen: Seen, rich: float) -> dict[Kind, float]:
    """Return what may be asked, and how often."""
    if not seen.face.expression:
        return {_units: 0.55, _levels: 0.35, _sentence: 0.1}
    others: dict[Kind, float] = {_units: 0.11, _levels: 0.08, _words: 0.03, _sentence: 0.06, _yes_or_no: 0.02}
    if len(seen.pictures) > 1:
        others = {_yes_or_no: 0.06}
    kinds = {kind: share * rich for kind, share in others.items()}
    return {**kinds, partial(_choice, rich=rich): 1 - sum(kinds.values())}


def _composed(parts: list[str], answer: str, chance: Random) -> Question:
    """Put sentences that mean nothing between those that do, and the pictures somewhere."""
    if chance.random() < 0.3:
        chance.shuffle(parts)
    for _ in range(chance.choice((0, 0, 0, 1, 1, 2))):
        parts.insert(chance.randint(0, len(parts)), sentence(chance))
    opening = [chance.choice(w.OPENING)] if chance.random() < 0.3 else []
    system = ""
    if chance.random() < 0.2:
        system = laid_out([chance.choice(w.SYSTEM) if chance.random() < 0.5 else sentence(chance)], chance)
    where = chance.random()
    if where < 0.75:
        before, after = "", laid_out(opening + parts, chance)
    elif where < 0.9:
        before, after = laid_out(opening or [sentence(chance)], chance), laid_out(parts, chance)
    else:
        before, after = laid_out(opening + parts, chance), ""
    glue = chance.choice(("\n", "\n", "\n", " ", ""))
    return Question(system, before + (glue if before else ""), (glue if after else "") + after, answer)


def _choice(seen: Seen, chance: Random, rich: float) -> tuple[list[str], str]:
    expression = seen.face.expression
    if chance.random() < 0.04 * rich and abs(seen.face.valence_arousal[0]) > 0.2:
        return _sentiment(seen, chance)
    names, right = _names(expression, chance, rich)
    core = w.MIXED if expression in COMPOUND and chance.random() < 0.6 else w.CHOICE
    return _listed(names, right, core, chance, rich)


def _listed(
    names: list[str], right: str, core: Sequence[str], chance: Random, rich: float = 1.0
) -> tuple[list[str], str]:
    """Ask for one of some names, or for its letter."""
    style = chance.choice((str.title, str.upper, str.capitalize)) if chance.random() < 0.45 * rich else str
    names, right = [style(name) for name in names], style(right)
    lettered = chance.random() < 0.7 - 0.2 * rich
    parts = []
    if chance.random() < rich:
        parts.append(worded(core, chance) if chance.random() < 0.9 else sentence(chance))
    shown, answer = names, right
    if lettered:
        form = chance.choice(LETTERED) if chance.random() < 0.6 * rich else LETTERED[0]
        shown = [form.format(chr(ord("A") + i)) + name for i, name in enumerate(names)]
        answer = chr(ord("A") + names.index(right))
    joined = _joined(shown, chance) if chance.random() < 0.7 * rich else chance.choice((", ", "\n")).join(shown)
    parts.append(worded(w.LISTED, chance, list=joined) if chance.random() < rich else joined)
    if chance.random() < 0.6 * rich:
        parts.append(worded(w.BY_LETTER if lettered and chance.random() < 0.4 else w.ONLY, chance))
    if not lettered and chance.random() < 0.1 * rich:
        return _json(parts, chance.choice(KEYS), answer, chance)
    return parts, answer


def _names(expression: str, chance: Random, rich: float) -> tuple[list[str], str]:
    """Return a list as it is shown, and what is right in it: where the truth is missing, what comes nearest."""
    pool = BASIC if expression in BASIC else COMPOUND
    if chance.random() < 0.15 * rich:
        pool = (
            (*BASIC, *chance.sample(COMPOUND, 3))
            if expression in BASIC
            else chance.choice(((*BASIC, *COMPOUND), BASIC))
        )
    chosen = list(pool)
    if chance.random() >= 0.45 * rich:
        others = [name for name in pool if name != expression]
        chosen = chance.sample(others, chance.randint(1, min(len(others), 6))) + [expression] * (expression in pool)
    if len(chosen) > 2 and expression in chosen and chance.random() < 0.4 - 0.1 * rich:
        chosen.remove(expression)
    if chance.random() >= 0.35 * rich:
        chance.shuffle(chosen)
    right = expression if expression in chosen else max(chosen, key=lambda name: _near(name, expression))
    form = chance.choice((0, 1, 1, 9)) if chance.random() < 0.6 * rich else 0
    called = {name: _called(name, form, chance) for name in chosen}
    names = list(called.values())
    if chance.random() < 0.15 * rich and len(chosen) < 9:
        for other in chance.sample(OTHERS, chance.randint(1, 3)):
            names.insert(chance.randint(0, len(names)), other)
    return names, called[right]


def _called(name: str, form: int, chance: Random) -> str:
    """Return a name in a list's form: 0 nouns, 1 adjectives, else any."""
    if name in CALLED:
        return CALLED[name][form] if form < 2 else chance.choice(CALLED[name])
    if form < 2:
        return name
    first, second = faces.PARTS[name]
    return chance.choice((name, f"{first} and {second}", f"{first} + {second}", name.replace(" ", "-")))


def _parts(name: str) -> set[str]:
    return set(faces.PARTS.get(name, (name,)))


def _near(name: str, expression: str) -> float:
    """Return how near another expression comes: by what they are made of, and by the units that they move."""
    shared = len(_parts(name) & _parts(expression)) / len(_parts(name) | _parts(expression))
    one, other = (faces.expressions.prototype(each).always for each in (name, expression))
    length = math.sqrt(sum(v * v for v in one.values()) * sum(v * v for v in other.values()))
    alike = sum(one.get(unit, 0.0) * other.get(unit, 0.0) for unit in one) / length if length else 0.2
    return shared + alike


def _joined(names: Sequence[str], chance: Random) -> str:
    separator = chance.choice(SEPARATORS)
    if separator == ", " and len(names) > 1 and chance.random() < 0.25:
        return ", ".join(names[:-1]) + chance.choice((" or ", " and ", ", or ")) + names[-1]
    begin = separator if separator.startswith("\n") else ""
    return begin + separator.join(names) + ("\n" if begin else "")


def _json(parts: list[str], key: str, answer: str, chance: Random) -> tuple[list[str], str]:
    like = json.dumps({key: chance.choice(("...", "LABEL", "your choice", ""))})
    return [*parts, worded(w.AS_JSON, chance, key=key, like=like)], json.dumps({key: answer})


def _sentiment(seen: Seen, chance: Random) -> tuple[list[str], str]:
    names = ["positive", "neutral", "negative"]
    chance.shuffle(names)
    right = "positive" if seen.face.valence_arousal[0] > 0 else "negative"
    return _listed(
        names, right, ("what is the sentiment of {subject}?", "sentiment?", "how does {subject} feel?"), chance
    )


def _yes_or_no(seen: Seen, chance: Random) -> tuple[list[str], str]:
    mine = seen.face.expression
    others = [name for name in (BASIC if mine in BASIC else COMPOUND) if name != mine]
    true = chance.random() < 0.5
    what = _called(mine if true else chance.choice(others), 1, chance)
    parts = [worded(w.ASKED, chance, what=what), chance.choice(("yes or no?", "answer yes or no.", "yes, no"))]
    return parts, "yes" if true else "no"


def _units(seen: Seen, chance: Random) -> tuple[list[str], str]:
    listed = list(faces.NAMES)
    luck = chance.random()
    if luck < 0.4:
        listed = [unit for unit in listed if unit != 14]
    elif luck < 0.75:
        listed = sorted(chance.sample(listed, chance.randint(3, 14)))
    if chance.random() < 0.1:
        chance.shuffle(listed)
    active = faces.active({unit: v for unit, v in seen.moved().items() if unit in listed})
    parts = [worded(w.UNITS, chance) if chance.random() < 0.92 else sentence(chance)]
    if chance.random() < 0.93 or len(listed) < 16:
        named = len(listed) < 10 and chance.random() < 0.3
        shown = [faces.code(unit) + (f" ({faces.NAMES[unit]})" if named else "") for unit in listed]
        parts.append(worded(w.UNITS_LISTED, chance, list=_joined(shown, chance)))
    answer = ", ".join(map(faces.code, active)) or "none"
    if chance.random() < 0.06:
        like = json.dumps({"aus": [faces.code(1), faces.code(2)]})
        codes = json.dumps({"aus": list(map(faces.code, active))})
        return [*parts, worded(w.AS_JSON, chance, key="aus", like=like)], codes
    return [*parts, worded(w.UNITS_HOW, chance)], answer


def _levels(seen: Seen, chance: Random) -> tuple[list[str], str]:
    values = dict(zip(("valence", "arousal"), faces.affect.valence_arousal(seen.moved()), strict=True))
    names = ["valence", "arousal"]
    if chance.random() < 0.3:
        names = names[::-1] if chance.random() < 0.6 else [chance.choice(names)]
    said = {name: f"{values[name] + 0.0:.1f}".replace("-0.0", "0.0") for name in names}
    parts = [worded(w.RATE, chance, names=chance.choice((" and ", ", ", " & ")).join(names))]
    for name in names if chance.random() < 0.6 else [chance.choice(names)]:
        parts.append(worded(w.SCALE, chance, name=name))
    if chance.random() < 0.12:
        like = json.dumps(dict.fromkeys(names, "NUMBER"))
        answer = "{" + ", ".join(f'"{name}": {value}' for name, value in said.items()) + "}"
        return [*parts, worded(w.AS_JSON, chance, key=" and ".join(names), like=like)], answer
    like = ", ".join(f"{name}: {chance.choice(('x', 'N', '0.0', '...', 'VALUE'))}" for name in names)
    parts.append(worded(w.RATE_HOW, chance, like=like))
    return parts, ", ".join(f"{name}: {value}" for name, value in said.items())


def _words(seen: Seen, chance: Random) -> tuple[list[str], str]:
    return [worded(w.OPEN, chance), worded(w.OPEN_HOW, chance)], ", ".join(seen.face.emotions)


def _sentence(seen: Seen, chance: Random) -> tuple[list[str], str]:
    return [worded(w.DESCRIBE, chance), worded(w.DESCRIBE_HOW, chance)], seen.face.description
