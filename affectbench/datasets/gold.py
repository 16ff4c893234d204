"""Gold: what a row says of each target, its codes looked up in their label sets."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from affectbench.datasets.cells import Missing, Unknown, number_of, text_of
from affectbench.datasets.rows import Row, evaluate
from affectbench.datasets.shape import column
from affectbench.datasets.source import Source
from affectbench.errors import DataError
from affectbench.specs.dataset import Read
from affectbench.specs.rules import RULES, Kind
from affectbench.specs.targets import From, FromColumns, RatingColumns, RatingList, Target
from affectbench.templates import value
from affectbench.types import Gold

FIELDS: dict[Kind, str] = {
    "label": "label",
    "set": "labels",
    "levels": "levels",
    "votes": "votes",
    "ratings": "ratings",
    "text": "text",
}


def _empty(field: str, part: Any) -> bool:
    """Whether this is a set of labels that was read and has none, which is something else than no set."""
    return field == "labels" and part is not None


class Reader:
    """Reads the gold of one target from rows; targets that it follows from are read with it."""

    def __init__(self, name: str, read: Read, source: Source, unknown: Unknown) -> None:
        self.name = name
        self.target: Target = read.targets[name]
        self.labels = source.label_set(self.target)
        self.unknown = unknown
        self.others = [Reader(other, read, source, unknown) for other in self.target.needs]
        self.missing = Missing(self.target.missing)
        self.kind = self.target.kind
        self.source = self.target.source
        self._known: dict[str, str] = {}
        self._own = self._reader()

    def read(self, row: Row, options: tuple[str, ...] | None) -> Gold | None:
        """Return the gold of a row, None where it has none for this target."""
        others = {other.name: other.read(row, options) for other in self.others}
        source = self.source
        own = self._follow(source, others[source.source], row) if source else self._own(row, options)
        if own is None:
            return None
        if not others:
            return Gold(**own)
        fields: dict[str, Any] = {}
        for gold in filter(None, others.values()):
            fields |= {field: part for field in Gold.__slots__ if (part := getattr(gold, field)) or _empty(field, part)}
        return Gold(**{**fields, **own})

    # -- one kind each -----------------------------------------------------------------------------------------------

    def _reader(self) -> Callable[[Row, tuple[str, ...] | None], dict[str, Any] | None]:
        gold, kind = self.target.gold, self.kind
        if isinstance(gold, From):
            return lambda row, options: None
        if gold is None:
            return lambda row, options: {}  # withheld: the sample is asked all the same
        if isinstance(gold, str):
            return {"label": self._label, "set": self._set, "votes": self._votes, "text": self._text}[kind](value(gold))
        if isinstance(gold, RatingList | RatingColumns):
            return self._ratings(gold)
        if kind == "ratings" and isinstance(gold, dict):
            return self._named({annotator: value(text) for annotator, text in gold.items()})
        if isinstance(gold, FromColumns) and kind == "set":
            return self._coded(gold)
        cells = (
            {name: value("{{ row[" + repr(name) + "] }}") for name in gold.columns}
            if isinstance(gold, FromColumns)
            else {}
        )
        if isinstance(gold, FromColumns):
            return self._numbers({gold.columns[name]: cell for name, cell in cells.items()})
        return self._numbers({name: value(text) for name, text in gold.items()})

    def _label(self, template: Any) -> Callable[..., dict[str, Any] | None]:
        def read(row: Row, options: tuple[str, ...] | None) -> dict[str, Any] | None:
            found = self._name(text_of(evaluate(template, row), row, self.name), row, options)
            return None if found is None else {"label": found}

        return read

    def _set(self, template: Any) -> Callable[..., dict[str, Any] | None]:
        def read(row: Row, options: tuple[str, ...] | None) -> dict[str, Any] | None:
            found = evaluate(template, row)
            if isinstance(found, str) and found in self.missing:
                return None
            if isinstance(found, Mapping):
                found = [label for label, share in found.items() if number_of(share, row, self.name) > 0]
            if not isinstance(found, list | tuple):
                raise DataError(
                    f"{row.place}: target {self.name!r}: a list was expected, not {found!r}; split it: x.split(',')"
                )
            texts = [text for item in found if (text := text_of(item, row, self.name).strip())]
            names = [name for text in texts if (name := self._name(text, row, options)) is not None]
            return {"labels": self._ordered(names)}

        return read

    def _text(self, template: Any) -> Callable[..., dict[str, Any] | None]:
        def read(row: Row, options: tuple[str, ...] | None) -> dict[str, Any] | None:
            found = text_of(evaluate(template, row), row, self.name)
            return {"text": found} if found.strip() and found not in self.missing else None

        return read

    def _votes(self, template: Any) -> Callable[..., dict[str, Any] | None]:
        def read(row: Row, options: tuple[str, ...] | None) -> dict[str, Any] | None:
            found = evaluate(template, row)
            if not isinstance(found, Mapping):
                raise DataError(
                    f"{row.place}: target {self.name!r}: a mapping label → votes was expected, not {found!r}"
                )
            return self._counted({label: number_of(count, row, self.name) for label, count in found.items()}, row)

        return read

    def _coded(self, gold: FromColumns) -> Callable[..., dict[str, Any] | None]:
        """Read a set of which each label has a column: present, absent, or (a sentinel) not coded."""

        def read(row: Row, options: tuple[str, ...] | None) -> dict[str, Any] | None:
            present, unlabelled = [], []
            for name, code in gold.columns.items():
                cell = column(row, name)
                label = self._name(code, row, options)
                if label is None:
                    continue
                if cell is None or str(cell) in self.missing:
                    unlabelled.append(label)
                elif str(cell).strip() in gold.present:
                    present.append(label)
                elif str(cell).strip() not in gold.absent:
                    raise DataError(
                        f"{row.place}: target {self.name!r}: {name} is {cell!r}: neither present, absent nor missing"
                    )
            if len(unlabelled) == len(gold.columns):
                return None
            return {"labels": self._ordered(present), "unlabelled": self._ordered(unlabelled)}

        return read

    def _numbers(self, cells: Mapping[str, Any]) -> Callable[..., dict[str, Any] | None]:
        """Read levels or votes: name → number."""

        def read(row: Row, options: tuple[str, ...] | None) -> dict[str, Any] | None:
            found: dict[str, float] = {}
            for name, template in cells.items():
                cell = evaluate(template, row)
                if cell is not None and text_of(cell, row, self.name) not in self.missing:
                    found[name] = number_of(cell, row, self.name)
            return self._counted(found, row) if self.kind == "votes" else self._leveled(found, row)

        return read

    def _ratings(self, gold: RatingList | RatingColumns) -> Callable[..., dict[str, Any] | None]:
        def read(row: Row, options: tuple[str, ...] | None) -> dict[str, Any] | None:
            given = self._from_list(gold, row) if isinstance(gold, RatingList) else self._from_columns(gold, row)
            return {"ratings": given} if given else None

        return read

    def _named(self, cells: Mapping[str, Any]) -> Callable[..., dict[str, Any] | None]:
        """Read the label that each annotator gave; one whose text is empty gave none."""

        def read(row: Row, options: tuple[str, ...] | None) -> dict[str, Any] | None:
            texts = {
                annotator: text_of(evaluate(template, row), row, self.name) for annotator, template in cells.items()
            }
            named = {annotator: self._name(text, row, options) for annotator, text in texts.items() if text.strip()}
            given = {annotator: label for annotator, label in named.items() if label is not None}
            return {"ratings": given} if given else None

        return read

    def _from_columns(self, gold: RatingColumns, row: Row) -> dict[str, Mapping[str, float] | str]:
        found: dict[str, Mapping[str, float] | str] = {}
        for name, annotator in gold.columns.items():
            cell = column(row, name)
            if cell is None or cell == "" or str(cell) in self.missing:
                continue
            if gold.level is not None:
                levels = self._leveled({gold.level: number_of(cell, row, self.name)}, row)
                found |= {annotator: levels["levels"]} if levels else {}
            elif (label := self._name(str(cell), row, None)) is not None:
                found[annotator] = label
        return found

    def _from_list(self, gold: RatingList, row: Row) -> dict[str, Mapping[str, float] | str]:
        found: dict[str, Mapping[str, float] | str] = {}
        for annotator, item in self._items(gold, row):
            one = Row(item if isinstance(item, Mapping) else {"value": item})
            one.file, one.line = row.file, row.line
            rating = self._rating(gold, one)
            if rating is not None:
                found[annotator] = rating
        return found

    def _items(self, gold: RatingList, row: Row) -> Iterator[tuple[str, Any]]:
        """Yield each annotator with what they gave."""
        cell = column(row, gold.each)
        for item in cell if isinstance(cell, list) else [cell]:
            if not isinstance(item, Mapping) or (gold.annotator is not None and gold.annotator not in item):
                raise DataError(
                    f"{row.place}: target {self.name!r}: an item of {gold.each!r} names no annotator: {item!r}"
                )
            yield from item.items() if gold.annotator is None else [(str(item[gold.annotator]), item)]

    def _rating(self, gold: RatingList, item: Row) -> Mapping[str, float] | str | None:
        if gold.label is not None:
            return self._name(text_of(evaluate(value(gold.label), item), item, self.name), item, None)
        if isinstance(gold.levels, dict):
            cells = {name: evaluate(value(text), item) for name, text in gold.levels.items()}
        else:
            naming = value(gold.names)
            cells = {naming({"name": name}): cell for name, cell in item.items() if name != gold.annotator}
        kept = {name: cell for name, cell in cells.items() if str(cell) not in self.missing and cell != ""}
        levels = self._leveled({name: number_of(cell, item, self.name) for name, cell in kept.items()}, item)
        absent = {} if gold.absent is None or self.labels is None else dict.fromkeys(self.labels.names, gold.absent)
        return {**absent, **(levels or {"levels": {}})["levels"]} or None

    # -- following from another target -------------------------------------------------------------------------------

    def _follow(self, source: From, gold: Gold | None, row: Row) -> dict[str, Any] | None:
        if gold is None:
            return None
        if source.at_least is not None:
            return self._at_least(source, gold.levels or {}, row)
        rule = RULES[source.rule or ""]
        kept = self.labels.names if self.labels is not None else tuple(gold.votes or ())
        found = rule.function(getattr(gold, FIELDS[rule.reads]) or {}, kept)
        if found is None:
            return None
        return {FIELDS[rule.gives]: self._ordered(found) if rule.gives == "set" else found}

    def _at_least(self, source: From, levels: Mapping[str, float], row: Row) -> dict[str, Any] | None:
        asked = [self._name(code, row, None) for code in source.of] or [*(self.labels.names if self.labels else levels)]
        names = [name for name in asked if name is not None]
        coded = [name for name in names if name in levels]
        if not coded:
            return None
        present = [name for name in coded if levels[name] >= (source.at_least or 0)]
        return {"labels": self._ordered(present), "unlabelled": self._ordered(set(names) - set(coded))}

    # -- names and numbers -------------------------------------------------------------------------------------------

    def _name(self, text: str, row: Row, options: tuple[str, ...] | None) -> str | None:
        """Return the label that a code means; None, and noted, where the label set does not know it."""
        if text in self._known:
            return self._known[text]
        if text in self.missing:
            return None
        if self.labels is not None:
            found = self.labels.name_of(text)
            if found is None:
                self.unknown.note(self.name, text, row, self.labels)
            else:
                self._known[text] = found
            return found
        text = text.strip()
        if self.target.labels == "options" and text not in (options or ()):
            raise DataError(
                f"{row.place}: target {self.name!r}: {text!r} is not one of the options {list(options or ())}"
            )
        return text or None

    def _ordered(self, names: Collection[str]) -> tuple[str, ...]:
        """Return each name once, in the order of the label set."""
        return tuple(name for name in (self.labels.names if self.labels else dict.fromkeys(names)) if name in names)

    def _leveled(self, found: Mapping[str, float], row: Row) -> dict[str, Any] | None:
        levels: dict[str, float] = {}
        for code, level in found.items():
            name = self._name(code, row, None) if self.labels is not None else code
            bounds = self.target.range_of(code) or (self.target.range_of(name) if name else None)
            if bounds is not None and not bounds[0] <= level <= bounds[1]:
                raise DataError(
                    f"{row.place}: target {self.name!r}: {code} is {level:g}, outside {bounds[0]:g} to {bounds[1]:g}"
                )
            if name is not None:
                levels[name] = level
        return {"levels": levels} if levels else None

    def _counted(self, found: Mapping[str, float], row: Row) -> dict[str, Any] | None:
        votes: dict[str, float] = {}
        for code, count in found.items():
            name = self._name(code, row, None)
            if count < 0:
                raise DataError(f"{row.place}: target {self.name!r}: {count:g} votes for {code!r}")
            if name is not None:
                votes[name] = votes.get(name, 0.0) + count
        return {"votes": votes} if any(votes.values()) else None
