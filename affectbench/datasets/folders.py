"""The data roots: which folder belongs to which dataset, and the one way from a path to a real file."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from affectbench.errors import DataError, MediaError, near
from affectbench.specs.dataset import DatasetSpec, Layout
from affectbench.specs.patterns import Pattern, path_pattern
from affectbench.specs.values import split_root
from affectbench.types import Media

Found = tuple[str, str, dict[str, str]]

SHOWN = 12
LEAVES = "is a link that leaves the data root; follow_links in affectbench.toml allows it"
ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".PNG", ".JPG", ".JPEG", ".BMP")


class Folders:
    """The roots of one dataset and of those it needs. A place is (dataset id, path below its root)."""

    def __init__(self, spec: DatasetSpec, roots: Mapping[str, Path], follow_links: Collection[str] = ()) -> None:
        self.spec = spec
        self.follow_links = frozenset(follow_links)
        self.roots = {name: Path(os.path.realpath(root)) for name, root in roots.items()}

    def root(self, name: str) -> Path:
        """Return the folder of a dataset ("" is the dataset itself). Raises DataError that says how to bind one."""
        name = name or self.spec.id
        folder = self.roots.get(name)
        if folder is None:
            raise DataError(self._unbound(name))
        if not folder.is_dir():
            raise DataError(
                f"the data of {name!r} are bound to {folder}, which is not a folder; bind another: --data {name}=DIR"
            )
        return folder

    def open(self, place: tuple[str, str]) -> Path:
        """Return the path of an annotation file. Raises DataError where it is missing or lies outside the root."""
        name, path = place
        try:
            return _resolved(self.root(name), path, (name or self.spec.id) in self.follow_links)
        except MediaError as error:
            raise DataError(str(error)) from None

    def matching(self, text: str) -> Iterator[Found]:
        """Yield (dataset id, path, captures) of all files that follow a path pattern, in the order of their names."""
        name, pattern = split_root(text)
        steps = path_pattern(pattern)
        if (name or self.spec.id) not in self.roots and name:
            return
        for path, captures in _walk(self.root(name), "", steps):
            yield name, path, captures

    def exists(self, place: tuple[str, str]) -> bool:
        """Say whether there is a file or folder at a place."""
        name, path = place
        return ".." not in path.split("/") and there(self.root(name) / path.lstrip("/"))

    def layout(self) -> Layout:
        """Return the form in which the user has the corpus. Raises DataError that lists what was looked for."""
        forms = self.spec.forms
        for form in forms:
            if form.when is None or next(self.matching(form.when), None) is not None:
                return form
        looked = ", ".join(str(form.when) for form in forms)
        found = self.instead(str(forms[0].when))
        raise DataError(f"{self.root('')} does not look like {self.spec.id!r}: none of these is there: {looked}{found}")

    def instead(self, text: str) -> str:
        """Say what there is instead of a file that is missing: it one folder deeper, a near name, or what else."""
        name, pattern = split_root(text)
        if name and name not in self.roots:
            return ""
        here, steps = self.root(name), path_pattern(pattern)
        names = [entry for entry in _names(here) if not entry.startswith(".")]
        for inner in (here / entry for entry in names[:SHOWN]):
            if inner.is_dir() and next(_walk(inner, "", steps), None) is not None:
                return f"; it is in {inner.name}: --data {name or self.spec.id}={inner}"
        while steps[0].constant and len(steps) > 1 and steps[0].text in names:
            here, steps = here / steps[0].text, steps[1:]
            names = _names(here)
        return near(steps[0].text, names) or f" (there: {', '.join(names[:SHOWN]) or 'nothing'})"

    def _unbound(self, name: str) -> str:
        access = self.spec.access
        own = name == self.spec.id
        where = (
            f" ({access.kind}{f': {access.url}' if access.url else ''})" if own else f" (which {self.spec.id!r} needs)"
        )
        return (
            f'the data of {name!r}{where} are not bound: give --data {name}=DIR, or `{name} = "DIR"` under [data] in '
            f"affectbench.toml, or $AFFECTBENCH_DATA/{name}"
        )


def locate(media: Media, roots: Mapping[str, Path], follow_links: Collection[str] = ()) -> Path:
    """Return the file of a medium. Raises MediaError: `missing`, or `outside` where path or link leaves the root."""
    return find(media, {name: Path(os.path.realpath(root)) for name, root in roots.items()}, follow_links)


def find(media: Media, roots: Mapping[str, Path], follow_links: Collection[str] = ()) -> Path:
    """Return the file of a medium as `locate` does, below roots without links in them: this costs a third."""
    if media.path is None:
        raise MediaError("missing", f"{media.name}: has no file")
    root = roots.get(media.root)
    if root is None:
        raise MediaError("missing", f"{media.name}: the data of {media.root!r} are not bound")
    return _resolved(root, media.path, media.root in follow_links)


def _resolved(root: Path, path: str, follow_links: bool) -> Path:
    """Return the real file at `path` below the real folder `root`."""
    steps = path.split("/")
    if path.startswith(("/", "~")) or ".." in steps or "\0" in path:
        raise MediaError("outside", f"{path!r} leaves the data root")
    real = _unlinked(root, steps) or _linked(root, path, follow_links)
    if os.path.isfile(real):  # noqa: PTH113 - it never raises
        return real
    if not there(real):
        raise MediaError("missing", f"there is no file {path!r} below the data root{_twin(real)}")
    if not real.is_dir():  # a pipe would be waited for, a device has no end
        raise MediaError("unreadable", f"{path!r} is neither a file nor a folder")
    try:
        leaving = None if follow_links else _leaving(root, real, real.stat().st_mtime_ns)
    except OSError as error:
        raise MediaError("unreadable", f"{path!r}: {error.strerror}") from None
    if leaving is not None:
        raise MediaError("outside", f"'{path}/{leaving}' {LEAVES}")
    return real


@lru_cache(maxsize=1024)
def _leaving(root: Path, folder: Path, changed: int) -> str | None:
    """Return the name of a link in a folder of frames that leaves the root; `changed` is when the folder was."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_symlink() and not _stays(root, Path(os.path.realpath(entry.path))):
                return entry.name
    return None


