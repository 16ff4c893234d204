"""Where the rows of a dataset come from: one source, and what is joined to it."""

from __future__ import annotations

import codecs
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, field_validator, model_validator

from affectbench.specs.base import Part
from affectbench.specs.values import Files, FilesText, LinePattern, Names, Text, kind_of, one_or_more

Format = Literal["csv", "tsv", "spaces", "json", "jsonl", "parquet", "xlsx"]
ENDINGS: dict[str, Format] = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".json": "json",
    ".jsonl": "jsonl",
    ".parquet": "parquet",
    ".xlsx": "xlsx",
}


def _encoding(name: str) -> str:
    try:
        text = codecs.lookup(name)._is_text_encoding
    except LookupError:
        text = False
    if not text:
        raise ValueError(f"no text encoding {name!r}: utf-8, latin-1, cp1252, utf-16 …")
    return name


class FileSource(Part):
    """Files below the data root: `file` is the first of a list that exists, `files` all that match any of a list.

    `count` names a column that tells of each row how many rows its file has. `one_split` promises that all rows of a
    file are of one split, which its path tells: then files of other splits are not opened.
    """

    file: Files = ()
    files: Files = ()
    count: str | None = None
    one_split: bool = False

    @model_validator(mode="after")
    def _one_of(self) -> FileSource:
        if bool(self.file) == bool(self.files):
            raise ValueError("give `file` (the first of a list that exists) or `files` (all that match)")
        return self


class Encoded(FileSource):
    """Files of text."""

    encoding: str = "utf-8"

    _known = field_validator("encoding")(_encoding)


class Table(Encoded):
    """Rows of a table; every cell is read as text."""

    format: Format | None = None
    separator: str | None = None
    columns: Names = ()
    columns_as: dict[str, str] = Field(default_factory=dict)
    header: Literal["true", "false", "auto"] | None = None
    skip: int = Field(default=0, ge=0)
    quotes: bool = True
    sheet: str | None = None
    at: str | None = None
    key: str | None = None

    @field_validator("separator")
    @classmethod
    def _single(cls, text: str | None) -> str | None:
        if text is not None and len(text) != 1:
            raise ValueError('one character, such as "," or "\\t"; " " is any run of spaces')
        return text

    @model_validator(mode="after")
    def _has_names(self) -> Table:
        if self.header in ("false", "auto") and not self.columns:
            raise ValueError("a table without a header needs `columns`")
        return self

    def format_of(self, path: str) -> Format:
        """Return the format: as written, by the separator, or by the ending."""
        if self.format is not None:
            return self.format
        if self.separator == " ":
            return "spaces"
        ending = path[path.rfind(".") :].lower() if "." in path else ""
        return ENDINGS.get(ending, "csv")


class Lines(Encoded):
    """Rows of text files: each line is a row, taken apart by `pattern`; or each file is a row.

    Then its lines are `columns`, or all that it holds, which may be nothing, is the column `text`.
    """

    pattern: LinePattern | None = None
    columns: Names = ()
    text: str | None = None
    skip: int = Field(default=0, ge=0)
    unmatched: Literal["error", "skip"] = "error"

    @model_validator(mode="after")
    def _one_shape(self) -> Lines:
        if sum((self.pattern is not None, bool(self.columns), self.text is not None)) != 1:
            raise ValueError(
                "give `pattern` (each line is a row), `columns` (each file is a row, its lines are columns) "
                "or `text` (each file is a row, all of it is one column)"
            )
        return self


class FileNames(Part):
    """Rows that are files: their names are the data. A file that follows no pattern is no row."""

    files: Files = Field(min_length=1)


class Arrays(FileSource):
    """Rows of arrays: `each` names the variables that hold rows and a column for their names.

    A variable is a list of structs, or a struct of structs, whose names become the column `entries`, or it has arrays
    of one length, of which `columns` are taken: each place is a row. Without `each` the file itself is that variable.
    """

    format: Literal["mat", "npz", "pkl"]
    each: dict[str, Any] = Field(default_factory=dict)
    entries: str | None = None
    columns: Names = ()

    @field_validator("each")
    @classmethod
    def _variables(cls, data: dict[str, Any]) -> dict[str, dict[str, str]]:
        if len(data) > 1:
            raise ValueError("one column: {split: [train, test]} or {split: {train: its_variable}}")
        found: dict[str, dict[str, str]] = {}
        for column, names in data.items():
            named = {name: name for name in names} if isinstance(names, list) else names
            if not isinstance(named, dict) or not all(isinstance(name, str) for name in named.values()):
                raise ValueError("the variables: a list of names, or value of the column → variable")
            found[column] = named
        return found

    @model_validator(mode="after")
    def _has_rows(self) -> Arrays:
        if self.columns and self.entries is not None:
            raise ValueError("`entries` of a struct or `columns` of equal length, not both")
        if not self.each and not self.columns and self.entries is None:
            raise ValueError("`each` must name the variables that hold rows: {split: [train, test]}")
        return self


Named = Annotated[str, Field(pattern=r"^\w[\w.+-]*$")]
HUB_ENDINGS = (".parquet", ".jsonl", ".csv", ".tsv")


class Hub(Part):
    """Rows of the user's local snapshot of a hub dataset: the files of one split, or of several. Nothing is fetched.

    The column `split` names the split of each row.
    """

    repo: Annotated[str, Field(pattern=r"^\w[\w.-]*(/\w[\w.-]*)?$")]
    split: Annotated[tuple[Named, ...], one_or_more] = Field(min_length=1)
    config: Named | None = None

    @property
    def file(self) -> Files:
        """The patterns of files in the order in which they are tried; those of a configuration lie in its folder."""
        split = self.split[0] if len(self.split) == 1 else "{split}"
        folders = ("data/", "") if self.config is None else (f"{self.config}/", f"data/{self.config}/")
        names = (f"{folder}{split}{rest}" for rest in ("-{}", "/{}", "") for folder in folders)
        return tuple(f"{name}{ending}" for name in names for ending in HUB_ENDINGS)


class Rows(Part):
    """One source of rows."""

    table: Table | None = None
    lines: Lines | None = None
    filenames: FileNames | None = None
    arrays: Arrays | None = None
    hub: Hub | None = None
    demo: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Rows:
        if len(self.model_fields_set) != 1:
            raise ValueError(f"rows come from exactly one of {', '.join(type(self).model_fields)}")
        return self

    @property
    def kind(self) -> str:
        """The name of the source that is given."""
        return next(iter(self.model_fields_set))

    @property
    def files(self) -> tuple[str, ...]:
        """The files that the source names, as patterns."""
        source = getattr(self, self.kind)
        return (*getattr(source, "file", ()), *getattr(source, "files", ()))


def _by(data: Any) -> Any:
    return {data: data} if isinstance(data, str) else data


class Join(Part):
    """Columns of another source, found by equal keys; a column that both have keeps the left value."""

    source: Rows
    by: dict[str, str]
    take: Names = ()
    missing: Literal["error", "drop", "empty"] = "error"

    _short = field_validator("by", mode="before")(_by)


class Captures(Part):
    """Columns that a pattern takes out of a value."""

    pattern: LinePattern
    of: Text


class Pivot(Part):
    """Long rows to wide ones: one row an `index`, a column for each value of `columns`, its cell from `values`."""

    index: Names = Field(min_length=1)
    columns: str
    values: str


Derived = Annotated[Annotated[Text, Tag("text")] | Annotated[Captures, Tag("block")], Discriminator(kind_of)]
When = FilesText
