"""Options that several commands share, and the small steps from what was typed to values."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from affectbench.catalogue import Catalogue
from affectbench.errors import UsageError, near

if TYPE_CHECKING:
    from affectbench.cluster import Cluster
    from affectbench.datasets import Ablation, Shard
    from affectbench.manifest import Variant
    from affectbench.specs.dataset import DatasetSpec
    from affectbench.specs.model import ModelSpec
    from affectbench.views import Perturbation

Decorated = Callable[..., Any]


def together(options: Sequence[Callable[[Any], Any]], command: Decorated) -> Decorated:
    """Give a command several options, in the order in which its help lists them."""
    for option in reversed(options):
        command = option(command)
    return command


def plugin(command: Decorated) -> Decorated:
    """`--plugin DIR`: more tasks, prompts and models."""
    folder = click.Path(exists=True, file_okay=False, path_type=Path)
    text = "A folder with tasks/, prompts/, models/ (repeatable)."
    return click.option("--plugin", multiple=True, type=folder, metavar="DIR", help=text)(command)


def data(command: Decorated) -> Decorated:
    """`--data ID=DIR`: where the user's copy of a dataset lies."""
    text = "Where your copy of a dataset lies (repeatable)."
    return click.option("--data", multiple=True, metavar="ID=DIR", help=text)(command)


class Number(click.FloatRange):
    """A number in a range. That which is none, `nan`, would pass every comparison, and so limit nothing."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the number, or fail as click does."""
        found = super().convert(value, param, ctx)
        return self.fail(f"{value!r} is not a number.", param, ctx) if math.isnan(found) else found


def _shard(context: click.Context, option: click.Parameter, text: str | None) -> Shard | None:
    from affectbench.datasets import Shard

    return None if text is None else Shard.read(text)


def shard(command: Decorated) -> Decorated:
    """`--shard I/N`: carry out one of N parts of a run."""
    text = "Carry out one of N parts; `affectbench merge` joins them."
    return click.option("--shard", metavar="I/N", callback=_shard, help=text)(command)


def trust_remote_code(command: Decorated) -> Decorated:
    """`--trust-remote-code NAME`: the user's word that a model's own code may run here."""
    text = "Let this model, whose entry says that it needs to, run code of its own here (repeatable)."
    return click.option("--trust-remote-code", multiple=True, metavar="NAME", help=text)(command)


_EXECUTOR = (
    click.option(
        "--executor", type=click.Choice(("local", "ray")), default="local", show_default=True,
        help="Hold the model in this process, or in replicas on a Ray cluster.",
    ),
    click.option("--ray-address", metavar="HOST:PORT", help="The cluster [this machine's]; `local` begins one."),
    click.option("--replicas", type=click.IntRange(min=1), help="How many on Ray [one a GPU, or one a machine]."),
    click.option("--cpus", type=Number(0, min_open=True), help="CPUs of each replica [1]."),
    click.option("--gpus", type=Number(0), help="GPUs of each replica [1 where there are any]."),
)  # fmt: skip


def executor(command: Decorated) -> Decorated:
    """`--executor`, and what a cluster is asked for."""
    return together(_EXECUTOR, command)


def cluster(given: Mapping[str, Any]) -> Cluster | None:
    """Return the cluster that was asked for, None for this process. Raises UsageError for options without Ray."""
    from affectbench.cluster import Cluster

    wanted = {name: given[name] for name in ("replicas", "cpus", "gpus") if given[name] is not None}
    wanted |= {"address": given["ray_address"]} if given["ray_address"] else {}
    if given["executor"] == "local" and wanted:
        raise UsageError("--ray-address, --replicas, --cpus and --gpus are for --executor ray")
    return Cluster(**wanted) if given["executor"] == "ray" and not given["dry_run"] else None


_BUDGET = (
    click.option("--max-cost", type=Number(0, min_open=True), help="Money that the command may spend."),
    click.option("--max-tokens", type=click.IntRange(min=1), help="Tokens that the command may spend."),
    click.option("--max-seconds", type=Number(0, min_open=True), help="Time that the command may take."),
)


