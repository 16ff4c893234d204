"""What a dataset says of a sample: the targets of a dataset file, as written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from affectbench.errors import near
from affectbench.specs.base import Part
from affectbench.specs.rules import RULES, Kind
from affectbench.specs.values import Columns, Names, Text, kind_of

KINDS: tuple[Kind, ...] = ("label", "set", "levels", "votes", "ratings", "text")
FORMS = {"from": "from", "columns": "columns", "each": "list"}
OWN_NAMES = frozenset({"open", "options"})
AT_LEAST_VERSION = 1


class From(Part):
    """Gold that follows from another target by a rule, or from levels by a bound (`at_least`)."""

    source: str = Field(alias="from")
    rule: str | None = None
    at_least: float | None = None
    of: Names = ()

    @model_validator(mode="after")
    def _one_rule(self) -> From:
        if (self.rule is None) == (self.at_least is None):
            raise ValueError("give `rule` or `at_least`")
        if self.rule is not None and self.rule not in RULES:
            raise ValueError(f"no rule {self.rule!r}{near(self.rule, RULES) or f'; there are {sorted(RULES)}'}")
        return self

    @property
    def name(self) -> str:
        """The rule with its version, as records show it."""
        if self.rule is None:
            return f"at_least {self.at_least:g}@{AT_LEAST_VERSION}"
        return f"{self.rule}@{RULES[self.rule].version}"


class FromColumns(Part):
    """Gold of which each part stands in its own column: column → label or level (a list: they are called the same)."""

    columns: Columns = Field(min_length=1)
    present: Names = ("1", "1.0", "true", "True", "yes")
    absent: Names = ("0", "0.0", "false", "False", "no", "")


class RatingColumns(Part):
    """Ratings of which each annotator has a column: column → annotator. `level` says which level the cells are."""

    columns: Columns = Field(min_length=1)
    level: str | None = None


class RatingList(Part):
    """Ratings in a list column `each`: every item has the `annotator` and a `label` or `levels`, templates over it.

    Without `annotator` the column, or each item of it, maps annotators to ratings (a rating that is a text is `value`).
    `levels: by_name` takes every other entry as a level, called as `names` says (a template over `name`). A level that
    is absent counts `absent`.
    """

    each: str
    annotator: str | None = None
    names: Text = "{{ name }}"
    label: Text | None = None
    levels: Literal["by_name"] | dict[str, Text] | None = None
    absent: float | None = None

    @model_validator(mode="after")
    def _one_of(self) -> RatingList:
        if (self.label is None) == (self.levels is None):
            raise ValueError("give `label` or `levels`")
        return self


MODELS = {"from": (From,), "columns": (FromColumns, RatingColumns), "list": (RatingList,)}


def _shape(data: Any) -> str:
    """Return which of the forms of gold was written."""
    if kind_of(data) == "text":
        return "text"
    if isinstance(data, Mapping):
        return next((form for key, form in FORMS.items() if key in data), "named")
    return next((form for form, kinds in MODELS.items() if isinstance(data, kinds)), "named")


def _pivoted(data: Any) -> Any:
    """Read `{au: [1, 2]}` as `{columns: [1, 2]}`: the columns that a pivot over `au` makes."""
    if isinstance(data, Mapping) and len(data) == 1 and not {"from", "columns"} & set(data):
        inner = next(iter(data.values()))
        return {"columns": inner} if isinstance(inner, list | tuple | Mapping) else data
    return data


_Text = Annotated[Text, Tag("text")]
_From = Annotated[From, Tag("from")]
_Columns = Annotated[FromColumns, Tag("columns")]
_Named = Annotated[dict[str, Text], Tag("named")]
LabelOf = Annotated[_Text | _From, Discriminator(_shape)]
SetOf = Annotated[_Text | _From | _Columns, Discriminator(_shape)]
LevelsOf = Annotated[_From | _Columns | _Named, Discriminator(_shape)]
VotesOf = Annotated[_Text | _From | _Columns | _Named, Discriminator(_shape)]
RatingsOf = Annotated[
    Annotated[RatingColumns, Tag("columns")] | Annotated[RatingList, Tag("list")] | _Named, Discriminator(_shape)
]
Gold = str | From | FromColumns | RatingColumns | RatingList | dict[str, str] | None
Range = tuple[float, float]


class Target(Part):
    """One thing that can be asked of a sample: exactly one kind of gold, its labels or its range.

    Ratings are `of` people, with whom a model is compared, or `of: modalities`: what face, voice or text says alone.
    `withheld` says which kind of gold the owners of the corpus keep to themselves: it can be asked, and not scored.
    """

    title: str = ""
    labels: str | None = None
    label: LabelOf | None = None
    set: SetOf | None = None
    levels: LevelsOf | None = None
    votes: VotesOf | None = None
    ratings: RatingsOf | None = None
    text: Text | None = None
    of: Literal["people", "modalities"] = "people"
    withheld: Kind | None = None
    range: Range | dict[str, Range] | None = None
    missing: Names = ()
    beside: Names = ()

    @model_validator(mode="before")
    @classmethod
    def _short_levels(cls, data: Any) -> Any:
        if isinstance(data, Mapping) and "levels" in data:
            return {**data, "levels": _pivoted(data["levels"])}
        return data

    @model_validator(mode="after")
    def _one_kind(self) -> Target:
        ways = (*KINDS, "withheld")
        given = [way for way in ways if getattr(self, way) is not None]
        if len(given) != 1:
            raise ValueError(f"a target is exactly one of {', '.join(ways)}; here: {', '.join(given) or 'none'}")
        if self.kind in ("label", "set", "votes") and self.labels is None:
            raise ValueError(
                "`labels` is missing: the id of a label set, or `open`, or `options` (the sample's own list)"
            )
        if self.of == "modalities" and self.kind != "ratings":
            raise ValueError("`of: modalities` is for ratings")
        if self.source is not None and self.source.rule is not None and RULES[self.source.rule].gives != self.kind:
            raise ValueError(
                f"the rule {self.source.rule!r} gives a {RULES[self.source.rule].gives}, not a {self.kind}"
            )
        if self.source is not None and self.source.at_least is not None and self.kind != "set":
            raise ValueError("`at_least` gives a set")
        return self

    @property
    def kind(self) -> Kind:
        """Which gold this is, or would be if it were not withheld."""
        if self.withheld is not None:
            return self.withheld
        return next(kind for kind in KINDS if getattr(self, kind) is not None)

    @property
    def gold(self) -> Gold:
        """The gold as written, None where it is withheld."""
        found: Gold = getattr(self, self.kind)
        return found

    @property
    def source(self) -> From | None:
        """The rule by which the gold follows from another target, if it does."""
        return self.gold if isinstance(self.gold, From) else None

    @property
    def needs(self) -> tuple[str, ...]:
        """The other targets that are read with this one."""
        return (*((self.source.source,) if self.source else ()), *self.beside)

    @property
    def label_set(self) -> str | None:
        """The id of the label set, None where the names are free or the sample's own."""
        return None if self.labels in OWN_NAMES else self.labels

    @property
    def level_codes(self) -> tuple[str, ...]:
        """The levels as written: names, or codes of the label set."""
        if isinstance(self.gold, FromColumns):
            return tuple(self.gold.columns.values())
        if self.withheld == "levels" and isinstance(self.range, dict):
            return tuple(self.range)
        return tuple(self.gold) if isinstance(self.gold, dict) and self.kind != "ratings" else ()

    def range_of(self, level: str) -> Range | None:
        """Return the lowest and highest value of a level, None where the file does not say."""
        return self.range.get(level) if isinstance(self.range, dict) else self.range
