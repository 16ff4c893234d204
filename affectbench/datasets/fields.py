"""Fields: what a row says of a sample besides its gold."""

from __future__ import annotations

from collections.abc import Mapping

from affectbench.datasets.cells import number_of, text_of
from affectbench.datasets.folders import Folders
from affectbench.datasets.media import BrokenCellError, MediaReader
from affectbench.datasets.rows import Row, evaluate
from affectbench.errors import DataError, near
from affectbench.specs.dataset import Context, DatasetSpec, FoldBy, GroupOf, Layout
from affectbench.templates import value
from affectbench.types import Gold, Media, Sample


class Fields:
    """The templates of a `read` block, compiled, over rows."""

    def __init__(self, layout: Layout, folders: Folders) -> None:
        read = layout.read
        self.spec: DatasetSpec = folders.spec
        self._id = value(read.id)
        self._split = value(read.split if read.split is not None else next(iter(self.spec.splits)))
        self._fold = _Fold(read.fold) if read.fold is not None else None
        self._cluster = value(read.cluster) if read.cluster is not None else None
        self._weight = value(read.weight) if read.weight is not None else None
        self._options = value(read.options) if read.options is not None else None
        self._groups = {name: _Group(name, group) for name, group in read.group.items()}
        self._text = {name: value(text) for name, text in read.text.items() if isinstance(text, str)}
        self._media = [MediaReader(name, media, folders) for name, media in read.media.items()]
        self._known_bad: Mapping[str, str] = {**self.spec.known_bad, **read.known_bad}

    def id(self, row: Row) -> str:
        """Return the sample's id."""
        found = text_of(evaluate(self._id, row), row, "id").strip()
        if not found or len(found.splitlines()) > 1:
            raise DataError(f"{row.place}: id: {found!r} cannot be an id: one line of text is needed")
        return found

    def split(self, row: Row) -> str:
        """Return the split, one of those that the dataset file declares."""
        found = text_of(evaluate(self._split, row), row, "split")
        if found not in self.spec.splits:
            known = f" (splits: {', '.join(self.spec.splits)})"
            raise DataError(
                f"{row.place}: split: {found!r} is not declared{near(found, self.spec.splits)}{known}; "
                "leave such rows out by `where`, or declare it"
            )
        return found

    def fold(self, row: Row) -> str | None:
        """Return the fold; where the dataset file declares folds, one of those."""
        found = self._fold.read(row) if self._fold is not None else None
        if found is not None and self.spec.folds and found not in self.spec.folds:
            raise DataError(f"{row.place}: fold: {found!r} is not declared{near(found, self.spec.folds)}")
        return found

    def options(self, row: Row) -> tuple[str, ...] | None:
        """Return the sample's own list of options."""
        if self._options is None:
            return None
        found = evaluate(self._options, row)
        if not isinstance(found, list | tuple):
            raise DataError(f"{row.place}: options: a list was expected, not {found!r}")
        options = tuple(text_of(item, row, "options").strip() for item in found)
        if len(set(options)) < len(options):
            raise DataError(f"{row.place}: options: one stands twice in {list(options)}")
        return options

    def groups(self, row: Row) -> dict[str, str]:
        """Return the reporting groups; one with an empty value is left out."""
        found = ((name, group.read(row)) for name, group in self._groups.items())
        return {name: text for name, text in found if text}

    def cluster(self, row: Row) -> str | None:
        """Return the cluster; a sample with an empty one stands alone."""
        return None if self._cluster is None else text_of(evaluate(self._cluster, row), row, "cluster").strip() or None

    def weight(self, row: Row) -> float:
        """Return how much the sample counts, a number above 0."""
        weight = 1.0 if self._weight is None else number_of(evaluate(self._weight, row), row, "weight")
        if weight <= 0:
            raise DataError(f"{row.place}: weight: {weight:g} is not above 0; leave such rows out by `where`")
        return weight

    def sample(self, row: Row, identifier: str, gold: Gold, lines: Mapping[str, str]) -> Sample:
        """Return the whole sample; `lines` are the texts made of earlier rows."""
        media, broken = self._media_of(row)
        texts = {name: text_of(evaluate(text, row), row, f"text.{name}") for name, text in self._text.items()}
        return Sample(
            id=identifier,
            media=media,
            text={**texts, **lines},
            gold=gold,
            options=self.options(row),
            group=self.groups(row),
            cluster=self.cluster(row),
            fold=self.fold(row),
            weight=self.weight(row),
            bad=self._known_bad.get(identifier, broken),
        )

    def _media_of(self, row: Row) -> tuple[tuple[Media, ...], str | None]:
        """Return the media, and why one of them cannot be had."""
        found, broken = [], None
        for reader in self._media:
            try:
                media = reader.read(row)
            except BrokenCellError as error:
                media, broken = Media(name=reader.name, kind=reader.spec.kind, root=self.spec.id), str(error)
            found += [media] if media is not None else []
        return tuple(found), broken


class _Fold:
    """A template, or the fold whose list holds the value."""

    def __init__(self, spec: str | FoldBy) -> None:
        self.template = value(spec if isinstance(spec, str) else spec.by)
        self.folds = (
            None if isinstance(spec, str) else {item: fold for fold, items in spec.of.items() for item in items}
        )

    def read(self, row: Row) -> str:
        found = text_of(evaluate(self.template, row), row, "fold")
        if self.folds is None:
            return found
        if found not in self.folds:
            raise DataError(f"{row.place}: fold: {found!r} is in no fold{near(found, self.folds)}")
        return self.folds[found]


class _Group:
    """A template, with better names for its values, or with a number put into bands."""

    def __init__(self, name: str, spec: str | GroupOf) -> None:
        self.name = f"group.{name}"
        self.template = value(spec if isinstance(spec, str) else spec.of)
        self.names = {} if isinstance(spec, str) else spec.names
        self.bands = () if isinstance(spec, str) else spec.bands

    def read(self, row: Row) -> str:
        found = text_of(evaluate(self.template, row), row, self.name).strip()
        if self.names and found:
            if found not in self.names:
                raise DataError(f"{row.place}: {self.name}: no name for {found!r}{near(found, self.names)}")
            return self.names[found]
        return band(number_of(found, row, self.name), self.bands) if self.bands and found else found


def band(number: float, cuts: tuple[float, ...]) -> str:
    """Return the band of a number between ascending cuts: `<30`, `30-44`, `45-59`, `60+`."""
    above = next((index for index, cut in enumerate(cuts) if number < cut), len(cuts))
    if above == 0:
        return f"<{cuts[0]:g}"
    low = cuts[above - 1]
    if above == len(cuts):
        return f"{low:g}+"
    whole = all(float(cut).is_integer() for cut in cuts)
    return f"{low:g}-{cuts[above] - 1:g}" if whole else f"{low:g} to <{cuts[above]:g}"


def contexts(texts: Mapping[str, str | Context]) -> dict[str, Context]:
    """Return the texts that are made of earlier rows."""
    return {name: text for name, text in texts.items() if isinstance(text, Context)}