def budget(command: Decorated) -> Decorated:
    """`--max-cost`, `--max-tokens`, `--max-seconds`: stop in time, with exit code 4."""
    return together(_BUDGET, command)


def _ablations(context: click.Context, option: click.Parameter, given: Sequence[str]) -> list[Ablation]:
    from affectbench.datasets import Ablation

    return [Ablation.read(text.strip()) for several in given for text in several.split(",")]


def _perturbations(context: click.Context, option: click.Parameter, given: Sequence[str]) -> list[Perturbation]:
    from affectbench.media import perturb

    return [perturb.find(text.strip()) for several in given for text in several.split(",")]


WORSE = "blur, low-light, jpeg, occlude-eyes, occlude-mouth, frame-shuffle, noise, speech-noise"
"""The names of `media.perturb`, which is not imported for a help text."""

_VARIED = (
    click.option(
        "--ablate", multiple=True, metavar="PARTS", callback=_ablations,
        help="Run without v (pictures), a (sound), t (text) too, such as v,a,va or a:blank.",
    ),
    click.option(
        "--perturb", multiple=True, metavar="NAME:SEVERITY", callback=_perturbations,
        help=f"Make what is shown worse, such as blur:3,blur:5; severity 1 to 5 of {WORSE}.",
    ),
)  # fmt: skip


def varied(command: Decorated) -> Decorated:
    """`--ablate` and `--perturb`: paired variants of a task."""
    return together(_VARIED, command)


def variants(base: Variant, ablations: Iterable[Ablation], perturbations: Iterable[Perturbation]) -> list[Variant]:
    """Return the variants that were asked for: the task as it is shown, and without each of the parts."""
    shown = [replace(base, perturb=wish) for wish in dict.fromkeys(perturbations)] or [base]
    missing: list[Ablation | None] = [None, *dict.fromkeys(ablations)]
    return [replace(one, ablate=wish) for one in shown for wish in missing]


def as_json(command: Decorated) -> Decorated:
    """`--json`: one document on standard output and nothing else there."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")(command)


def catalogue(plugins: Iterable[Path]) -> Catalogue:
    """Return the catalogue with the given plug-in folders."""
    return Catalogue(tuple(plugins))


def roots(pairs: Iterable[str]) -> dict[str, Path]:
    """Read `ID=DIR` pairs. Raises UsageError for anything else."""
    found: dict[str, Path] = {}
    for pair in pairs:
        name, equals, folder = pair.partition("=")
        if not (name and equals and folder):
            raise UsageError(f"--data {pair!r}: expected ID=DIR, such as raf-db=/data/RAF-DB")
        found[name] = Path(folder)
    return found


def check_roots(given: Iterable[str], known: Catalogue, asked: Iterable[DatasetSpec]) -> None:
    """Raise UsageError for a `--data` id that neither a known dataset nor one of those asked has."""
    names = [name for dataset in asked for name in (dataset.id, *dataset.needs)]
    names += [*known.files["dataset"], *known.files["task"]]
    for name in given:
        if name not in names:
            raise UsageError(f"--data {name}=…: there is no dataset {name!r}{near(name, names)}")


def card(known: Catalogue, name: str) -> ModelSpec:
    """Return the card that a model's name means, see `models.names.find`."""
    from affectbench.models.names import find

    return find(known, name)


def run_folders(folder: Path) -> list[Path]:
    """Return the run folders at or below `folder`. Raises UsageError if there is none."""
    from affectbench import records

    found = records.run_folders(folder)
    if not found:
        raise UsageError(f"{folder} holds no run: expected a folder with manifest.json, such as runs/TASK/MODEL/ID")
    return found


def tell(message: str, quiet: bool) -> None:
    """Say what takes a moment, on standard error."""
    if not quiet:
        click.echo(message, err=True)
