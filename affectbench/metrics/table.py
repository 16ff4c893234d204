"""The table of metrics: where each is, for which answers it is legal, how it reads. It imports nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from math import log, sqrt
from typing import Any, Literal

UNBOUNDED = (0.0, float("inf"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A metric: where its function is, for which answer forms it is legal, how it reads.

    `missing` names what a sample without an answer counts as. `per_label`: the function gives one value a label, and
    the metric is their mean; `macro`: a mean over labels as well, but one value. `proportion`: a share of independent
    samples. `linear`: its expectation is its value on expected statistics; `chance`: what guessing reaches, where that
    is known. `evidence`: the function of the module that counts the samples on which each label's value rests.
    `table`: no number but a table. `lexicon`: the words are compared, or the clues read, by a lexicon.
    `better="neither"`: it describes the answers, so that no guess, no test and no order is made of it. `range`: where
    it has no end, that is as far as answers can be from gold, to the `power`. `labels`: what must be among the labels,
    in any case. `pooled`: of all folds together, never their mean. `library`: what must be installed for it, by its
    name in the registry. `network`: the weights of one must be at hand; the module's `absence` says whether it is.
    """

    name: str
    module: str
    attribute: str
    forms: tuple[str, ...]
    title: str
    missing: str
    version: int = 1
    better: Literal["high", "low", "neither"] = "high"
    range: tuple[float, float] = (0.0, 1.0)
    power: int = 1
    labels: tuple[str, ...] = ()
    per_label: bool = False
    proportion: bool = False
    linear: bool = False
    chance: float | None = None
    evidence: str = "support"
    table: bool = False
    lexicon: bool = False
    macro: bool = False
    pooled: bool = False
    library: str = ""
    network: bool = False

    def load(self) -> Any:
        """The module with `statistics` and `support`."""
        return import_module(f"affectbench.metrics.{self.module}")

    def finish(self) -> Callable[[Any], Any]:
        """The function from summed statistics (..., *shape) to values (...) or, if `per_label`, (..., L)."""
        function: Callable[[Any], Any] = getattr(self.load(), self.attribute)
        return function

    def rests_on(self) -> Callable[[Any], Any]:
        """The function from summed statistics (..., *shape) to samples by label (..., L)."""
        function: Callable[[Any], Any] = getattr(self.load(), self.evidence)
        return function


def _entry(form: str, at: str, title: str, missing: str, **more: Any) -> Entry:
    module, attribute = at.split(".")
    name = more.pop("name", attribute)
    return Entry(name=name, module=module, attribute=attribute, forms=(form,), title=title, missing=missing, **more)


_OTHER, _AS_NEGATIVE = "the other side", "negative"
_MISS, _EMPTY, _FAR = "a miss", "empty set", "farthest end"
_CLASS, _SIDE, _SIDES = "classification.", "polarity.", ("negative", "positive")
_VOTES, _SURE, _RANK = "soft_labels.", "calibration.", "ranking."
_OWN, _FLOOR, _FULL = "a class of its own, missed", "probability 0 for every label", "nothing in common"
_SURELY, _LAST, _STRANGE = "certain and wrong", "on the wrong side of every label", "one unknown word"
_LN2, _ROOT, _NATS = (0.0, log(2)), (0.0, sqrt(log(2))), (0.0, -log(1e-12))
_SIGNED = (-1.0, 1.0)
_SET, _SAMPLE = "multilabel.", "label_sets."
_LEVEL, _MOOD = "continuous.", "sentiment."
_WORDS, _TEXT = "open_vocabulary.", "text_overlap."
_CLUES, _BY_CHANNEL, _FAITH = "clue_overlap.", "clue_channels.", "faithfulness."
_UNSAID, _INVENTS = "no clue named", "one that invents"
_WHEEL, _BESIDE = "wheels.", "wheel_words."

