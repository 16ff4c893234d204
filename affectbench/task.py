"""A task with everything that its file names: dataset, target, labels, prompt, metrics, all of them checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from affectbench import metrics
from affectbench.catalogue import Catalogue
from affectbench.errors import Fault, FileErrors, UsageError, near
from affectbench.labels import LabelSet, TaxonomyMap, label_set, mapping
from affectbench.specs.base import Loaded
from affectbench.specs.dataset import DatasetSpec
from affectbench.specs.labels import LabelsSpec
from affectbench.specs.lexicon import LexiconSpec
from affectbench.specs.prompt import PromptSpec, Wording
from affectbench.specs.targets import Target
from affectbench.specs.task import TaskSpec
from affectbench.types import Form, MediaKind

FORMS: Mapping[str, Form] = {
    "label": "choice", "votes": "choice", "set": "labels", "levels": "levels", "ratings": "levels", "text": "text",
}  # fmt: skip
OWN_LEXICON: Mapping[Form, str] = {"open": "affectbench", "text": "clues"}
OWN_PARSER = "affectbench"


@dataclass(frozen=True, kw_only=True)
class Task:
    """What is asked, of which data, and how it is scored; nothing is left to look up but the user's data.

    `labels` is what an answer may be (None for numbers and free answers); `levels` are (name, low, high); `gold_labels`
    are the label sets by which the dataset's files are read; `taxonomy` takes its labels to those of the answer;
    `lexicon` says which free words mean the same. `scale` (rubric, scale or sum of scales, its ends) stands for
    the task where a judge scores it.
    """

    spec: TaskSpec
    dataset: DatasetSpec
    split: str
    target: str
    form: Form
    prompt: PromptSpec
    wording: Wording
    labels: LabelSet | None = None
    gold_labels: Mapping[str, LabelSet] = field(default_factory=dict)
    taxonomy: TaxonomyMap | None = None
    levels: tuple[tuple[str, float, float], ...] = ()
    lexicon: LexiconSpec | None = None
    shown: tuple[str, ...] = ()
    sees_text: bool = True
    scale: tuple[str, str, tuple[float, float]] | None = None

    @property
    def id(self) -> str:
        """The task's id."""
        return self.spec.id

    @property
    def main(self) -> str:
        """The metric by which the task ranks; where a judge's scale does, that which stands first beside it."""
        return self.spec.metric

    @property
    def ranks_by(self) -> str:
        """The metric, or `RUBRIC/SCALE`, by which the task ranks."""
        return "/".join(self.scale[:2]) if self.scale else self.main

    @property
    def variant(self) -> str:
        """The name of the wording that is used."""
        return self.wording.name or "base"

    @property
    def withheld(self) -> bool:
        """Whether nobody outside has the gold, so that answers can be had and not scored."""
        return self.dataset.target(self.target).withheld is not None

    def kinds(self) -> frozenset[MediaKind]:
        """Return the kinds of media that the task shows."""
        offered = self.dataset.media_kinds()
        return frozenset(offered[name] for name in self.shown)


def bind(catalogue: Catalogue, name: str, wording: str = "base") -> Task:
    """Load the task `name` with all that it names.

    Raises UsageError for an unknown task or wording, FileErrors with every fault of the files involved.
    """
    loaded: Loaded[TaskSpec] = catalogue.load("task", name)
    task = _Binding(catalogue, loaded).task(wording)
    return task


