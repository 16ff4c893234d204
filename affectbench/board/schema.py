"""What the data files of a site hold, name by name. Absence is null; every number is finite.

Each file `data/X.js` is one call, `board.take("X", VALUE)`. Chunks of samples are a string of lines, as the run has
them; all else are the values below. `docs/board.md` says the same for readers of `board.json`.
"""

from __future__ import annotations

from typing import Any, Literal, TypedDict

SCHEMA = 1

Kind = Literal["measured", "reported"]


class Row(TypedDict):
    """One line of a task's table: a run, or a published figure.

    `key` names the run's files, `model_key` the model's. `modalities` is what was really shown, `accepts` what the
    model takes. `open`: whether weights can be had, null where nobody says. `refused`, `unparsed`, `errors` count
    answers; `errors` are those of servers, media and judges. `seconds` is the sum over replies. `holds`: better than
    every guess. `rank` is the first and last place it may have, null for what stands apart (`apart` says why) and for
    guesses. `minus` is measured minus reported, by the figure of source `minus_of`.
    """

    run: str | None
    key: str | None
    model: str
    model_key: str | None
    kind: Kind
    backend: str | None
    parameters: str | None
    billions: float | None
    modalities: list[str]
    accepts: list[str]
    revision: str | None
    open: bool | None
    value: float | None
    low: float | None
    high: float | None
    interval: str | None
    n: int | None
    metric: str
    ok: int | None
    refused: int | None
    unparsed: int | None
    errors: int | None
    cost: float | None
    seconds: float | None
    prompt_tokens: int | None
    completion_tokens: int | None
    observed: bool | None
    proof: str | None
    variant: str
    holds: bool | None
    uncalibrated: bool
    rank: list[int] | None
    apart: list[str]
    tags: list[str]
    source: str | None
    setting: str | None
    note: str | None
    differs: str | None
    confidence: str | None
    split: str | None
    printed: str | None
    minus: float | None
    minus_of: str | None


class Table(TypedDict):
    """`tables/<task>`: `range` and guesses are of `metric`; `ranks` says of what the ranked rows are."""

    task: str
    key: str
    title: str
    metric: str
    metric_title: str | None
    range: list[float | None] | None
    better: Literal["higher", "lower"]
    chance: float | None
    majority: float | None
    constant: float | None
    human: float | None
    ranks: dict[str, str] | None
    rows: list[Row]


class SuiteCell(TypedDict):
    """One task of a suite's row: the run's main score, or why it does not count."""

    value: float | None
    low: float | None
    high: float | None
    metric: str | None
    key: str | None
    why: str | None


class SuiteRow(TypedDict):
    """One model in a suite. `value` is the published aggregate; `missing` names the tasks that it lacks."""

    model: str
    model_key: str | None
    kind: Kind
    backend: str | None
    parameters: str | None
    billions: float | None
    accepts: list[str]
    open: bool | None
    value: float | None
    low: float | None
    high: float | None
    interval: str | None
    missing: list[str]
    cells: dict[str, SuiteCell]
    rank: list[int] | None
    tags: list[str]
    source: str | None
    setting: str | None
    note: str | None
    differs: str | None
    confidence: str | None
    printed: str | None
    minus: float | None
    minus_of: str | None


class SuiteTable(TypedDict):
    """`suites/<suite>`: `aggregate` is the name of its number, `how` it is made; both null where it has none."""

    suite: str
    key: str
    title: str
    protocol: str | None
    cite: str | None
    aggregate: str | None
    how: Literal["mean", "sum", "pooled"] | None
    of: list[str]
    tasks: list[TaskIndex]
    rows: list[SuiteRow]


class TaskIndex(TypedDict):
    """A task in the board's index. `models` have a ranked run; `best` is the ranked run with the best value.

    `range`, `better` and the guesses are those of its table; `modalities` is what the ranked runs were shown.
    """

    id: str
    key: str
    title: str
    family: str | None
    dataset: str | None
    protocol: str | None
    modalities: list[str]
    metric: str
    range: list[float | None] | None
    better: Literal["higher", "lower"]
    chance: float | None
    majority: float | None
    human: float | None
    runs: int
    models: int
    reported: int
    best: dict[str, Any] | None
    best_reported: dict[str, Any] | None


class SuiteIndex(TypedDict):
    """A suite in the board's index."""

    id: str
    key: str
    title: str
    aggregate: str | None
    tasks: int
    models: int
    reported: int


class ModelIndex(TypedDict):
    """A model in the board's index."""

    name: str
    key: str
    backend: str | None
    parameters: str | None
    billions: float | None
    open: bool | None
    tasks: int
    runs: int


class Source(TypedDict):
    """Where published figures stand. `url` is a link by DOI, arXiv or repository."""

    key: str
    title: str
    year: int | None
    venue: str | None
    url: str | None
    table: str | None
    read_in: str | None
    note: str | None


class Board(TypedDict):
    """`board`: the index. `left_out` are folders that hold no run that can be shown, with the reason."""

    schema: int
    title: str
    made_from: dict[str, int]
    left_out: list[dict[str, str]]
    tasks: list[TaskIndex]
    suites: list[SuiteIndex]
    models: list[ModelIndex]
    sources: dict[str, Source]


class TaskPage(TypedDict):
    """`tasks/<task>`. `rendered` is the prompt of the first sample, null where the text may not be published."""

    id: str
    key: str
    title: str
    family: str | None
    cite: list[str]
    protocol: str
    version: int
    approximate: str | None
    form: str
    metric: str
    metrics: list[dict[str, Any]]
    split: str | None
    target: str | None
    dataset: dict[str, Any]
    access: dict[str, Any]
    prompt: dict[str, Any]
    rendered: list[dict[str, str]] | None
    labels: list[dict[str, Any]]
    levels: list[list[Any]]
    baselines: dict[str, dict[str, Any]]
    runs: list[dict[str, Any]]
    pairs: int


class ModelPage(TypedDict):
    """`models/<model>`. `variants` hold a task's plain run (`base`, null if there is none) beside those
    that lack something or show it worse."""

    name: str
    key: str
    card: dict[str, Any]
    runs: list[dict[str, Any]]
    groups: list[dict[str, Any]]
    variants: list[dict[str, Any]]
    calibration: list[dict[str, Any]]


class RunPage(TypedDict):
    """`runs/<run>/run`. `status_index` has a letter a line: o r u, a m j for the three errors, ? for what is no line.

    `chunks` files `samples-0000` … of `per_chunk` lines each; `gold` says whether there are as many `gold-0000` …;
    `verdicts` names the files of each judge, where they may be shown.
    """

    key: str
    task: str
    task_key: str
    model: str
    model_key: str
    manifest: dict[str, Any]
    results: dict[str, Any]
    status_index: str
    lines: int
    chunks: int
    per_chunk: int
    gold: bool
    failures: list[dict[str, Any]]
    verdicts: list[dict[str, Any]]
    publish: dict[str, bool]
    submitted: dict[str, Any] | None


class Pairs(TypedDict):
    """`pairs/<task>`: the best runs compared two by two, as `affectbench compare A B --json` prints a comparison."""

    task: str
    metric: str
    pairs: list[dict[str, Any]]
