"""What the tests of submissions share: a finished run of colours, its parcel, and parcels that somebody changed."""

from __future__ import annotations

import hashlib
import json
import shutil
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from affectbench.board import parcel
from tests.flow.flows import Done, affectbench, arguments, colours

LABELS = ("anger", "disgust", "fear", "happiness", "sadness", "surprise")


def finished(folder: Path, publish: bool = True, n: int = 12, *more: str | Path) -> Path:
    """Write the plug-in `colours` below `folder` and run it with replies from a file; returns the run's folder."""
    plugin = colours(folder, n)
    task = plugin / "tasks/own/colours.yaml"
    if not publish:
        task.write_text(task.read_text().replace("labels: true, text: true", "labels: false, text: true"))
    answers = folder / "answers.jsonl"
    replies = [{"id": f"s{i:04}", "text": LABELS[(i % 6 + i // 6) % 6]} for i in range(n)]
    answers.write_text("".join(json.dumps(row) + "\n" for row in replies))
    done = affectbench(*arguments(plugin, f"replay:{answers}", folder / "runs", "--json", *more))
    assert done.code == 0, done.err
    return Path(done.json["runs"][0]["path"])


def packed(run: Path) -> Path:
    """Pack a run beside its plug-in; returns the file."""
    out = run.parents[3] / "run.zip"
    done = affectbench("board", "submit", run, "-o", out)
    assert done.code == 0, done.err
    return out


def add(file: Path, out: Path, *more: str | Path) -> Done:
    """Add a submission as the command line does."""
    return affectbench("board", "add", file, "-o", out, *more)


def changed(file: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """Change the members of a parcel and pack it again with digests that fit, as a careful forger would."""
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    index = json.loads(members.pop(parcel.INDEX))
    index["files"] = {name: digest(data) for name, data in members.items()}
    return written(file.with_name("forged.zip"), [(parcel.INDEX, json.dumps(index).encode()), *members.items()])


def digest(data: bytes) -> dict[str, Any]:
    return {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}


def written(path: Path, members: Iterable[tuple[str | zipfile.ZipInfo, bytes]]) -> Path:
    """Write a zip of members as they are given, also twice of one name."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return path


def edited(members: dict[str, bytes], name: str, edit: Callable[[Any], None]) -> None:
    """Edit a JSON document of a parcel in place."""
    value = json.loads(members[name])
    edit(value)
    members[name] = json.dumps(value, ensure_ascii=False, indent=1).encode() + b"\n"


def lines(members: dict[str, bytes], name: str, edit: Callable[[list[Any]], None]) -> None:
    """Edit the lines of a parcel's file in place."""
    rows = [json.loads(line) for line in members[name].splitlines()]
    edit(rows)
    members[name] = b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def nothing_in(out: Path) -> bool:
    """Whether nothing was written below the receiver's runs."""
    return not out.exists() or not any(out.iterdir())


def copied(folder: Path, to: Path) -> Path:
    shutil.copytree(folder, to)
    return to
