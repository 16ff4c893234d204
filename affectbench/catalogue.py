"""Finds task, dataset, label, prompt, model and other files: shipped, from plug-ins, from packages.

Looking for files and listing them imports no parser: what a list shows is kept in an index beside the caches, entry by
entry with the file's time and size, and only files that changed are read again.
"""

from __future__ import annotations

import fnmatch
import importlib
import importlib.metadata
import importlib.util
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from affectbench import __version__
from affectbench.errors import Fault, FileErrors, UsageError, near
from affectbench.paths import cache_folder, shipped

if TYPE_CHECKING:
    from affectbench.specs.base import Loaded
    from affectbench.specs.model import ModelSpec

PLUGIN_GROUP = "affectbench.plugins"
INDEX_VERSION = 2
FOLDERS = ("tasks", "prompts", "models", "leaderboard")
"""What a plug-in may hold."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of file: the folder that holds it below a plug-in's root, what is left out, and its schema."""

    folder: str
    schema: str
    apart: tuple[str, ...] = ()


KINDS: Mapping[str, Kind] = {
    "task": Kind("tasks", "affectbench.specs.task:TaskSpec", ("datasets", "labels", "suites", "lexicons")),
    "dataset": Kind("tasks/datasets", "affectbench.specs.dataset:DatasetSpec"),
    "labels": Kind("tasks/labels", "affectbench.specs.labels:LabelsSpec"),
    "suite": Kind("tasks/suites", "affectbench.specs.suite:SuiteSpec"),
    "lexicon": Kind("tasks/lexicons", "affectbench.specs.lexicon:LexiconSpec"),
    "prompt": Kind("prompts", "affectbench.specs.prompt:PromptSpec", ("judge", "extract")),
    "rubric": Kind("prompts/judge", "affectbench.specs.rubric:RubricSpec"),
    "extraction": Kind("prompts/extract", "affectbench.specs.extraction:ExtractionSpec"),
    "model": Kind("models", "affectbench.specs.model:ModelsSpec"),
    "reported": Kind("leaderboard/reported", "affectbench.specs.reported:ReportedSpec"),
}


@dataclass(frozen=True, slots=True)
class Root:
    """A folder with some of `FOLDERS`; `name` says where it comes from."""

    name: str
    folders: Mapping[str, Path]


@dataclass(frozen=True, slots=True)
class Entry:
    """What a list shows of a file: its id, place, a few fields, and its faults if it is broken."""

    kind: str
    id: str
    path: str
    origin: str
    fields: Mapping[str, str]
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Card:
    """What a list shows of a model card: the id and path of the file that holds it, and a few fields."""

    file: str
    path: str
    fields: Mapping[str, Any]


def schema(kind: str) -> Any:
    """Import and return the pydantic class of a kind."""
    module, _, name = KINDS[kind].schema.partition(":")
    return getattr(importlib.import_module(module), name)


