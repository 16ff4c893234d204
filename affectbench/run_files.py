"""What is read of the files of a run, which may come from somebody else: checked before anything looks into them."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, TypeVar

from pydantic import BaseModel, Field, ValidationError

from affectbench.errors import RecordError
from affectbench.types import Form, Score

Checked = TypeVar("Checked", bound=BaseModel)


class Named(BaseModel):
    """Something that has a name."""

    name: str


class _Lexicon(BaseModel):
    id: str
    digest: str


class _Scale(BaseModel):
    rubric: str
    scale: str
    range: tuple[float, float]


class _Asked(BaseModel):
    form: Form
    metrics: tuple[str, ...] = Field(min_length=1)
    main: str
    labels: tuple[str, ...]
    synonyms: tuple[tuple[str, tuple[str, ...]], ...]
    levels: tuple[tuple[str, float, float], ...]
    parser: str
    target: str
    protocol: str
    folds: str
    seed: int = Field(ge=0, lt=2**32)
    people: str | None = None
    lexicon: _Lexicon | None = None
    judged: _Scale | None = None


_STEP = r"^[^/\x00]*[^/\x00.][^/\x00]*$"
"""A name that may be one step of a path, and neither `.` nor `..`."""


class AskedTask(BaseModel):
    """The task of a run."""

    id: str = Field(pattern=_STEP)
    repeats: int = Field(ge=1, le=100)


class Version(BaseModel):
    """By which versions a run was made."""

    task: int


class _Shard(BaseModel):
    index: int = Field(ge=1)
    of: int = Field(ge=1)


class _Whole(BaseModel):
    samples: int = Field(ge=1)
    partial: bool


class AskedVariant(BaseModel):
    """In what a run differs from its task."""

    prompt: str
    shard: _Shard | None = None
    ablate: str | None = None
    perturb: str | None = None


class _Proof(BaseModel):
    state: str
    sample: str | None = None
    with_media: int | None = None
    without: dict[str, int] | None = None
    reason: str | None = None


class _Data(BaseModel):
    media: str
    files: int
    missing: int


class _Run(BaseModel):
    """What decides how scores are to be read."""

    partial: bool
    mock: bool
    observed: bool
    proof: _Proof | None = None


class _Rubric(BaseModel):
    id: str
    digest: str
    scale: dict[str, tuple[float, float]]


class _Who(BaseModel):
    name: str
    verdicts: str
    pinned: bool | None


class _Judge(BaseModel):
    rubric: _Rubric
    judge: _Who
    file: str = Field(pattern=r"^verdicts/[A-Za-z0-9._+-]+@[A-Za-z0-9._+-]+\.jsonl$")
    spent: dict[str, float] = Field(default_factory=dict)


class _Against(BaseModel):
    run: str
    model: str
    unanswered: tuple[tuple[str, int], ...]


class _Pairs(_Judge):
    against: _Against


class _Asking(BaseModel):
    id: str
    digest: str


class _Extractor(BaseModel):
    prompt: _Asking
    extractor: _Who
    file: str = Field(pattern=r"^verdicts/[A-Za-z0-9._+-]+@[A-Za-z0-9._+-]+\.jsonl$")
    spent: dict[str, float] = Field(default_factory=dict)


class Manifest(_Run):
    """A manifest, as far as scoring again reads it."""

    run: str = Field(pattern=_STEP)
    sealed: bool
    question: _Asked
    task: AskedTask
    model: Named
    versions: Version
    data: _Data
    variant: AskedVariant
    whole: _Whole | None = None
    started: str
    spent: dict[str, float] = Field(default_factory=dict)
    allowed_to_send: tuple[str, ...] = ()
    judge: tuple[str, ...] = ()
    judges: tuple[_Judge, ...] = ()
    pairs: tuple[_Pairs, ...] = ()
    extract: tuple[str, ...] = ()
    extractors: tuple[_Extractor, ...] = ()


class _Titled(BaseModel):
    labels: tuple[str, ...]


class _Table(_Titled):
    counts: tuple[tuple[float, ...], ...]


class _Reliability(_Titled):
    counts: tuple[float, ...]
    confidence: tuple[float | None, ...]
    accuracy: tuple[float | None, ...]


class _Counts(BaseModel):
    ok: int
    refused: int
    unparsed: int
    api_error: int
    media_error: int
    judge_error: int


class _Versions(BaseModel):
    task: int
    metrics: dict[str, int]


class _Above(BaseModel):
    baseline: Literal["chance", "majority", "prior", "constant"]
    value: float | None
    ahead: bool
    holds: bool
    p: float | None


class _Spread(BaseModel):
    mean: float
    sd: float


class _Votes(BaseModel):
    share: float


class _GroupValue(BaseModel):
    value: str
    n: int
    ranked: bool
    score: float | None
    low: float | None
    high: float | None
    votes: _Votes | None
    largest: float | None = None
    size: float = 0.0
    levels: dict[str, _Spread | None] = Field(default_factory=dict)


class _Gap(BaseModel):
    value: float
    low: float | None
    high: float | None
    p: float | None
    permutations: int


class _Group(BaseModel):
    name: str
    metric: str
    values: tuple[_GroupValue, ...]
    best: str | None
    worst: str | None
    gap: _Gap | None
    note: str | None


class _Calibration(BaseModel):
    n: int
    passes: bool
    faults: tuple[str, ...]


class _Verdicts(BaseModel):
    ok: int
    judge_error: int
    unanswered: int


class _Judged(BaseModel):
    rubric: str
    digest: str
    judge: str
    status: _Verdicts
    scores: tuple[Score, ...]
    judges: tuple[str, ...] = ()
    verdicts: str | None = None
    pinned: bool | None = None
    calibration: _Calibration | None = None
    flagged: int = 0


class _With(BaseModel):
    run: str
    model: str


class _Compared(BaseModel):
    rubric: str
    judge: str
    against: _With
    win: int
    tie: int
    loss: int
    judged: int
    order_dependent: float | None
    flagged: int
    scores: tuple[Score, ...]


class _MainBy(BaseModel):
    rubric: str
    digest: str | None
    judge: str | None
    calibrated: bool


class Results(_Run):
    """`results.json`, as far as it is shown."""

    versions: _Versions
    task: str
    model: str
    run: str
    n: int
    main: str
    main_by: _MainBy | None = None
    variant: str
    served: dict[str, int] = {}
    status: _Counts
    scores: tuple[Score, ...]
    tables: dict[str, _Table | _Reliability]
    baselines: dict[str, dict[str, float | None]]
    baselines_by: dict[str, dict[str, str]] = Field(default_factory=dict)
    above: _Above | None = None
    groups: tuple[_Group, ...] = ()
    judged: tuple[_Judged, ...] = ()
    pairwise: tuple[_Compared, ...] = ()


def check(path: Path, kind: type[Checked]) -> Checked:
    """Return what is read of a run's file. Raises RecordError that names the first field which is not as it should."""
    try:
        return kind.model_validate_json(path.read_bytes(), strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise RecordError(f"{path}: not a file of this version of affectbench: {where}: {first['msg']}") from None