def _stays(root: Path, real: Path) -> bool:
    """Whether a real path lies in the root, or is a file to which a snapshot in the hub's cache links."""
    return real.is_relative_to(root) or _own_blob(root, real)


def _unlinked(root: Path, steps: Iterable[str]) -> Path | None:
    """Return the path below a real folder if no step of it is a link; most have none, and this costs the least."""
    place = str(root)
    for step in steps:
        place = os.path.join(place, step)  # noqa: PTH118 - a Path for each step would cost as much as the call below
        if os.path.islink(place):  # noqa: PTH114 - it never raises: a name that no file system takes is no link
            return None
    return Path(place)


def _linked(root: Path, path: str, follow_links: bool) -> Path:
    """Return where a path leads that holds a link."""
    real = Path(os.path.realpath(root / path))
    if not follow_links and not _stays(root, real):
        raise MediaError("outside", f"{path!r} {LEAVES}")
    return real


def _own_blob(root: Path, real: Path) -> bool:
    """Say whether a file is one to which a snapshot in the hub's cache links: `snapshots/REVISION` to `blobs`."""
    return root.parent.name == "snapshots" and real.parent == root.parent.parent / "blobs"


def _twin(file: Path) -> str:
    """Name the file beside a missing one from which only the ending differs."""
    for ending in ENDINGS:
        if there(twin := file.with_name(f"{file.stem}{ending}")):
            return f"; {twin.name!r} is there"
    return ""


def there(place: Path) -> bool:
    """Whether there is a file or folder; a name that no file system takes is nowhere."""
    try:
        return place.exists()
    except OSError:
        return False


def _walk(folder: Path, above: str, steps: tuple[Pattern, ...]) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the files below `folder` that follow `steps`, with what the captures took."""
    step, below = steps[0], steps[1:]
    for name, captures in _entries(folder, step, last=not below):
        path = f"{above}{name}"
        if not below:
            yield path, captures
            continue
        for deeper, more in _walk(folder / name, f"{path}/", below):
            if all(captures.get(key, taken) == taken for key, taken in more.items()):
                yield deeper, {**captures, **more}


def _entries(folder: Path, step: Pattern, last: bool) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the names in `folder` that follow one step; hidden ones only where the step says so."""
    if step.constant:
        if there(folder / step.text):
            yield step.text, {}
        return
    hidden = step.text.startswith(".")
    for name in _below(folder) if step.takes_rest else _names(folder):
        captures = step.match(name) if hidden or not name.startswith(".") else None
        if captures is not None and (last or (folder / name).is_dir()):
            yield name, captures


def _names(folder: Path) -> list[str]:
    try:
        return sorted(entry.name for entry in os.scandir(folder))
    except NotADirectoryError:
        return []


def _below(folder: Path) -> Iterator[str]:
    """Yield the paths of all files below a folder but hidden ones; links to folders are not entered."""
    for above, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        below = os.path.relpath(above, folder)
        for name in sorted(name for name in files if not name.startswith(".")):
            yield name if below == "." else f"{below}/{name}"