@dataclass
class Catalogue:
    """All files that can be named. `plugins` are the user's folders, beside the shipped and the installed ones."""

    plugins: Sequence[Path] = ()
    _loaded: dict[tuple[str, str], Any] = field(default_factory=dict)

    @cached_property
    def roots(self) -> list[Root]:
        """Return the places that are searched, shipped first."""
        package = Path(__file__).resolve().parent
        own = {name: shipped(name) for name in FOLDERS} | {"models": package / "models" / "catalogue"}
        named = [*self.plugins, *map(Path, filter(None, os.environ.get("AFFECTBENCH_PLUGINS", "").split(os.pathsep)))]
        for folder in named:
            if not folder.is_dir():
                raise UsageError(f"the plug-in {folder} is not a folder")
            if not _plugin_folders(folder):
                none = ", ".join(f"{name}/" for name in FOLDERS)
                raise UsageError(f"the plug-in {folder} holds none of the folders {none}")
        given = [(str(folder), folder) for folder in named] + list(_installed())
        return [Root("shipped", own), *(Root(name, _plugin_folders(folder)) for name, folder in given)]

    @cached_property
    def files(self) -> dict[str, dict[str, list[tuple[Path, str]]]]:
        """Return kind → id → every (file, origin) with that id; more than one is a fault of that id alone."""
        found: dict[str, dict[str, list[tuple[Path, str]]]] = {kind: {} for kind in KINDS}
        for root in self.roots:
            for name, kind in KINDS.items():
                top, _, below = kind.folder.partition("/")
                folder = root.folders.get(top)
                for path in _yaml_files(folder / below, kind.apart) if folder else ():
                    stem = path.relative_to(folder).with_suffix("") if name == "prompt" and folder else path.stem
                    found[name].setdefault(str(stem), []).append((path, root.name))
        return found

    def ids(self, kind: str) -> list[str]:
        """Return the sorted ids of a kind."""
        return sorted(self.files[kind])

    def add(self, path: Path) -> str:
        """Add one task file by its path; returns its id."""
        if not path.is_file():
            raise UsageError(f"there is no task file {path}")
        entries = self.files["task"].setdefault(path.stem, [])
        if all(path.resolve() != known.resolve() for known, _ in entries):
            entries.append((path, str(path.parent)))
        return path.stem

    def load(self, kind: str, name: str) -> Loaded[Any]:
        """Read and check one file by its id. Raises UsageError for an unknown id, FileErrors for a broken file."""
        key = (kind, name)
        if key not in self._loaded:
            places = self.files[kind].get(name)
            if not places:
                what = "label set" if kind == "labels" else kind
                raise UsageError(f"there is no {what} {name!r}{near(name, self.files[kind])}{_where(kind)}")
            if len(places) > 1:
                raise FileErrors(_double(kind, name, [path for path, _ in places]))
            self._loaded[key] = _read(kind, name, places[0][0])
        loaded: Loaded[Any] = self._loaded[key]
        return loaded

    @cached_property
    def cards(self) -> dict[str, list[Card]]:
        """Return name → every model card of that name, as a list shows it; more than one is a fault of that name."""
        found: dict[str, list[Card]] = {}
        for entry in self.entries("model"):
            for row in [] if entry.faults else json.loads(entry.fields["cards"]):
                found.setdefault(row["name"], []).append(Card(entry.id, entry.path, row))
        return found

    def card(self, name: str) -> ModelSpec:
        """Read the model card `name`, and no other file. Raises FileErrors if the name stands in two files."""
        card, *others = self.cards[name]
        if others:
            raise FileErrors(_double("model", name, [Path(one.path) for one in (card, *others)]))
        found: ModelSpec = self.load("model", card.file).spec.models[name]
        return found

    def choose(self, kind: str, patterns: Iterable[str]) -> list[str]:
        """Return the ids that match names or globs, in the order given, each once."""
        chosen: dict[str, None] = {}
        for pattern in patterns:
            ids = self.files[kind]
            hits = [pattern] if pattern in ids else sorted(fnmatch.filter(ids, pattern))
            if not hits:
                raise UsageError(f"no {kind} is called {pattern!r}{near(pattern, ids)}{_where(kind)}")
            chosen.update(dict.fromkeys(hits))
        return list(chosen)

    def tasks(self, patterns: Iterable[str]) -> list[str]:
        """Return task ids for names, globs, suites and paths of task files, in the order given, each once."""
        chosen: dict[str, None] = {}
        for pattern in patterns:
            if pattern.endswith((".yaml", ".yml")):
                chosen[self.add(Path(pattern))] = None
            elif pattern in self.files["suite"] and pattern not in self.files["task"]:
                chosen.update(dict.fromkeys(self.choose("task", self.load("suite", pattern).spec.tasks)))
            elif pattern not in self.files["task"] and not fnmatch.filter(self.files["task"], pattern):
                known = near(pattern, [*self.files["task"], *self.files["suite"]])
                own = "" if self.plugins else "; your own need --plugin DIR"
                raise UsageError(f"no task or suite is called {pattern!r}{known}{_where('task')}{own}")
            else:
                chosen.update(dict.fromkeys(self.choose("task", [pattern])))
        return list(chosen)

    def entries(self, kind: str) -> list[Entry]:
        """Return what a list shows, from the index where the file has not changed since."""
        index = _Index.read()
        listed = []
        for name, places in sorted(self.files[kind].items()):
            double = _double(kind, name, [p for p, _ in places]) if len(places) > 1 else ()
            for path, origin in places:
                shown = index.fields(path, partial(_summary, kind, name, path))
                faults = tuple(double) or tuple(Fault(*f) for f in shown["faults"])
                listed.append(Entry(kind, name, str(path), origin, shown["fields"], faults))
        index.write()
        return listed


