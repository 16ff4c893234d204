"""The table of metrics: complete, light, and clear about what is wrong."""

import subprocess
import sys

import pytest

from affectbench import metrics


@pytest.mark.parametrize("entry", metrics.ENTRIES, ids=lambda entry: f"{entry.name}-{entry.forms[0]}")
def test_every_line_leads_to_a_documented_function(entry: metrics.Entry) -> None:
    assert ">>>" in (entry.finish().__doc__ or "")
    assert callable(entry.load().statistics)
    assert callable(entry.load().support)
    assert callable(getattr(metrics, entry.name))


def test_the_table_imports_nothing() -> None:
    code = "import sys, affectbench.metrics as m; m.faults('choice', ['uar'], 'uar'); print('numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_faults_are_named() -> None:
    assert metrics.faults("choice", ["uar", "accuracy", "confusion"], "uar") == []
    assert "did you mean 'accuracy'" in metrics.faults("choice", ["acuracy", "uar"], "uar")[0]
    assert "not defined for answers of form 'levels'" in metrics.faults("levels", ["uar", "ccc"], "ccc")[0]
    assert "not among the metrics" in metrics.faults("levels", ["ccc"], "pcc")[0]
    assert "is a table" in metrics.faults("choice", ["confusion"], "confusion")[0]
    assert "neither better nor worse" in metrics.faults("open", ["oov_rate"], "oov_rate")[0]


def test_the_f1_of_pooled_folds_is_no_mean_of_folds() -> None:
    assert metrics.faults("choice", ["uf1"], "uf1", folds="pooled") == []
    assert "folds: pooled" in metrics.faults("choice", ["uf1"], "uf1", folds="mean")[0]


def test_metrics_that_need_labels_say_so() -> None:
    wanted = ["accuracy", "polarity_accuracy"]
    assert metrics.faults("choice", wanted, "accuracy", ["Negative", "POSITIVE", "neutral"]) == []
    assert metrics.faults("choice", wanted, "accuracy") == []  # labels that differ by sample are not known yet
    assert metrics.faults("choice", wanted, "accuracy", ["joy", "negative"]) == [
        "metric 'polarity_accuracy' needs the labels negative and positive; there are: joy, negative"
    ]
    with pytest.raises(KeyError, match="no metric is called"):
        metrics.find("nonsense", "choice")
    with pytest.raises(AttributeError, match="no attribute 'uarr'; did you mean 'uar'"):
        _ = metrics.uarr
