"""Every figure of the reference file, computed in the file's own shape, so that none is forgotten."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from affectbench import metrics
from affectbench.metrics import agreement, composites, paired

FIGURES: dict[str, Any] = json.loads((Path(__file__).parents[1] / "fixtures/generic_metrics.json").read_text())
SIX = ["angry", "happy", "neutral", "sad", "surprise", "worried"]
GIVEN = {"note", "env", "data", "a", "b", "gt", "pred", "votes", "columns", "Y", "score", "confusion_labels"}
GIVEN |= {"ratings(raters x items, null=missing)"}
"""What the figures are computed from."""


def cases() -> dict[str, Any]:
    data = FIGURES["data"]
    found = {}
    for name, figures in FIGURES["cases"].items():
        gold, said = data["gt"], data["pred_A" if name[0] == "D" else f"pred_{name[0]}"]
        if name[0] == "D":
            gold, said = ([column[i] for i in data["D_index"]] for column in (gold, said))
        found[name] = single(gold, said, figures["confusion_labels"])
    return found


def single(gold: list[str], said: list[str], every: list[str]) -> dict[str, Any]:
    """`every` are the strings that occur in gold or answers."""
    return {
        "acc": metrics.accuracy(gold, said, SIX),
        "macro_f1_default_union": metrics.macro_f1_union(gold, said, every),
        "macro_f1_gt_labels_only": metrics.macro_f1_present(gold, said, SIX),
        "macro_f1_fixed6": metrics.macro_f1(gold, said, SIX),
        "weighted_f1": metrics.weighted_f1(gold, said, SIX),
        "micro_f1_default": metrics.micro_f1(gold, said, every),
        "micro_f1_fixed6": metrics.micro_f1(gold, said, SIX),
        "uar_gt_labels": metrics.uar(gold, said, SIX),
        "uar_default_union": metrics.uar_union(gold, said, every),
        "uar_fixed6": np.nan_to_num(metrics.recall(gold, said, SIX)).mean(),
        "balanced_accuracy": metrics.uar(gold, said, SIX),
        "weighted_precision": metrics.weighted_precision(gold, said, SIX),
        "confusion": metrics.confusion(gold, said, every)[:, :-1].tolist(),
    }


def numbers() -> dict[str, Any]:
    gold, said, data = FIGURES["va"]["gt"], FIGURES["va"]["pred"], FIGURES["data"]
    population = "ccc_population_var(reference calculate_ccc, MERTools toolkit/utils/functions.py)"
    waf = metrics.weighted_f1(data["gt"], data["pred_A"], SIX)
    return {
        population: metrics.ccc(gold, said),
        "ccc_sample_var": metrics.ccc_sample(gold, said),
        "pcc": metrics.pcc(gold, said),
        "spearman": agreement.spearman(gold, said),
        "rmse": metrics.rmse(gold, said),
        "mse": metrics.mse(gold, said),
        "mae": metrics.mae(gold, said),
        "sagr_sign3(sign(0)=0)": metrics.sagr(gold, said),
        "sagr_binary(>=0)": metrics.sagr_nonnegative(gold, said),
        "mer2023_overall(weightedF1_A-0.25*mse)": composites.mer2023(waf, metrics.mse(gold, said)),
    }


def sets() -> dict[str, Any]:
    given = FIGURES["multilabel"]
    names = [f"AU{code}" for code in given["columns"]]
    gold, said = np.array(given["Y"]), np.array(given["pred"])
    each = metrics.map(gold, np.array(given["score"]), names)
    found = {
        "f1_each": metrics.au_f1(gold, said, names).tolist(),
        "ap_each(valid)": [None if np.isnan(one) else one for one in each],
        "mAP_valid": np.nanmean(each),
    }
    called = {
        "macro_f1": "macro_f1_all",
        "macro_f1_present": "macro_f1_valid_only(Facial-R1: gt has positives)",
        "micro_f1": "micro_f1",
        "weighted_f1": "weighted_f1",
        "samples_f1_zero": "samples_f1_zd0",
        "samples_f1": "samples_f1_zd1",
        "jaccard_zero": "jaccard_samples_zd0",
        "jaccard_weighted": "jaccard_weighted_zd0(MMAFFBen acc)",
        "jaccard_macro": "jaccard_macro_zd0",
        "hamming": "hamming_loss",
        "subset_accuracy": "subset_accuracy",
        "macro_f1_one": "macro_f1_zd1(MMAFFBen macro)",
    }
    return found | {theirs: getattr(metrics, ours)(gold, said, names) for ours, theirs in called.items()}


def raters() -> dict[str, Any]:
    a, b, alpha = FIGURES["agreement"]["a"], FIGURES["agreement"]["b"], FIGURES["agreement"]["krippendorff"]
    ratings = alpha["ratings(raters x items, null=missing)"]
    return {
        "kappa": agreement.cohen_kappa(a, b, range(1, 6)),
        "kappa_linear": agreement.cohen_kappa(a, b, range(1, 6), "linear"),
        "kappa_quadratic": agreement.cohen_kappa(a, b, range(1, 6), "quadratic"),
        "spearman": agreement.spearman(a, b),
        "kendall_tau_b": agreement.kendall_tau_b(a, b),
        "pearson": metrics.pcc(a, b),
        "krippendorff": {
            "nominal": agreement.krippendorff_alpha(ratings, "nominal"),
            "ordinal": agreement.krippendorff_alpha(ratings, "ordinal"),
            "interval": agreement.krippendorff_alpha(ratings, "interval"),
            "ratio": agreement.krippendorff_alpha(ratings, "ratio"),
        },
    }


def pair() -> dict[str, Any]:
    """Cases A and C on the samples of both, who alone was right."""
    data = FIGURES["data"]
    gold, first, second = (np.array(data[key]) for key in ("gt", "pred_A", "pred_C"))
    alone = [int(((one == gold) & (other != gold)).sum()) for one, other in ((first, second), (second, first))]
    return {"n_A_only": alone[0], "n_C_only": alone[1], "mcnemar_exact_p": paired.mcnemar(*alone)}


def votes() -> dict[str, Any]:
    gold, said = np.array(FIGURES["soft"]["votes"]), np.array(FIGURES["soft"]["pred"])
    names = [str(label) for label in range(gold.shape[1])]
    return {
        "KL(gt||pred)_nats_mean": metrics.kl(gold, said, names),
        "JSD_nats_mean": metrics.jsd(gold, said, names),
        "sqrtJS_scipy_mean": metrics.js_distance(gold, said, names),
    }


def micro_expressions() -> dict[str, Any]:
    gold, said = FIGURES["micro_expression"]["gt"], FIGURES["micro_expression"]["pred"]
    return {"UF1": metrics.uf1(gold, said, [0, 1, 2]), "UAR": metrics.uar(gold, said, [0, 1, 2])}


def leaves(found: Any, at: tuple[str, ...] = ()) -> dict[tuple[str, ...], Any]:
    if isinstance(found, dict):
        return {k: v for name, one in found.items() if name not in GIVEN for k, v in leaves(one, (*at, name)).items()}
    if isinstance(found, list):
        return {k: v for place, one in enumerate(found) for k, v in leaves(one, (*at, str(place))).items()}
    return {at: found}


def test_every_figure_is_reproduced() -> None:
    computed = leaves(
        {
            "cases": cases(), "va": numbers(), "multilabel": sets(), "agreement": raters(), "paired": pair(),
            "soft": votes(), "micro_expression": micro_expressions(),
        }
    )  # fmt: skip
    wanted = leaves(FIGURES)
    assert computed.keys() == wanted.keys()
    for at, figure in wanted.items():
        close = 1e-5 if at[0] == "soft" else 1e-12  # there the file's predictions were rounded after its figures
        assert computed[at] == (None if figure is None else pytest.approx(figure, abs=close)), at