class _Binding:
    """Looks up what a task file names and collects the faults, so that all are reported at once."""

    def __init__(self, catalogue: Catalogue, loaded: Loaded[TaskSpec]) -> None:
        self.catalogue = catalogue
        self.loaded = loaded
        self.spec = loaded.spec
        self.faults: list[Fault] = []

    def task(self, wording: str) -> Task:
        dataset = self.dataset()
        target = self.target(dataset) if dataset else None
        if dataset is None or target is None:
            raise FileErrors(self.faults)
        name, gold = target
        form = self.form(gold)
        if gold.withheld and self.spec.shots:
            self.fault(["shots"], f"the gold of {name!r} is withheld: there are no solved examples")
        prompt = self.prompt(form)
        gold_labels = self.gold_labels(dataset, name)
        labels, taxonomy = self.labels(gold, gold_labels, form)
        self.held(form)
        for text in self.spec.answer.extract:
            self.find("extraction", text.partition("@")[0], ["answer", "extract"])
        names = labels.names if labels else ()
        for fault in metrics.faults(form, self.spec.metrics, self.spec.metric, names, self.spec.aggregate.folds):
            self.fault(["metrics"], fault)
        parts: dict[str, Any] = {
            "split": self.split(dataset),
            "levels": self.levels(gold, gold_labels, form),
            "lexicon": self.lexicon(form),
            "shown": self.shown(dataset),
            "scale": self.scale(),
        }
        if self.faults or prompt is None:
            raise FileErrors(self.faults)
        return Task(
            spec=self.spec, dataset=dataset, target=name, form=form, prompt=prompt, wording=_wording(prompt, wording),
            labels=labels, gold_labels=gold_labels, taxonomy=taxonomy,
            sees_text=self.spec.sees is None or "text" in self.spec.sees, **parts,
        )  # fmt: skip

    def fault(self, loc: Iterable[str | int], message: str) -> None:
        self.faults.append(self.loaded.fault(loc, message))

    def find(self, kind: str, name: str, loc: Iterable[str]) -> Any:
        """Return the spec of another file, or None after noting what is wrong."""
        try:
            return self.catalogue.load(kind, name).spec
        except FileErrors as error:
            self.faults += error.faults
        except UsageError as error:
            self.fault(loc, str(error))
        return None

    def dataset(self) -> DatasetSpec | None:
        known, found = self.catalogue.files["dataset"], self.spec.dataset
        if isinstance(found, str):
            found = self.find("dataset", found, ["dataset"])
        else:
            found = found.model_copy(update={"id": found.id or self.spec.id})
            if found.id in known:  # it would be read from that one's data, under an access of its own making
                self.fault(
                    ["dataset"],
                    f"a dataset {found.id!r} has a file: name it (dataset: {found.id}), or choose another id",
                )
        for other in found.needs if found and found.access.send == "any" else ():
            needed = self.find("dataset", other, ["dataset"]) if other in known else None
            if needed and needed.access.send == "local":
                self.fault(["dataset"], f"{found.id!r} says `send: any`, but needs {other!r}, which may not be sent")
        return found

    def target(self, dataset: DatasetSpec) -> tuple[str, Target] | None:
        names = dataset.target_names()
        name = self.spec.target or (names[0] if len(names) == 1 else None)
        if name is None:
            self.fault(["target"], f"say which target is asked: {dataset.id!r} has {', '.join(names)}")
            return None
        if name not in names:
            known = near(name, names) or f" (targets: {', '.join(names)})"
            self.fault(["target"], f"the dataset {dataset.id!r} has no target {name!r}{known}")
            return None
        return name, dataset.target(name)

    def form(self, gold: Target) -> Form:
        natural: Form = "open" if gold.kind == "set" and gold.labels == "open" else FORMS[gold.kind]
        form = self.spec.answer.form or natural
        if form != natural:
            self.fault(
                ["answer", "form"], f"the target is a {gold.kind}: its answers have the form {natural!r}, not {form!r}"
            )
        return natural

    def held(self, form: Form) -> None:
        """Check the ways in which the model is held to an answer."""
        answer = self.spec.answer
        if answer.constrain == "choice" and form != "choice":
            self.fault(
                ["answer", "constrain"], f"one option is no answer of the form {form!r}: `json` holds it to its form"
            )
        if answer.constrain == "json" and form == "text":
            self.fault(["answer", "constrain"], "a free text has no JSON form")
        if answer.score_by == "likelihood" and form != "choice":
            self.fault(["answer", "score_by"], f"answers of the form {form!r} have no options to compare")
        if answer.extract and form != "open":
            self.fault(["answer", "extract"], f"words are taken out of answers of form 'open', not {form!r}")
        if answer.parser != OWN_PARSER and (answer.constrain, answer.score_by) != ("none", "text"):
            self.fault(["answer", "parser"], f"the parser {answer.parser!r} reads free replies: leave it out, or these")

    def scale(self) -> tuple[str, str, tuple[float, float]] | None:
        """Return the judge's scale by which the task ranks, with its ends; the rubrics that it names are looked up."""
        names = dict.fromkeys(text.partition("@")[0] for text in self.spec.judge)
        rubrics = {name: self.find("rubric", name, ["judge"]) for name in names}
        for text, found in rubrics.items():
            if found and found.pairwise:
                self.fault(["judge"], f"the rubric {text!r} compares two runs: affectbench judge RUN --against RUN")
        if self.spec.scale is None:
            return None
        rubric, name = self.spec.scale
        if rubric not in rubrics:
            known = near(rubric, rubrics) or f" (rubrics: {', '.join(rubrics) or 'none'})"
            self.fault(["main"], f"{self.spec.main!r}: `judge` names no rubric {rubric!r}{known}")
        elif found := rubrics[rubric]:
            if name in found.ends:
                return rubric, name, found.ends[name]
            known = near(name, found.ends) or f" (scales: {', '.join(found.ends)})"
            self.fault(["main"], f"the rubric {rubric!r} has no scale {name!r}{known}")
        return None

    def split(self, dataset: DatasetSpec) -> str:
        names = list(dataset.splits)
        if self.spec.split is None and len(names) > 1:
            self.fault(["split"], f"say which split is scored: {dataset.id!r} has {', '.join(names)}")
        shots_from = self.spec.shots.source if self.spec.shots else None
        for loc, split in ((("split",), self.spec.split), (("shots", "from"), shots_from)):
            if split is not None and split not in names:
                known = near(split, names) or f" (splits: {', '.join(names)})"
                self.fault(loc, f"the dataset {dataset.id!r} has no split {split!r}{known}")
        return self.spec.split or names[0]

    def prompt(self, form: Form) -> PromptSpec | None:
        name = self.spec.prompt or f"{form}/plain"
        if name.partition("/")[0] != form:
            self.fault(["prompt"], f"the prompt {name!r} is not for answers of the form {form!r}")
        found: PromptSpec | None = self.find("prompt", name, ["prompt"])
        return found

    def gold_labels(self, dataset: DatasetSpec, target: str) -> dict[str, LabelSet]:
        """Return the label sets by which the target, and those that it follows from, are read."""
        found: dict[str, LabelSet] = {}
        todo = [target]
        while todo:
            gold = dataset.target(asked := todo.pop())
            todo += gold.needs
            loc = ["dataset", "read", "targets", asked, "labels"]
            if gold.label_set and (labels := self.label_set(gold.label_set, loc)):
                found[gold.label_set] = labels
        return found

    def label_set(self, name: str, loc: list[str]) -> LabelSet | None:
        spec = self.find("labels", name, loc)
        if spec is None:
            return None
        try:
            return label_set(spec, self.subset)
        except UsageError as error:
            self.fault(loc, str(error))
            return None

    def subset(self, name: str) -> LabelsSpec:
        found: LabelsSpec = self.catalogue.load("labels", name).spec
        return found

    def labels(
        self, gold: Target, gold_labels: Mapping[str, LabelSet], form: Form
    ) -> tuple[LabelSet | None, TaxonomyMap | None]:
        """Return what an answer may be, and the map that takes the dataset's labels there."""
        own = gold_labels.get(gold.label_set or "")
        if self.spec.map is not None and (gold.label_set is None or form not in ("choice", "labels")):
            self.fault(["map"], "the target has no labels of a label set, so there is nothing to map")
            return None, None
        if form == "text" and self.spec.answer.labels is not None:  # what a rationale ends with
            return self.label_set(self.spec.answer.labels, ["answer", "labels"]), None
        if form not in ("choice", "labels"):
            return None, None
        if self.spec.map is not None and gold.label_set is not None:
            if self.spec.answer.labels not in (None, self.spec.map):
                self.fault(["answer", "labels"], f"answers are labels of the map's set, {self.spec.map!r}")
            labels = self.label_set(self.spec.map, ["map"])
            return labels, self.taxonomy(gold.label_set, labels)
        if self.spec.answer.labels is not None:
            labels = self.label_set(self.spec.answer.labels, ["answer", "labels"])
            strange = set(labels.names) - set(own.names) if labels and own else set()
            if strange:
                self.fault(["answer", "labels"], f"the target has no label {sorted(strange)[0]!r}: name a `map`")
            return labels, None
        return own, None

    def taxonomy(self, source: str, target: LabelSet | None) -> TaxonomyMap | None:
        spec = self.find("labels", source, ["dataset"])
        if spec is None or target is None:
            return None
        try:
            return mapping(spec, target.id, target)
        except UsageError as error:
            self.fault(["map"], str(error))
            return None

    def levels(
        self, gold: Target, gold_labels: Mapping[str, LabelSet], form: Form
    ) -> tuple[tuple[str, float, float], ...]:
        if form != "levels":
            return ()
        labels = gold_labels.get(gold.label_set or "")
        named = [(code, (labels.name_of(code) if labels else None) or code) for code in gold.level_codes]
        named = named or [(name, name) for name in (labels.names if labels else ())]
        unbound = [name for code, name in named if (gold.range_of(code) or gold.range_of(name)) is None]
        if unbound:
            self.fault(
                ["target"], f"the dataset gives no range for {', '.join(unbound)}: an answer could not be checked"
            )
        ranges = [(name, gold.range_of(code) or gold.range_of(name) or (0.0, 0.0)) for code, name in named]
        return tuple((name, low, high) for name, (low, high) in ranges)

    def lexicon(self, form: Form) -> LexiconSpec | None:
        """Return the lexicon that the task names, or the project's own where a metric needs one."""
        name = self.spec.answer.lexicon
        if name is not None and form not in OWN_LEXICON:
            self.fault(["answer", "lexicon"], f"a lexicon is for free words, and the answers have the form {form!r}")
            return None
        if name is None and metrics.need_lexicon(form, self.spec.metrics):
            name = OWN_LEXICON[form]
        found: LexiconSpec | None = self.find("lexicon", name, ["answer", "lexicon"]) if name else None
        if found and bool(found.clues) != (form == "text"):
            holds = "clues" if found.clues else "emotion words"
            self.fault(["answer", "lexicon"], f"the lexicon {name!r} holds {holds}: not for answers of form {form!r}")
        return found

    def shown(self, dataset: DatasetSpec) -> tuple[str, ...]:
        """Return the names of the media that the prompt holds."""
        offered = dataset.media_kinds()
        for name in self.spec.media or {}:
            if name not in offered:
                known = near(name, offered) or f" (media: {', '.join(offered) or 'none'})"
                self.fault(["media", name], f"the dataset {dataset.id!r} has no medium {name!r}{known}")
        names = [name for name in offered if self.spec.media is None or name in self.spec.media]
        return tuple(name for name in names if self.spec.sees is None or offered[name] in self.spec.sees)


def _wording(prompt: PromptSpec, name: str) -> Wording:
    wordings = prompt.wordings()
    if name not in wordings:
        known = near(name, wordings) or f" (variants: {', '.join(wordings)})"
        raise UsageError(f"the prompt {prompt.id!r} has no variant {name!r}{known}")
    return wordings[name]
