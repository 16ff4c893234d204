"""Small questions, samples and answers for the tests of scoring."""

from affectbench.metrics import ENTRIES
from affectbench.metrics.libraries import absence
from affectbench.scoring import Answer, Question, Results
from affectbench.types import Gold, Sample, Score

LABELS = ("anger", "joy", "fear")
VALENCE = (("valence", -1.0, 1.0), ("arousal", -1.0, 1.0))
INSTALLED = [entry for entry in ENTRIES if not (entry.network or (entry.library and absence(entry.library)))]
"""The metrics whose libraries are here and that need no weights: without the extra `text`, the others are tested."""


def choice(metrics: tuple[str, ...] = ("accuracy", "uar", "confusion"), **more) -> Question:
    return Question(**{"form": "choice", "labels": LABELS, "metrics": metrics, "main": metrics[0], **more})


def labelled(labels: list[str], **more) -> list[Sample]:
    return [Sample(id=f"s{i}", gold=Gold(label=label), **more) for i, label in enumerate(labels)]


def replies(values: list, status: str = "api_error") -> list[Answer]:
    """An answer to each sample; None is one of the given status."""
    return [Answer(f"s{i}", 0, "ok" if value is not None else status, value) for i, value in enumerate(values)]


def find(results: Results, metric: str, **where) -> Score:
    wanted = {"over": "all", "label": None, "fold": None, "group": None, **where}
    (found,) = [s for s in results.scores if s.metric == metric and all(getattr(s, k) == v for k, v in wanted.items())]
    return found


def group(results: Results, name: str) -> dict[str, Score]:
    return {s.group.value: s for s in results.scores if s.group and s.group.name == name}
