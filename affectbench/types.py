"""The core values: what one sample becomes on its way from a task file to a line of the record.

Values that are written to disk are frozen pydantic models that refuse unknown fields; the others are frozen
dataclasses. Absence is `None` (or an empty tuple), never a sentence in the place of a value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

MediaKind = Literal["image", "video", "audio"]
Form = Literal["choice", "labels", "levels", "open", "text"]
Constrain = Literal["none", "choice", "json"]
ScoreBy = Literal["text", "likelihood"]
Status = Literal["ok", "refused", "unparsed", "api_error", "media_error", "judge_error"]

STATUSES: tuple[Status, ...] = ("ok", "refused", "unparsed", "api_error", "media_error", "judge_error")
FINAL: frozenset[Status] = frozenset({"ok", "refused", "unparsed"})


class Stored(BaseModel):
    """Base of every value that is written to a run folder."""

    model_config = ConfigDict(frozen=True, extra="forbid")


# -- what the dataset has --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A rectangle: left, top, right, bottom in pixels, or in shares of width and height (0..1)."""

    xyxy: tuple[float, float, float, float]
    unit: Literal["pixel", "share"] = "pixel"


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """One of several faces in a picture: who it is, where it is."""

    id: str
    box: Box


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A picture, sound or clip held in a table: its file's bytes, or a picture's raw pixels.

    Of raw pixels `size` (width, height) and `mode` are given; of a file `size` is None.
    """

    data: bytes
    size: tuple[int, int] | None = None
    mode: Literal["gray", "rgb"] = "gray"


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """One medium of a sample: a file below the data root of dataset `root`, or a `cell` of a table.

    A folder of pictures is a clip too. `start_s` and `end_s`, or the numbers of the `first` and `last` frame, take a
    part of a clip or sound; `frame` takes one frame as a picture, `apex` is the frame of the strongest expression.
    Frames of a file are counted from `count_from` on; those of a folder have the number in their name.
    """

    name: str
    kind: MediaKind
    root: str = ""
    path: str | None = None
    cell: Cell | None = None
    start_s: float | None = None
    end_s: float | None = None
    frame: int | None = None
    first: int | None = None
    last: int | None = None
    apex: int | None = None
    count_from: int = 0
    box: Box | None = None
    faces: tuple[Face, ...] = ()
    track: Literal["video", "audio"] | None = None
    fps: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gold:
    """What the dataset says of a sample; only the fields that it has are set.

    `unlabelled` names the labels of a set that nobody coded for this sample (they are neither present nor absent).
    """

    label: str | None = None
    labels: tuple[str, ...] | None = None
    unlabelled: tuple[str, ...] = ()
    levels: Mapping[str, float] | None = None
    votes: Mapping[str, float] | None = None
    ratings: Mapping[str, Mapping[str, float] | str] | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One question of a task. `id` is unique in the task; samples of one `cluster` are not independent.

    `bad` says why its media are known to be unreadable: it ends as `media_error` with that reason, undecoded.
    """

    id: str
    media: tuple[Media, ...] = ()
    text: Mapping[str, str] = field(default_factory=dict)
    gold: Gold = field(default_factory=Gold)
    options: tuple[str, ...] | None = None
    group: Mapping[str, str] = field(default_factory=dict)
    cluster: str | None = None
    fold: str | None = None
    weight: float = 1.0
    bad: str | None = None


# -- what the model is sent ------------------------------------------------------------------------------------------


class Facts(Stored):
    """What one medium became. `digest` is over the bytes sent; `observed` is false when nothing was decoded."""

    name: str
    kind: MediaKind
    source: str
    observed: bool = True
    bytes: int | None = None
    digest: str | None = None
    format: str | None = None
    width: int | None = None
    height: int | None = None
    frames: int | None = None
    times_s: tuple[float, ...] | None = None
    seconds: float | None = None
    rate: int | None = None
    channels: int | None = None
    decoder: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """A medium ready to be sent: its facts and a payload.

    An image's payload is a tuple with the encoded bytes of one picture (frames: of several); a sound's is a float32
    array in -1..1, shape (samples,); `()` when it was only located.
    """

    facts: Facts
    payload: Any = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A piece of a message: `text`, or one medium that is shown as an image, as several frames or as sound."""

    kind: Literal["text", "image", "frames", "audio"]
    text: str = ""
    media: Decoded | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One turn of a conversation."""

    role: Literal["system", "user", "assistant"]
    parts: tuple[Part, ...]

    @property
    def text(self) -> str:
        """The message as a person would read it, each medium as `<kind:name>`."""
        return "".join(
            p.text if p.media is None else f"<{p.media.facts.kind}:{p.media.facts.name}>" for p in self.parts
        )


