"""A run that somebody submitted: verified as far as it can be, and only then laid among the receiver's runs."""

from __future__ import annotations

import hashlib
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from affectbench import __version__, manifest, metrics
from affectbench.board import parcel, recount
from affectbench.board.recount import Answers
from affectbench.board.sent import SUBMITTED, Sent
from affectbench.board.submit import publishable
from affectbench.catalogue import Catalogue
from affectbench.errors import RecordError, UsageError
from affectbench.judging.verdicts import Verdict
from affectbench.records import (
    GOLD,
    MANIFEST,
    RESULTS,
    SAMPLES,
    read_finished,
    read_outcomes,
    read_results,
    read_samples,
    write_json,
)
from affectbench.run_files import check
from affectbench.types import FINAL, STATUSES, Outcome, Sample

SCHEMA = 1
LONGEST_LINE = 16_000_000
AS_SUBMITTED = "as submitted"


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """What the receiver has: the files that he knows, where his data lie, and how large a parcel may be."""

    known: Catalogue
    roots: Mapping[str, Path] = field(default_factory=dict)
    limits: parcel.Limits = field(default_factory=parcel.Limits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """Where a submitted run lies now, and what was verified of it; `already` if the same run was there before."""

    folder: Path
    verified: Mapping[str, Any]
    already: bool = False


def add(path: Path, out: Path, how: How) -> Added:
    """Verify a submission and lay its run below `out`. Nothing is written there before all of it was verified.

    Raises RecordError with the reason for whatever does not hold, and where another run has the same id.
    """
    if not path.is_file():
        raise UsageError(f"{path} is not a file: expected what `affectbench board submit` writes")
    with tempfile.TemporaryDirectory(prefix=".submission-", dir=_existing(out)) as scratch:
        folder = Path(scratch) / "run"
        folder.mkdir()
        index = parcel.unpack(path, folder, how.limits)
        facts = _consistent(folder, index, how)
        answers = _answers(folder, facts)
        verified = {
            "schema": SCHEMA,
            "affectbench": __version__,
            "archive": _sha256(path),
            **_scores(folder, facts, answers, how),
            "left_out": list(index.left_out),
        }
        target = manifest.folder(out, facts)
        if target.exists():
            return Added(folder=_same(target, folder), verified=verified, already=True)
        write_json(folder / SUBMITTED, verified)
        target.parent.mkdir(parents=True, exist_ok=True)
        folder.rename(target)
    return Added(folder=target, verified=verified)


def _existing(out: Path) -> Path:
    """Return the nearest folder above `out` that exists: on its file system, and no run is looked for there."""
    return next(folder for folder in out.absolute().parents if folder.is_dir())


def _same(target: Path, folder: Path) -> Path:
    for name in (MANIFEST, RESULTS, SAMPLES):
        if not (target / name).is_file() or (target / name).read_bytes() != (folder / name).read_bytes():
            raise RecordError(f"{target} is there already, with another {name}: this run was answered twice")
    return target


def _consistent(folder: Path, index: parcel.Index, how: How) -> dict[str, Any]:
    """Return the manifest, after holding it against itself, the results and what the receiver knows."""
    facts, results = read_finished(folder), read_results(folder)
    check(folder / MANIFEST, Sent)
    for name, found in ((MANIFEST, facts), (RESULTS, results)):
        if found.get("schema") != manifest.SCHEMA:
            raise RecordError(f"{name} has schema {found.get('schema')!r}: this version of affectbench reads another")
    if facts["variant"].get("shard"):
        raise RecordError("it is a part of a run: `affectbench merge` joins the parts, and then it can be submitted")
    if facts["run"] != (follows := manifest.run_id(facts)):
        raise RecordError(f"the run id is {facts['run']}, and {follows} follows from the manifest: it was changed")
    said = {"run": facts["run"], "task": facts["task"]["id"], "model": facts["model"]["name"]}
    said |= {name: facts[name] for name in ("partial", "mock", "observed")}
    if odd := next((name for name, value in said.items() if results[name] != value), None):
        raise RecordError(f"{RESULTS} says {odd} {results[odd]!r}, {MANIFEST} {said[odd]!r}")
    if index.run != facts["run"]:
        raise RecordError(f"{parcel.INDEX} is of run {index.run}, {MANIFEST} of run {facts['run']}")
    recount.same_question(facts, how.known)
    _publishable(folder, facts, how.known)
    _in_range(facts, results)
    return facts


def _publishable(folder: Path, facts: Mapping[str, Any], known: Catalogue) -> None:
    """Refuse gold and verdicts of data whose labels may not be published, by the sender's or the receiver's file."""
    allowed, id = publishable(facts), facts["dataset"]["id"]
    if id in known.files["dataset"]:
        own = known.load("dataset", id).spec.access.publish
        allowed = {name: may and getattr(own, name) for name, may in allowed.items()}
    judged = [file.name for file in folder.glob("verdicts/*")]
    if (folder / GOLD).exists() and not allowed["labels"]:
        raise RecordError(f"it holds the gold of {id}, whose labels may not be published: it must be left out")
    if judged and not all(allowed.values()):
        raise RecordError(f"it holds verdicts on {id}, which may repeat what may not be published: leave them out")
    if foreign := sorted(set(judged) - {Path(held["file"]).name for held in facts.get("judges", ())}):
        raise RecordError(f"it holds the verdicts {foreign[0]}, which the manifest does not name")


def _in_range(facts: Mapping[str, Any], results: Mapping[str, Any]) -> None:
    form = facts["question"]["form"]
    for score in results["scores"]:
        if score["metric"] not in metrics.names(form):
            continue
        low, high = metrics.find(score["metric"], form).range
        for name in ("value", "low", "high"):
            number = score[name]
            if number is not None and not low - 1e-9 <= number <= high + 1e-9:
                raise RecordError(f"{RESULTS}: {score['metric']} has the {name} {number}, outside {low:g} to {high:g}")


def _answers(folder: Path, facts: Mapping[str, Any]) -> Answers:
    """Return the answers by sample and repeat: each line an outcome, each once, as many as the results count."""
    results, repeats = read_results(folder), facts["task"]["repeats"]
    _short_lines(folder)
    found: Answers = {}
    for outcome in read_outcomes(folder):
        key = outcome.id, outcome.repeat
        if key in found:
            raise RecordError(f"{SAMPLES}: the answer to {outcome.id!r} stands there twice")
        if not 0 <= outcome.repeat < repeats:
            raise RecordError(f"{SAMPLES}: {outcome.id!r} has repeat {outcome.repeat} of {repeats}")
        _read_as_said(outcome)
        found[key] = outcome
    counted = Counter(outcome.status for outcome in found.values())
    status = {name: counted[name] for name in STATUSES}
    if len(found) != results["n"] * repeats:
        raise RecordError(f"{SAMPLES} has {len(found):,} answers, and the results are of {results['n'] * repeats:,}")
    if status != results["status"]:
        odd = next(name for name in STATUSES if status[name] != results["status"][name])
        raise RecordError(f"{SAMPLES} has {status[odd]:,} answers {odd}, {RESULTS} counts {results['status'][odd]:,}")
    for file in sorted(folder.glob("verdicts/*")):
        _verdicts(file, found)
    return found


def _short_lines(folder: Path) -> None:
    """Refuse lines that no answer needs, before they are held in memory as a whole."""
    for file in (folder / SAMPLES, folder / GOLD, *folder.glob("verdicts/*")):
        if not file.exists():
            continue
        with file.open("rb") as lines:
            while line := lines.readline(LONGEST_LINE + 1):
                if len(line) > LONGEST_LINE:
                    raise RecordError(f"{file.name} has a line of more than {LONGEST_LINE:,} bytes")


def _read_as_said(outcome: Outcome) -> None:
    final = outcome.status in FINAL
    if final != (outcome.parsed is not None) or (outcome.parsed and outcome.parsed.status != outcome.status):
        raise RecordError(f"{SAMPLES}: {outcome.id!r} is {outcome.status}, and how it was read says otherwise")


def _verdicts(file: Path, answers: Answers) -> None:
    with file.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                verdict = Verdict.model_validate_json(line)
            except ValidationError as error:
                raise RecordError(f"verdicts/{file.name}:{number}: no verdict ({error.error_count()} faults)") from None
            if (verdict.id, verdict.repeat) not in answers:
                raise RecordError(f"verdicts/{file.name}:{number}: on {verdict.id!r}, which has no answer")


def _scores(folder: Path, facts: Mapping[str, Any], answers: Answers, how: How) -> dict[str, Any]:
    """Recompute the scores from the receiver's data or from the gold that came along; return what was verified."""
    lost = [held["file"] for held in facts.get("judges", ()) if not (folder / held["file"]).exists()]
    judged = {"judged": AS_SUBMITTED if lost else "recomputed"} if facts.get("judges") else {}
    if why := recount.other_version(facts):
        return {"scores": AS_SUBMITTED, "why": why, "replies": "not read again", **judged}
    recount.read_again(facts, answers)
    samples, source = _samples(folder, facts, how)
    if samples is None:
        return {"scores": AS_SUBMITTED, "why": source, "replies": "read again", **judged}
    keys = [(sample.id, repeat) for sample in samples for repeat in range(facts["task"]["repeats"])]
    if missing := next((key[0] for key in keys if key not in answers), None):
        raise RecordError(f"{SAMPLES} has no answer to {missing!r}")
    if len(answers) != len(keys):
        strange = next(id for id, _ in answers if id not in {key[0] for key in keys})
        raise RecordError(f"{SAMPLES} answers {strange!r}, which is no sample of the task")
    again = recount.recomputed(folder, facts, samples, bool(lost))
    recount.same_results(again, read_results(folder), lost=bool(lost), facts=facts)
    return {"scores": "recomputed", "why": source, "replies": "read again", **judged}


def _samples(folder: Path, facts: Mapping[str, Any], how: How) -> tuple[Sequence[Sample] | None, str]:
    came = read_samples(folder) if (folder / GOLD).exists() else None
    own = recount.of_data(facts, how.known, how.roots)
    if own is not None and came is not None:
        recount.same_gold(own, came)
    if own is not None:
        return own, "by the receiver's data"
    if came is not None:
        return came, "by the gold that came along"
    return None, "the gold was left out, and the data are not here"


def _sha256(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(parcel.BLOCK):
            found.update(block)
    return found.hexdigest()
