"""A dataset file: what the corpus is, who may see it, and how its files become samples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Discriminator, Field, Tag, field_validator, model_validator

from affectbench.errors import near
from affectbench.specs.base import Part, Spec
from affectbench.specs.rows import Derived, Join, Pivot, Rows, When
from affectbench.specs.targets import Target
from affectbench.specs.values import Counts, Names, Paths, Text, kind_of, split_root
from affectbench.types import MediaKind


class Publish(Part):
    """What of the corpus a record may show to others."""

    media: bool = False
    labels: bool = False
    text: bool = False


class Access(Part):
    """How the corpus is had, and where its samples may go: `local` ones never to somebody else's server."""

    kind: Literal["open", "request", "eula", "closed"] = "request"
    url: str | None = None
    licence: str | None = None
    publish: Publish = Publish()
    send: Literal["local", "any"] = "local"


class FoldBy(Part):
    """Folds by lists: the fold whose list holds the value `by`."""

    by: Text
    of: dict[str, Names]


class GroupOf(Part):
    """A reporting group: a value with better names (`names`), or a number in bands cut at `bands`."""

    of: Text
    names: dict[str, str] = Field(default_factory=dict)
    bands: tuple[float, ...] = ()


class Context(Part):
    """Earlier rows as lines of text: the last `previous` of those with the same `by`, in the order of a column."""

    previous: int = Field(ge=1)
    by: Names
    order: str | None = None
    line: Text


class Pixels(Part):
    """A picture of raw pixels in a column: numbers from 0 to 255, `size` is width and height."""

    column: str
    size: tuple[int, int]
    mode: Literal["gray", "rgb"] = "gray"


class BoxOf(Part):
    """A box: left, top, right, bottom (`xyxy`) or left, top, width, height (`xywh`), one template or four.

    Or the smallest box around `landmarks`, a template for x and y of each point in turn, wider by `margin` times its
    width and height on each side.
    """

    xyxy: Text | tuple[Text, Text, Text, Text] | None = None
    xywh: Text | tuple[Text, Text, Text, Text] | None = None
    landmarks: Text | None = None
    margin: float = Field(default=0.0, ge=0, le=2)
    unit: Literal["pixel", "share"] = "pixel"

    @model_validator(mode="after")
    def _one_of(self) -> BoxOf:
        if sum(given is not None for given in (self.xyxy, self.xywh, self.landmarks)) != 1:
            raise ValueError("give exactly one of `xyxy`, `xywh`, `landmarks`")
        return self


class FacesOf(Part):
    """Several faces: a template for a mapping of each one's id to its box, four numbers or a text that holds them."""

    xyxy: Text | None = None
    xywh: Text | None = None
    unit: Literal["pixel", "share"] = "pixel"

    @model_validator(mode="after")
    def _one_of(self) -> FacesOf:
        if (self.xyxy is None) == (self.xywh is None):
            raise ValueError("give `xyxy` or `xywh`")
        return self


class MediaOf(Part):
    """One medium of a sample: from a path (of a list the first that exists), or encoded bytes or pixels of a column.

    A path that ends with `/` is a folder of frames. `frame`, `first`, `last`, `apex` are numbers of frames: in a folder
    the last number in a picture's name, in a file counted from `count_from` on. `fps` gives a folder's frames times.
    """

    kind: MediaKind
    path: Paths = ()
    bytes: str | None = None
    pixels: Pixels | None = None
    frame: Text | None = None
    first: Text | None = None
    last: Text | None = None
    apex: Text | None = None
    count_from: int = Field(default=0, ge=0, le=1)
    start_s: Text | None = None
    end_s: Text | None = None
    box: BoxOf | None = None
    faces: FacesOf | None = None
    track: Literal["video", "audio"] | None = None
    fps: float | None = Field(default=None, gt=0)
    condition: Text | None = Field(default=None, alias="if")

    @model_validator(mode="after")
    def _one_place(self) -> MediaOf:
        if sum((bool(self.path), self.bytes is not None, self.pixels is not None)) != 1:
            raise ValueError("a medium comes from exactly one of path, bytes, pixels")
        if self.pixels is not None and self.kind != "image":
            raise ValueError(f"pixels are an image, not {self.kind}")
        return self


class MockOf(Part):
    """What a synthetic copy must be told: what columns hold (lists are taken in turn, texts are templates over `i`)."""

    columns: dict[str, Any] = Field(default_factory=dict)
    joined: dict[str, Any] = Field(default_factory=dict)
    rows: int | None = Field(default=None, ge=1, le=10_000)


MAX_BEHIND = 50
"""How many other targets may be read for one; each may need several, so that without a bound they double and double."""

Fold = Annotated[Annotated[Text, Tag("text")] | Annotated[FoldBy, Tag("block")], Discriminator(kind_of)]
Group = Annotated[Annotated[Text, Tag("text")] | Annotated[GroupOf, Tag("block")], Discriminator(kind_of)]
Words = Annotated[Annotated[Text, Tag("text")] | Annotated[Context, Tag("block")], Discriminator(kind_of)]


def _extended(data: Any) -> Any:
    """Lay the fields of a block over those of the block that it extends; an empty field takes one away."""
    if not isinstance(data, Mapping) or "extends" not in data:
        return data
    base = _extended(data["extends"])
    if not isinstance(base, Mapping):
        raise ValueError("`extends` is another `read` block: *its_anchor")
    merged = {**base, **{name: block for name, block in data.items() if name != "extends"}}
    return {name: block for name, block in merged.items() if block is not None}