class Settings(Stored):
    """How the answer is sampled. Temperature 0 is greedy; the answer ends before the first of the texts in `stop`."""

    max_tokens: int = 256
    temperature: float = 0.0
    seed: int | None = None
    stop: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What an answer may be: the form, the options in the order shown, their other spellings, the ranges of levels.

    `letters` is true only if the prompt showed a letter beside each option, so that `B` can be read. `constrain` holds
    the model to one of the options, or to JSON of a fixed form; with `score_by: likelihood` the answer is the option
    that the model finds likeliest, not what it says.
    """

    form: Form
    options: tuple[str, ...] = ()
    letters: bool = False
    synonyms: tuple[tuple[str, tuple[str, ...]], ...] = ()
    levels: tuple[tuple[str, float, float], ...] = ()
    parser: str = "affectbench"
    constrain: Constrain = "none"
    score_by: ScoreBy = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """What one call sends. `digest` covers text, media bytes and all that changes the answer: settings, constraint.

    `later` are the user's next turns. `recorded` are the message texts as the record may hold them, where the dataset
    does not allow its own text to be published; empty: as sent.
    """

    sample_id: str
    repeat: int
    messages: tuple[Message, ...]
    asked: Asked
    settings: Settings
    template: str
    template_digest: str
    digest: str
    later: tuple[Message, ...] = ()
    recorded: tuple[str, ...] = ()


# -- what came back --------------------------------------------------------------------------------------------------


class Problem(Stored):
    """Why a stage gave nothing. `kind` is a short stable word; `retry_after_s` is the server's own wish."""

    stage: Literal["media", "prompt", "model", "judge"]
    kind: str
    message: str
    retry_after_s: float | None = None


class Usage(Stored):
    """Tokens and money of a call; `None` where the backend does not say. `cost` is in the model card's currency."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cost: float | None = None


class Response(Stored):
    """A model's reply, or the problem in its place. `served` is the model id that really answered.

    `candidate_logprobs`: each option with the log-probability of its text, where the answer is scored by likelihood.
    """

    text: str | None = None
    reasoning: str | None = None
    error: Problem | None = None
    finish: str | None = None
    usage: Usage | None = None
    seconds: float | None = None
    served: str | None = None
    candidate_logprobs: dict[str, float] | None = None


class Parsed(Stored):
    """How a reply was read: the value, its place in the text (start, end) and the rule that matched.

    `value` is a label (`choice`), a tuple of labels (`labels`, `open`), numbers by name (`levels`) or text (`text`).
    """

    status: Literal["ok", "refused", "unparsed"]
    value: str | tuple[str, ...] | dict[str, float] | None = None
    scores: dict[str, float] | None = None
    span: tuple[int, int] | None = None
    rule: str


class Turn(Stored):
    """A message as it was rendered, media as placeholders."""

    role: str
    text: str


class Rendered(Stored):
    """The prompt as it stands in the record; `letters` says whether one stood beside each option.

    `constrain` and `score_by` are how the model was really asked.
    """

    digest: str
    messages: tuple[Turn, ...]
    options: tuple[str, ...] | None = None
    letters: bool = False
    constrain: Constrain = "none"
    score_by: ScoreBy = "text"


class Outcome(Stored):
    """One line of `samples.jsonl`: what a sample was sent, what came back and how it was read."""

    id: str
    repeat: int = 0
    status: Status
    error: Problem | None = None
    prompt: Rendered | None = None
    sent: tuple[Facts, ...] = ()
    responses: tuple[Response, ...] = ()
    parsed: Parsed | None = None


# -- what is concluded -----------------------------------------------------------------------------------------------


class Group(Stored):
    """One value of one reporting group, such as sex = female."""

    name: str
    value: str


class Score(Stored):
    """A number with its uncertainty.

    `over` says whether every sample counts (`all`) or only those with an answer (`ok`); `missing` names the rule that
    counted samples without an answer; `interval` names how `low` and `high` (95 %) were found. A `value` of None was
    withheld: then `low` and `high` are its bounds (`interval: bounds`), or the metric is undefined on these samples.
    """

    metric: str
    value: float | None
    low: float | None = None
    high: float | None = None
    n: int
    over: Literal["all", "ok"] = "all"
    label: str | None = None
    fold: str | None = None
    group: Group | None = None
    missing: str | None = None
    interval: str | None = None
    protocol: str | None = None