ENTRIES: tuple[Entry, ...] = (
    _entry("choice", _CLASS + "accuracy", "accuracy", _MISS, proportion=True, linear=True),
    _entry("choice", _CLASS + "accuracy", "weighted average recall", _MISS, name="war", proportion=True, linear=True),
    _entry("choice", _CLASS + "uar", "unweighted average recall", _MISS, linear=True, macro=True),
    _entry("choice", _CLASS + "macro_f1", "F1, mean of the declared classes", _MISS, macro=True),
    _entry("choice", _CLASS + "macro_f1_present", "F1, mean of the classes in gold", _MISS, macro=True),
    _entry("choice", _CLASS + "macro_f1_one", "F1, mean of the declared classes, 1 if unused", _MISS, macro=True),
    _entry("choice", _CLASS + "macro_f1_union", "F1, mean of the classes in gold or answers", _OWN, macro=True),
    _entry(
        "choice", _CLASS + "macro_f1", "F1, mean of the classes of all folds", _MISS, name="uf1", macro=True,
        pooled=True,
    ),
    _entry("choice", _CLASS + "uar_union", "recall, mean of the classes in gold or answers", _OWN, macro=True),
    _entry("choice", _CLASS + "weighted_f1", "F1, weighted by support", _MISS),
    _entry("choice", _CLASS + "micro_f1", "F1 of all classes together", _MISS),
    _entry("choice", _CLASS + "recall", "recall", _MISS, per_label=True, proportion=True, linear=True),
    _entry("choice", _CLASS + "precision", "precision", _MISS, per_label=True, evidence="answered"),
    _entry("choice", _CLASS + "weighted_precision", "precision, weighted by support", _MISS),
    _entry("choice", _CLASS + "accuracy", "recall, weighted by support", _MISS, name="weighted_recall", linear=True),
    _entry("choice", _CLASS + "kappa", "agreement beyond chance", "an expected miss", range=_SIGNED, chance=0.0),
    _entry("choice", _CLASS + "confusion", "confusion table", "<invalid>", table=True),
    _entry("choice", _VOTES + "vote_accuracy", "votes for the answer, mean share", _MISS, linear=True),
    _entry("choice", _VOTES + "vote_accuracy_pooled", "votes for the answer, of all votes", _MISS, linear=True),
    _entry("choice", _VOTES + "top_vote", "the label with most votes", _MISS, evidence="inside", linear=True),
    _entry("choice", _VOTES + "kl", "divergence from the votes", _FLOOR, better="low", range=_NATS, evidence="inside"),
    _entry("choice", _VOTES + "jsd", "Jensen-Shannon divergence", _FULL, better="low", range=_LN2, evidence="inside"),
    _entry("choice", _VOTES + "js_distance", "its square root", _FULL, better="low", range=_ROOT, evidence="inside"),
    _entry("choice", _VOTES + "cross_entropy", "of the votes", _FLOOR, better="low", range=_NATS, evidence="inside"),
    _entry("choice", "soft_sets.share_macro_f1", "F1 of the shares over 1 / K", _EMPTY, evidence="named", macro=True),
    _entry("choice", _SURE + "ece", "expected calibration error", _SURELY, better="low"),
    _entry("choice", _SURE + "brier", "squared distance of the probabilities", _SURELY, better="low", range=(0.0, 2.0)),
    _entry("choice", _SURE + "reliability", "confidence and accuracy", "a row apart", table=True),
    _entry(
        "choice", _RANK + "average_precision", "AP, one against the rest", _LAST, name="map", per_label=True,
        evidence="rarer",
    ),
    _entry(
        "choice", _RANK + "auc", "area under ROC, one against the rest", _LAST, per_label=True, evidence="rarer",
        chance=0.5,
    ),
    _entry(
        "choice", "compound.compound_accuracy", "both basic emotions right", _MISS, proportion=True, linear=True,
    ),
    _entry(
        "choice", "compound.compound_order_accuracy", "both basic emotions right, in order", _MISS, proportion=True,
        linear=True,
    ),
    _entry("choice", _SIDE + "polarity_accuracy", "accuracy of the side", _AS_NEGATIVE, linear=True, labels=_SIDES),
    _entry("choice", _SIDE + "polarity_weighted_f1", "weighted F1 of the side", _AS_NEGATIVE, labels=_SIDES),
    _entry(
        "choice", _SIDE + "polarity_accuracy_strict", "accuracy of the side, all else a miss", _MISS, linear=True,
        labels=_SIDES,
    ),
    _entry(
        "choice", _SIDE + "polarity_weighted_f1_strict", "weighted F1 of the side, all else a miss", _MISS,
        labels=_SIDES,
    ),
    _entry(
        "choice", "reliance.follows", "answers that follow a cue", _MISS, per_label=True, proportion=True, linear=True,
    ),
    _entry(
        "choice", "conflict.accuracy_by_conflict", "accuracy where cues agree and conflict", _MISS, per_label=True,
        proportion=True, linear=True,
    ),
    _entry("choice", "answer_pairs.pair_accuracy", "both questions of a pair right", _MISS),
    _entry("labels", _SET + "au_f1", "F1 of each label", _EMPTY, per_label=True, evidence="named"),
    _entry("labels", _SET + "macro_f1", "F1, mean of the declared labels", _EMPTY, evidence="named", macro=True),
    _entry("labels", _SET + "macro_f1_present", "F1, mean of the labels in gold", _EMPTY, evidence="named", macro=True),
    _entry(
        "labels", _SET + "macro_f1_one", "F1, mean of the declared labels, 1 if unused", _EMPTY, evidence="named",
        macro=True,
    ),
    _entry("labels", _SET + "micro_f1", "F1 of all cells together", _EMPTY, evidence="named"),
    _entry("labels", _SET + "weighted_f1", "F1, weighted by support", _EMPTY, evidence="named"),
    _entry(
        "labels", _SET + "jaccard_macro", "intersection by union, mean of the labels", _EMPTY, evidence="named",
        macro=True,
    ),
    _entry("labels", _SET + "jaccard_weighted", "the same, weighted by support", _EMPTY, evidence="named"),
    _entry("labels", _SET + "hamming", "share of wrong cells", "all cells wrong", better="low", linear=True),
    _entry("labels", _SET + "au_accuracy", "share of right cells", "all cells wrong", per_label=True, linear=True),
    _entry("labels", _SAMPLE + "samples_f1", "F1 of each sample's set", _MISS),
    _entry("labels", _SAMPLE + "samples_f1_zero", "F1 of each sample's set, 0 if both are empty", _MISS),
    _entry("labels", _SAMPLE + "jaccard", "intersection by union", _MISS),
    _entry("labels", _SAMPLE + "jaccard_zero", "intersection by union, 0 if both are empty", _MISS),
    _entry("labels", _SAMPLE + "subset_accuracy", "sets exactly right", _MISS, proportion=True),
    _entry("labels", _RANK + "average_precision", "AP", _LAST, name="map", per_label=True, evidence="rarer"),
    _entry("labels", _RANK + "auc", "area under ROC", _LAST, per_label=True, evidence="rarer", chance=0.5),
    _entry("levels", _LEVEL + "ccc", "concordance correlation", _FAR, range=(-1.0, 1.0), per_label=True, chance=0.0),
    _entry(
        "levels", _LEVEL + "ccc_sample", "concordance, sample variances", _FAR, range=(-1.0, 1.0), per_label=True,
        chance=0.0,
    ),
    _entry("levels", _LEVEL + "icc", "ICC(3,1) with gold", _FAR, range=(-1.0, 1.0), per_label=True, chance=0.0),
    _entry("levels", _LEVEL + "pcc", "Pearson correlation", _FAR, range=(-1.0, 1.0), per_label=True, chance=0.0),
    _entry("levels", _LEVEL + "rmse", "root mean squared error", _FAR, better="low", range=UNBOUNDED, per_label=True),
    _entry(
        "levels", _LEVEL + "mse", "mean squared error", _FAR, better="low", range=UNBOUNDED, power=2, per_label=True,
    ),
    _entry("levels", _LEVEL + "mae", "mean absolute error", _FAR, better="low", range=UNBOUNDED, per_label=True),
    _entry("levels", _LEVEL + "sagr", "sign agreement", _MISS, per_label=True),
    _entry("levels", _LEVEL + "sagr_nonnegative", "sign agreement, 0 as positive", _MISS, per_label=True),
    _entry(
        "levels", "raters.rater_kappa", "quadratic kappa with each rater", _FAR, range=(-1.0, 1.0), per_label=True,
        chance=0.0,
    ),
    _entry("levels", _MOOD + "acc2_nonnegative", "two classes, 0 as positive", _OTHER, per_label=True),
    _entry("levels", _MOOD + "f1_nonnegative", "weighted F1 of two classes, 0 as positive", _OTHER, per_label=True),
    _entry("levels", _MOOD + "acc2_nonzero", "two classes, no gold of 0", _OTHER, per_label=True, evidence="polar"),
    _entry(
        "levels", _MOOD + "f1_nonzero", "weighted F1 of two classes, no gold of 0", _OTHER, per_label=True,
        evidence="polar",
    ),
    _entry("levels", _MOOD + "acc7", "seven classes of -3..3", _MISS, per_label=True),
    _entry("levels", _MOOD + "acc5", "five classes of -2..2", _MISS, per_label=True),
    _entry("levels", _MOOD + "acc2_sims", "two classes, 0 as negative", _OTHER, per_label=True),
    _entry("levels", _MOOD + "f1_sims", "weighted F1 of two classes, 0 as negative", _OTHER, per_label=True),
    _entry("levels", _MOOD + "acc3_sims", "three classes of CH-SIMS", _MISS, per_label=True),
    _entry("levels", _MOOD + "acc5_sims", "five classes of CH-SIMS", _MISS, per_label=True),
    _entry("open", _WORDS + "set_f1", "F1 of the words", _EMPTY),
    _entry("open", _WORDS + "set_precision", "precision of the words", _EMPTY),
    _entry("open", _WORDS + "set_recall", "recall of the words", _EMPTY),
    _entry("open", _WORDS + "hit", "at least one word right", _EMPTY, proportion=True),
    _entry("open", _WHEEL + "wheel_f1", "F1 of wide clusters", _EMPTY, per_label=True, lexicon=True),
    _entry("open", _WHEEL + "wheel_precision", "precision of wide clusters", _EMPTY, per_label=True, lexicon=True),
    _entry("open", _WHEEL + "wheel_recall", "recall of wide clusters", _EMPTY, per_label=True, lexicon=True),
    _entry("open", _WHEEL + "wheel2_f1", "F1 of narrow clusters", _EMPTY, per_label=True, lexicon=True),
    _entry("open", _WHEEL + "wheel2_precision", "precision of narrow clusters", _EMPTY, per_label=True, lexicon=True),
    _entry("open", _WHEEL + "wheel2_recall", "recall of narrow clusters", _EMPTY, per_label=True, lexicon=True),
    _entry("open", _WHEEL + "wheel_mean_f1", "F1, mean of both levels", _EMPTY, per_label=True, lexicon=True),
    _entry("open", _WHEEL + "wheel_hit", "a cluster right", _EMPTY, per_label=True, proportion=True, lexicon=True),
    _entry("open", _WHEEL + "wheel_mscore", "a cluster right, of those tried", _EMPTY, per_label=True, lexicon=True),
    _entry("open", _BESIDE + "wheel_hit_neutral", "a cluster right, neutral is one", _MISS, lexicon=True),
    _entry(
        "open", _BESIDE + "labels_per_answer", "words an answer", _EMPTY, better="neither", range=UNBOUNDED,
        lexicon=True,
    ),
    _entry("open", _BESIDE + "oov_rate", "words not in the lexicon", _STRANGE, better="neither", lexicon=True),
    _entry("open", _BESIDE + "case1_f1", "F1 of raw words", _EMPTY, evidence="support1", lexicon=True),
    _entry("open", _BESIDE + "case2_f1", "F1 of wheel words", _EMPTY, evidence="support1", lexicon=True),
    _entry("text", _TEXT + "token_f1", "words shared", "no words"),
    _entry("text", "rouge.rouge_1", "ROUGE-1, stemmed words", "no words", library="rouge-score"),
    _entry("text", "rouge.rouge_2", "ROUGE-2, pairs of stemmed words", "no words", library="rouge-score"),
    _entry("text", "rouge.rouge_l", "ROUGE-L, stemmed words in order", "no words", library="rouge-score"),
    _entry("text", "bleu.bleu4", "BLEU-4 of each text", "no words", library="sacrebleu"),
    _entry("text", "bleu.corpus_bleu4", "BLEU-4 of all texts together", "as long, nothing right", library="sacrebleu"),
    _entry("text", "plain_bleu.bleu4_unsmoothed", "BLEU-4 of each text, unsmoothed", "no words"),
    _entry("text", "sign_runs.chrf", "chrF, runs of signs", "no words", library="sacrebleu"),
    _entry("text", "token_vectors.bertscore", "BERTScore, F1", "no words", network=True),
    _entry("text", "token_vectors.bertscore_precision", "BERTScore, precision", "no words", network=True),
    _entry("text", "token_vectors.bertscore_recall", "BERTScore, recall", "no words", network=True),
    _entry("text", _CLUES + "clue_f1", "F1 of the clues", _UNSAID, lexicon=True),
    _entry("text", _CLUES + "clue_precision", "precision of the clues", _UNSAID, lexicon=True),
    _entry("text", _CLUES + "clue_recall", "recall of the clues", _UNSAID, lexicon=True, evidence="support_gold"),
    _entry("text", _CLUES + "clue_contradiction", "clues contradicted", "all contradicted", better="low", lexicon=True),
    _entry("text", _BY_CHANNEL + "clue_f1_by_channel", "F1 of the clues", _UNSAID, per_label=True, lexicon=True),
    _entry(
        "text", _BY_CHANNEL + "clue_precision_by_channel", "precision of the clues", _UNSAID, per_label=True,
        lexicon=True,
    ),
    _entry(
        "text", _BY_CHANNEL + "clue_recall_by_channel", "recall of the clues", _UNSAID, per_label=True, lexicon=True,
    ),
    _entry("text", _FAITH + "claimed_au_precision", "claimed action units that are there", _UNSAID, lexicon=True),
    _entry(
        "text", _FAITH + "claimed_au_recall", "action units that are named", _UNSAID, lexicon=True,
        evidence="support_gold",
    ),
    _entry("text", _FAITH + "claimed_au_f1", "F1 of the claimed action units", _UNSAID, lexicon=True),
    _entry(
        "text", _FAITH + "invented_au", "answers that invent an action unit", _INVENTS, better="low", proportion=True,
        lexicon=True,
    ),
    _entry("text", "final_label.label_accuracy", "the final label right", _MISS, proportion=True, lexicon=True),
    _entry(
        "text", "conclusions.label_follows", "the final label fits the claimed units (EMFACS)", _MISS, proportion=True,
        lexicon=True,
    ),
    _entry(
        "text", "modalities.invented_modality", "answers that claim what was not shown", _INVENTS, better="low",
        proportion=True, lexicon=True,
    ),
)  # fmt: skip