def _with_extends(schema: dict[str, Any]) -> None:
    """Tell editors of `extends`, which may give everything that is otherwise required."""
    schema["properties"]["extends"] = {"type": "object", "title": "Extends"}
    schema.pop("required", None)


class Read(Part):
    """How files become samples: rows, then derive, join, where, pivot or explode, then the fields of a sample."""

    model_config = ConfigDict(json_schema_extra=_with_extends)

    rows: Rows
    derive: dict[str, Derived] = Field(default_factory=dict)
    join: tuple[Join, ...] = ()
    where: Text | None = None
    pivot: Pivot | None = None
    explode: str | None = None
    id: Text
    split: Text | None = None
    fold: Fold | None = None
    cluster: Text | None = None
    weight: Text | None = None
    group: dict[str, Group] = Field(default_factory=dict)
    media: dict[str, MediaOf] = Field(default_factory=dict)
    text: dict[str, Words] = Field(default_factory=dict)
    targets: dict[str, Target] = Field(default_factory=dict)
    options: Text | None = None
    known_bad: dict[str, str] = Field(default_factory=dict)
    mock: MockOf | None = None

    @model_validator(mode="before")
    @classmethod
    def _extends(cls, data: Any) -> Any:
        return _extended(data)

    @field_validator("join", mode="before")
    @classmethod
    def _one_or_more(cls, data: Any) -> Any:
        return [data] if isinstance(data, Mapping | Join) else data

    @model_validator(mode="after")
    def _fits(self) -> Read:
        if self.pivot is not None and self.explode is not None:
            raise ValueError("`pivot` or `explode`, not both")
        for name, target in self.targets.items():
            self._check_target(name, target)
        return self

    def _check_target(self, name: str, target: Target, above: tuple[str, ...] = ()) -> int:
        """Check a target with all that are read with it, and return how many those are."""
        if name in above:
            raise ValueError(f"targets.{name}: follows from itself")
        read = 1
        for other in target.needs:
            if other not in self.targets:
                raise ValueError(f"targets.{name}: no target {other!r}{near(other, self.targets)}")
            if self.targets[other].withheld:
                raise ValueError(f"targets.{name}: nothing follows from {other!r}, whose gold is withheld")
            read += self._check_target(other, self.targets[other], (*above, name))
            if max(read, len(above)) > MAX_BEHIND:
                raise ValueError(f"targets.{name}: more than {MAX_BEHIND} targets would be read with it")
        if target.labels == "options" and self.options is None:
            raise ValueError(f"targets.{name}: `labels: options`, but the block has no `options`")
        return read

    def paths(self) -> Iterator[str]:
        """Yield every path of the block, as written."""
        for source in (self.rows, *(join.source for join in self.join)):
            yield from source.files
        for media in self.media.values():
            yield from media.path

    @property
    def roots(self) -> frozenset[str]:
        """The ids of the other datasets whose roots the block reads."""
        return frozenset(split_root(path)[0] for path in self.paths()) - {""}


class Layout(Part):
    """One form in which the corpus exists: it is read so where the path `when` exists."""

    when: When | None = None
    read: Read
    verified: bool | None = None


class DatasetSpec(Spec):
    """A dataset file (design, section 5)."""

    family: str | None = None
    access: Access = Access()
    splits: Counts
    folds: Counts = Field(default_factory=dict)
    needs: Names = ()
    read: Read | None = None
    layouts: tuple[Layout, ...] = ()
    known_bad: dict[str, str] = Field(default_factory=dict)
    verified: bool = True
    mock: MockOf | None = None
    cite: Names = ()
    pitfalls: Names = ()
    notes: Names = ()

    @model_validator(mode="after")
    def _fits(self) -> DatasetSpec:
        if (self.read is None) == (not self.layouts):
            raise ValueError("give `read`, or `layouts` with a `read` each")
        if any(layout.when is None for layout in self.layouts):
            raise ValueError("layouts: each says `when`: a path that exists in that form only")
        if not self.splits:
            raise ValueError("splits: name at least one split")
        used = {root for layout in self.forms for root in layout.read.roots | {split_root(layout.when or "x")[0]}} - {
            ""
        }
        for other in sorted(used - set(self.needs)):
            raise ValueError(f"a path begins with {other!r}:, which is not in `needs`{near(other, self.needs)}")
        for layout in self.forms:
            if layout.read.split is None and len(self.splits) > 1:
                raise ValueError("read.split is missing: there are several splits")
        return self

    @property
    def forms(self) -> tuple[Layout, ...]:
        """The layouts; a dataset with one `read` block has one."""
        return self.layouts or ((Layout(read=self.read),) if self.read is not None else ())

    def target_names(self) -> tuple[str, ...]:
        """Return the names of all targets, in the order of the file."""
        return tuple(dict.fromkeys(name for layout in self.forms for name in layout.read.targets))

    def target(self, name: str) -> Target:
        """Return a target. Raises KeyError with near names."""
        for layout in self.forms:
            if name in layout.read.targets:
                return layout.read.targets[name]
        known = self.target_names()
        raise KeyError(f"dataset {self.id!r} has no target {name!r}{near(name, known) or f' (targets: {list(known)})'}")

    def media_kinds(self) -> dict[str, MediaKind]:
        """Return what the samples offer: name of a medium → image, video or audio."""
        return {name: media.kind for layout in reversed(self.forms) for name, media in layout.read.media.items()}

    def text_names(self) -> tuple[str, ...]:
        """Return the names of the texts that samples have."""
        return tuple(dict.fromkeys(name for layout in self.forms for name in layout.read.text))

    def group_names(self) -> tuple[str, ...]:
        """Return the names of the reporting groups."""
        return tuple(dict.fromkeys(name for layout in self.forms for name in layout.read.group))
