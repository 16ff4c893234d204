"""A finished run as one row of a table, with all that must be known of it to say where it may stand."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from affectbench.board import loose
from affectbench.board.found import Raw
from affectbench.board.keys import key
from affectbench.board.lines import Looked
from affectbench.board.schema import Row
from affectbench.results import main_score

GUESSES = "baseline"
SHOWN = ("value", "low", "high")
WEIGHTS = ("hf", "vllm")
"""Backends that run weights which somebody has."""

_SIZE = re.compile(r"\s*(?:(\d{1,3})\s*x\s*)?(\d{1,6}(?:\.\d{1,4})?)\s*([kmbt])\b", re.IGNORECASE)
_PLACE = re.compile(r"/|~|[A-Za-z]:[\\/]")
_BILLIONS = {"k": 1e-6, "m": 1e-3, "b": 1.0, "t": 1e3}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A run of a board. `rules` are the named things that must agree where rows are ranked together, in words.

    `varied` is the manifest's variant, `first` the prompt of the first sample where it may be shown. That, the card,
    groups, reliability and what judges gave are JSON as text: there are many runs.
    """

    row: Row
    folder: Path
    model_id: str
    task: str
    dataset: str
    started: str
    varied: Mapping[str, Any]
    rules: tuple[tuple[str, str], ...]
    version: int
    trained_on: tuple[str, ...]
    needs: tuple[str, ...]
    family: str | None
    mock: bool
    partial: bool
    withheld: str | None
    baselines: Mapping[str, float | None]
    labels: Mapping[str, float]
    card: str
    groups: str
    reliability: str | None
    judged: str = "[]"
    first: str | None = None

    @property
    def guess(self) -> bool:
        """Whether it is one of the project's own ways to guess."""
        return self.row["backend"] == GUESSES

    @property
    def base(self) -> bool:
        """Whether it is the task as its file stands."""
        return self.row["variant"] == "base"


def row(raw: Raw, looked: Looked, tags: Sequence[str] = ()) -> Row:
    """Return a run's row, not yet ranked. `tags` stand before those that follow from its results."""
    manifest, results = raw.manifest, raw.results
    card, main = manifest["model"], main_score(results)
    status, usage = results["status"], results.get("usage")
    spent = loose.mapping(manifest.get("spent"))
    used = loose.mapping(usage)
    guess = card.get("backend") == GUESSES
    return Row(
        run=manifest["run"], key=key(manifest["run"]), model=card["name"], model_key=key(card["name"]),
        kind="measured", backend=loose.text(card.get("backend")), parameters=loose.text(card.get("parameters")),
        billions=billions(card.get("parameters")), modalities=_modalities(manifest, looked), accepts=_accepts(card),
        revision=loose.text(card.get("revision")), open=_open(card),
        value=main["value"], low=main["low"], high=main["high"], interval=main["interval"],
        n=results["n"], metric=results["main"], ok=status["ok"], refused=status["refused"],
        unparsed=status["unparsed"], errors=_errors(status), cost=None if guess else loose.number(spent.get("cost")),
        seconds=round(looked.seconds, 3) or None, prompt_tokens=loose.count(used.get("prompt_tokens")),
        completion_tokens=loose.count(used.get("completion_tokens")), observed=results["observed"],
        proof=loose.text(loose.mapping(results.get("proof")).get("state")), variant=results["variant"],
        holds=loose.mapping(results.get("above")).get("holds"), uncalibrated=_uncalibrated(results),
        rank=None, apart=[], tags=[*tags, *_tags(raw)], source=None, setting=None, note=None, differs=None,
        confidence=None, split=loose.text(manifest["task"].get("split")), printed=None, minus=None, minus_of=None,
    )  # fmt: skip


def entry(raw: Raw, looked: Looked, tags: Sequence[str] = ()) -> Entry:
    """Return what a board keeps of a run."""
    manifest, results = raw.manifest, raw.results
    dataset, card = loose.mapping(manifest.get("dataset")), manifest["model"]
    return Entry(
        row=row(raw, looked, tags),
        folder=raw.place.folder,
        model_id=loose.text(card.get("id")) or "",
        task=results["task"],
        dataset=loose.text(dataset.get("id")) or "",
        started=manifest["started"],
        varied=manifest["variant"],
        rules=rules(raw),
        version=results["versions"]["task"],
        trained_on=loose.texts(card.get("trained_on")),
        needs=loose.texts(dataset.get("needs")),
        family=loose.text(dataset.get("family")),
        mock=results["mock"],
        partial=results["partial"],
        withheld=_withheld(results),
        baselines={line: loose.number(of.get(results["main"])) for line, of in results["baselines"].items()},
        labels=_label_counts(results),
        card=json.dumps(shown_card(card)),
        groups=json.dumps([_group(one) for one in results.get("groups", ())]),
        judged=json.dumps([_judge(loose.mapping(one)) for one in loose.items(results.get("judged"))]),
        reliability=json.dumps(results["tables"]["reliability"]) if "reliability" in results["tables"] else None,
    )


def rules(raw: Raw) -> tuple[tuple[str, str], ...]:
    """Return what must be equal where runs are ranked together: name and value, as a reason names them."""
    manifest, results = raw.manifest, raw.results
    versions = results["versions"]
    task = {name: value for name, value in manifest["task"].items() if name not in ("version", "protocol")}
    data = {name: manifest["data"].get(name) for name in ("media", "rows", "files")}
    return (
        ("protocol", str(results.get("protocol"))),
        ("version of the task", str(versions["task"])),
        ("versions of metrics", ", ".join(f"{name} {number}" for name, number in sorted(versions["metrics"].items()))),
        ("metric", results["main"]),
        ("data", "mock" if results["mock"] else _digest([manifest.get("annotations"), data])),
        ("number of samples", str(results["n"])),
        ("lexicon", str(versions.get("lexicon"))),
        ("task file", _digest([task, _answers(manifest["question"])])),
        ("wording of the prompt", _digest(manifest.get("prompt"))),
    )


