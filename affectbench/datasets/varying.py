"""Paired variants of a task: the same samples with a part of them removed, emptied or made worse.

`--ablate a` takes the sound away, `v` pictures and clips, `t` the dataset's text; `va` both. `a:blank` keeps its place,
with nothing in it: silence, black pictures, an ellipsis. `--perturb blur:3` changes what is shown; see `media.perturb`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from affectbench.datasets.bound import Bound
from affectbench.errors import UsageError
from affectbench.media import perturb
from affectbench.types import MediaKind, Sample
from affectbench.views import FRAMES, Frames, Perturbation, View

PARTS: Mapping[str, tuple[MediaKind, ...]] = {"v": ("image", "video"), "a": ("audio",), "t": ()}
NAMES = {"v": "pictures", "a": "sound", "t": "text"}
BLANK_TEXT = "…"


@dataclass(frozen=True, slots=True)
class Ablation:
    """Which parts of a task are missing: letters of `PARTS`; `blank` says that they are there, but empty."""

    parts: str
    blank: bool = False

    @classmethod
    def read(cls, text: str) -> Ablation:
        """Read `a`, `va`, `t:blank`. Raises UsageError for anything else."""
        parts, colon, how = text.partition(":")
        if not parts or set(parts) - set(PARTS) or len(set(parts)) < len(parts) or (colon and how != "blank"):
            known = ", ".join(f"{letter} ({name})" for letter, name in NAMES.items())
            raise UsageError(f"ablation {text!r}: expected letters of {known}, such as a, va or v:blank")
        return cls("".join(letter for letter in PARTS if letter in parts), how == "blank")

    def __str__(self) -> str:
        return self.parts + (":blank" if self.blank else "")

    @property
    def said(self) -> str:
        """The ablation in words."""
        names = " and ".join(NAMES[letter] for letter in self.parts)
        return f"{'blank' if self.blank else 'without'} {names}"


def ablated(bound: Bound, wish: Ablation) -> Bound:
    """Return a task without some of its parts. Raises UsageError for a part that it does not have."""
    kinds = {kind for letter in wish.parts for kind in PARTS[letter]}
    offered = bound.task.dataset.media_kinds()
    for letter in wish.parts:
        has = bound.task.kinds() & set(PARTS[letter]) if letter != "t" else bound.shows_text
        if not has:
            raise UsageError(
                f"task {bound.task.id!r} shows no {NAMES[letter]}: nothing would change without it (--ablate {wish})"
            )
    views = bound.views
    if wish.blank:
        views = {n: replace(view, blank=True) if offered[n] in kinds else view for n, view in views.items()}

    def less(sample: Sample) -> Sample:
        media = sample.media if wish.blank else tuple(m for m in sample.media if m.kind not in kinds)
        empty = BLANK_TEXT if wish.blank else ""
        text = dict.fromkeys(sample.text, empty) if "t" in wish.parts else sample.text
        return replace(sample, media=media, text=text)

    unchanged = {sample.id: sample for sample in bound.samples}
    return replace(bound, samples=list(map(less, bound.samples)), views=views, changed=less, unchanged=unchanged)


def perturbed(bound: Bound, wish: Perturbation) -> Bound:
    """Return a task with its pictures, or its sound, made worse. Raises UsageError where it shows none."""
    what: str = perturb.kind_of(wish.name)
    kinds = set(PARTS["a"] if what == "sound" else PARTS["v"])
    offered = bound.task.dataset.media_kinds()
    if wish.name in perturb.MOVES:
        what, kinds = "clip in several frames", {"video"}
    if not any(offered[name] in kinds and _several(view, wish) for name, view in bound.views.items()):
        raise UsageError(f"task {bound.task.id!r} shows no {what}: {wish.name} would change nothing")
    views = {n: replace(view, perturbed=wish) if offered[n] in kinds else view for n, view in bound.views.items()}
    return replace(bound, views=views)


def _several(view: View, wish: Perturbation) -> bool:
    """Whether a medium has what a change of order needs; any other change needs nothing."""
    return wish.name not in perturb.MOVES or view.frames is None or view.frames.most > 1


def with_frames(bound: Bound, frames: int | None) -> Bound:
    """Return a task whose clips are shown in `frames` frames where it does not say itself in how many."""
    offered = bound.task.dataset.media_kinds()
    chosen = Frames(n=frames or FRAMES)

    def settled(name: str, view: View) -> View:
        return replace(view, frames=chosen) if offered[name] == "video" and view.frames is None else view

    return replace(bound, views={name: settled(name, view) for name, view in bound.views.items()})