def _read(kind: str, name: str, path: Path) -> Loaded[Any]:
    from affectbench.specs.base import read

    return read(path, schema(kind), name)


def _summary(kind: str, name: str, path: Path) -> dict[str, Any]:
    """Return the few fields that a list shows, or the faults, as JSON values."""
    try:
        spec = _read(kind, name, path).spec
    except FileErrors as error:
        return {"fields": {}, "faults": [[f.path, f.line, f.column, f.message] for f in error.faults]}
    fields = {"title": spec.title}
    if kind == "task":
        inline = not isinstance(spec.dataset, str)
        fields |= {
            "family": spec.family or path.parent.name,
            "dataset": f"{name} (inline)" if inline else spec.dataset,
            "main": spec.main or spec.metrics[0],
            "protocol": spec.protocol,
        }
    if kind == "model":
        fields["cards"] = json.dumps([card.summary() for card in spec.models.values()])
    return {"fields": fields, "faults": []}


def _installed() -> Iterator[tuple[str, Path]]:
    """Yield the plug-in folders that installed packages name; an entry point names a package whose folder it is."""
    for point in importlib.metadata.entry_points(group=PLUGIN_GROUP):
        found = importlib.util.find_spec(point.value)
        for folder in (found.submodule_search_locations or []) if found else []:
            yield f"package {point.dist.name if point.dist else point.name}", Path(folder)


def _plugin_folders(folder: Path) -> dict[str, Path]:
    return {name: folder / name for name in FOLDERS if (folder / name).is_dir()}


def _yaml_files(folder: Path, apart: tuple[str, ...]) -> Iterator[Path]:
    """Yield the YAML files below a folder, without the folders that belong to another kind."""
    for here, below, names in os.walk(folder):
        below[:] = sorted(b for b in below if not (Path(here) == folder and b in apart))
        yield from (Path(here) / name for name in sorted(names) if name.endswith((".yaml", ".yml")))


def _double(kind: str, name: str, paths: list[Path]) -> list[Fault]:
    return [
        Fault(str(path), 1, 1, f"the {kind} {name!r} stands also in {', '.join(str(p) for p in paths if p != path)}")
        for path in paths
    ]


def _where(kind: str) -> str:
    command = {"task": "tasks list", "model": "models list", "dataset": "data list"}.get(kind)
    return f" (`affectbench {command}` shows all)" if command else ""


def _is_kept(kept: Any, stamp: list[int]) -> bool:
    """Whether an entry of the index is whole, and of the file as it is now."""
    match kept:
        case [time, size, {"fields": dict() as fields, "faults": list() as faults}] if [time, size] == stamp:
            fine = (isinstance(f, list) and list(map(type, f)) == [str, int, int, str] for f in faults)
            return all(isinstance(text, str) for text in fields.values()) and all(fine)
    return False


@dataclass
class _Index:
    """The lists' memory: path → [mtime_ns, size, fields]; rewritten as a whole when a file changed."""

    file: Path
    known: dict[str, list[Any]]
    changed: bool = False

    @classmethod
    def read(cls) -> _Index:
        file = cache_folder() / f"index-{__version__}-{INDEX_VERSION}.json"
        try:
            known = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            known = {}
        return cls(file, known if isinstance(known, dict) else {})

    def fields(self, path: Path, summarise: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        try:
            stat = path.stat()
            stamp = [stat.st_mtime_ns, stat.st_size]
        except OSError:
            stamp = [0, 0]  # the summary says what is wrong
        kept = self.known.get(str(path))
        if kept is None or not _is_kept(kept, stamp):
            kept = self.known[str(path)] = [*stamp, summarise()]
            self.changed = True
        shown: dict[str, Any] = kept[2]
        return shown

    def write(self) -> None:
        if not self.changed:
            return
        part = self.file.with_name(f"{self.file.name}.{os.getpid()}")
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            part.write_text(json.dumps(self.known), encoding="utf-8")
            part.replace(self.file)
        except OSError:
            part.unlink(missing_ok=True)  # an index that cannot be kept costs time, nothing else