def _answers(question: Mapping[str, Any]) -> list[Any]:
    return [question.get(name) for name in ("form", "labels", "levels", "target", "folds", "parser", "metrics")]


def billions(parameters: Any) -> float | None:
    """Return a model's size in billions of parameters, as a card says it: `7B`, `500M`, `8x7B`.

    >>> billions("8x7B"), billions("500M"), billions("large")
    (56.0, 0.5, None)
    """
    found = _SIZE.match(parameters) if isinstance(parameters, str) else None
    if found is None:
        return None
    times, number, unit = found.groups()
    return round(int(times or 1) * float(number) * _BILLIONS[unit.lower()], 6)


def shown_card(card: Mapping[str, Any]) -> dict[str, Any]:
    """Return what may be shown of a model's card: no address of a server, no name of a key, no path."""
    kept = ("name", "backend", "id", "revision", "accepts", "frames", "settings", "engine", "licence", "parameters",
            "trained_on", "source", "identity")  # fmt: skip
    return {name: without_paths(card[name]) for name in kept if name in card}


def without_paths(value: Any) -> Any:
    """Return a value in which texts that are places on a machine are `<path>`."""
    if isinstance(value, dict):
        return {name: without_paths(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [without_paths(one) for one in value]
    return "<path>" if isinstance(value, str) and _PLACE.match(value) else value


def _accepts(card: Mapping[str, Any]) -> list[str]:
    return list(loose.texts(card.get("accepts", ["image"]))) if card.get("backend") != GUESSES else []


def _open(card: Mapping[str, Any]) -> bool | None:
    if card.get("licence") or card.get("backend") in WEIGHTS:
        return True
    if card.get("backend") == "litellm" or (card.get("backend") == "openai" and not card.get("base_url")):
        return False
    return None


def _modalities(manifest: Mapping[str, Any], looked: Looked) -> list[str]:
    wording = loose.mapping(manifest.get("prompt")).get("user")
    ablated = loose.text(manifest["variant"].get("ablate")) or ""
    reads = isinstance(wording, str) and re.search(r"\btext\.", wording) and "t" not in ablated.partition(":")[0]
    return [kind for kind in ("image", "video", "audio") if kind in looked.sent] + (["text"] if reads else [])


def _tags(raw: Raw) -> list[str]:
    results, backend = raw.results, raw.manifest["model"].get("backend")
    proof = loose.mapping(results.get("proof")).get("state", "shown")
    found = {
        "baseline": backend == GUESSES,
        "replay": backend == "replay",
        "input not observed": not results["observed"],
        "input not shown": proof != "shown",
        "the model changed midway": len(results.get("served", ())) > 1,
        "uncalibrated judge": _uncalibrated(results),
        "judged": bool(results.get("judged")),
    }
    return [tag for tag, holds in found.items() if holds]


def _judge(one: Mapping[str, Any]) -> dict[str, Any]:
    """Return of what a judge gave the scores over all samples."""
    named = [loose.mapping(score) for score in loose.items(one.get("scores"))]
    whole = {"over": "all", "label": None, "fold": None, "group": None}
    return {
        "rubric": loose.text(one.get("rubric")),
        "judge": loose.text(one.get("judge")),
        "calibration": {"passes": loose.mapping(one.get("calibration")).get("passes") is True},
        "scores": [
            {"metric": loose.text(score.get("metric")) or "", **{key: loose.number(score.get(key)) for key in SHOWN}}
            | whole
            for score in named
            if all(score.get(key) == value for key, value in whole.items())
        ],
    }


def _uncalibrated(results: Mapping[str, Any]) -> bool:
    by = loose.mapping(results.get("main_by"))
    return bool(by) and by.get("calibrated") is not True


def _withheld(results: Mapping[str, Any]) -> str | None:
    if main_score(results)["value"] is not None:
        return None
    if lost := results["status"]["judge_error"]:
        return f"the main score is withheld: the judge failed for {lost:,} answers"
    if "/" in results["main"]:
        return "the main score is withheld: not every answer has a judge's verdict"
    return "the main score is not defined on these samples"


def _errors(status: Mapping[str, int]) -> int:
    return status["api_error"] + status["media_error"] + status["judge_error"]


def _label_counts(results: Mapping[str, Any]) -> dict[str, float]:
    """Return how many samples have each label, where the results say so: by the confusion table, or by a group."""
    if confusion := results["tables"].get("confusion"):
        names, counts = confusion["labels"], confusion["counts"]
        return {name: sum(row) for name, row in zip(names, counts, strict=False) if len(row) == len(names)}
    counted: Counter[str] = Counter()
    groups: Sequence[Mapping[str, Any]] = results.get("groups", ())
    for value in groups[0]["values"] if groups else ():
        labels = loose.mapping(value.get("labels"))
        counted.update({name: count for name, count in labels.items() if isinstance(count, int | float)})
    return dict(counted)


def _group(group: Mapping[str, Any]) -> dict[str, Any]:
    values = [
        {name: one.get(name) for name in ("value", "n", "ranked", "score", "low", "high")}
        for one in group.get("values", ())
    ]
    return {**{name: group.get(name) for name in ("name", "metric", "best", "worst", "gap", "note")}, "values": values}


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:12]
