"""Local snapshots of hub datasets: where in the hub's cache a snapshot lies, and which of its files hold a split.

Nothing here reaches the network: what is not on the disk is an error that says how to get it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from affectbench.datasets.folders import Folders, Found
from affectbench.datasets.table import Cells, table_cells
from affectbench.errors import DataError, near
from affectbench.specs.rows import Hub, Table

_PLAIN = Table(file=("hub",))


def snapshot(root: Path) -> Path:
    """Return the snapshot in a repository's folder of the hub's cache, any other folder as it is.

    It is the one that `refs/main` names, or the only one. Raises DataError where that does not say which.
    """
    snapshots = root / "snapshots"
    if not root.name.startswith("datasets--") or not snapshots.is_dir():
        return root
    main = root / "refs" / "main"
    if main.is_file() and (named := snapshots / Path(main.read_text(encoding="utf-8").strip()).name).is_dir():
        return named
    found = sorted(snapshots.iterdir())
    if len(found) != 1:
        raise DataError(f"{root} holds {len(found)} snapshots; bind one of them: {snapshots / 'REVISION'}")
    return found[0]


def hub_files(hub: Hub, folders: Folders) -> Iterator[Found]:
    """Yield the files of the splits in the order of the splits; the capture `split` names each one's. Raises DataError.

    They are those of the first pattern that any file of a wanted split follows.
    """
    for text in hub.file:
        found = [(name, path, {"split": hub.split[0], **taken}) for name, path, taken in folders.matching(text)]
        known = {taken["split"] for _, _, taken in found}
        if not known.intersection(hub.split):
            continue
        for split in hub.split:
            if split not in known:
                raise DataError(f"{folders.root('')}: no file {text!r} of the split {split!r}{near(split, known)}")
            yield from (one for one in found if one[2]["split"] == split)
        return
    config = f" of the configuration {hub.config!r}" if hub.config else ""
    there = folders.instead(hub.file[0])
    get = f"hf download {hub.repo} --repo-type dataset --local-dir DIR"
    raise DataError(
        f"{folders.root('')}: no files of the split {', '.join(hub.split)}{config} in the layouts of the hub"
        f"{there}; a snapshot is had by: {get}"
    )


def hub_cells(file: Path, shown: str) -> Cells:
    """Yield (line, column → cell) of a file of a snapshot; columns of pictures and sounds hold `bytes` and `path`."""
    return table_cells(file, _PLAIN, shown)
