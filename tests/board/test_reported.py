"""Published tables: what a file may say, what the check refuses, and that the shipped ones are sound."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from affectbench.board import reported
from affectbench.board.measures import MEANS, NO_MEASURE
from affectbench.catalogue import Catalogue
from affectbench.cli import tasks
from affectbench.errors import FileErrors, UsageError
from affectbench.metrics import ENTRIES
from affectbench.specs.base import read_text
from affectbench.specs.reported import ReportedSpec
from tests.conftest import CHECKOUT

TABLE = """\
title: Two models on three corpora
source: {title: A paper, year: 2025, arxiv: 2501.00001, table: Table 2}
setting: zero-shot
sees: [image]
columns:
  raf-db:      {task: raf-db, metric: accuracy, dataset: RAF-DB, split: test, n: 3068, printed: accuracy}
  affectnet-7: {task: affectnet-7, metric: uar, dataset: AffectNet-7, printed: UAR}
  mean:        {dataset: both, printed: mean, mean_of: [raf-db, affectnet-7]}
rows:
  - {model: One, parameters: 7B, figures: [61.2, 40.10, 50.65]}
  - {model: Two, sees: [image, text], setting: finetuned, figures: [~, 55, ~], note: tuned on it}
"""


def load(tmp_path: Path, *texts: str) -> reported.Reported:
    folder = tmp_path / "reported"
    folder.mkdir(exist_ok=True)
    for number, text in enumerate(texts):
        (folder / f"table-{number}.yaml").write_text(text)
    return reported.load(Catalogue(), [folder])


def refused(tmp_path: Path, *texts: str) -> FileErrors:
    with pytest.raises(FileErrors) as caught:
        load(tmp_path, *texts)
    return caught.value


def test_figures_come_out_by_task_in_the_units_of_the_metric(tmp_path: Path) -> None:
    found = load(tmp_path, TABLE)
    one, two = found.of_task("affectnet-7")
    assert (one.value, one.text, one.row.model, one.row.sees, one.row.setting) == (
        0.401,
        "40.10",
        "One",
        ("image",),
        "zero-shot",
    )
    assert (two.value, two.row.sees, two.row.setting, two.row.confidence) == (
        0.55,
        ("image", "text"),
        "finetuned",
        "verbatim",
    )
    assert [f.value for f in found.of_task("raf-db", "accuracy")] == [0.612]
    assert found.of_task("raf-db", "uar") == []
    assert [f.name for f in found.apart()] == ["mean"]


COLUMN = "metric: accuracy, dataset: RAF-DB, split: test, n: 3068, printed: accuracy"
REFUSED = [
    ("task: raf-db,", "task: raf-bd,", 6, "no task or suite|there is no task 'raf-bd'; did you mean 'raf-db'"),
    ("metric: accuracy", "metric: war", 6, "the task 'raf-db' has no metric 'war'"),
    ("printed: accuracy", "printed: hit rate", 6, "a printed 'hit rate' is not our metric 'accuracy'"),
    (COLUMN, "metric: macro_f1, dataset: A, printed: weighted F1", 6, "a printed 'weighted F1' is not our metric"),
    (COLUMN, "metric: weighted_f1, dataset: A, printed: F1", 6, "'F1' does not say over which average"),
    ("printed: accuracy", "printed: exactness", 6, "'exactness' is no measure that is known here"),
    ("n: 3068", "n: 3067", 6, "the split has 3068 samples, and 3067 are printed"),
    ("task: raf-db, metric: accuracy", "task: raf-db, metric: accuracy, label: joy", 6, "has no value of one label"),
    ("metric: uar, dataset: AffectNet-7, printed: UAR", "metric: recall, label: joy, dataset: A, printed: recall", 7,
     "the task 'affectnet-7' has no label 'joy'"),
    ("{dataset: both", "{suite: fer, dataset: both", 8, "the suite 'fer' has no number of its own"),
    ("{dataset: both", "{suite: far, dataset: both", 8, "there is no suite 'far'; did you mean"),
    ("61.2,", "161.2,", 10, "raf-db: 161.2 is outside 0 to 100"),
    ("61.2, 40.10,", "-1, 40.10,", 10, "raf-db: -1 is outside 0 to 100"),
    ("40.10, 50.65", "40.10, 50.75", 10, "mean: 50.75 is printed, its parts have the mean 50.65"),
    ("50.65]", "50.65], odd: [mean]", 10, "the printed mean is that of its parts"),
    ("[~, 55, ~]", "[55, ~]", 11, "2 figures for 3 columns"),
    ("[~, 55, ~]", "[~, ~, ~]", 11, "a row without a figure"),
    ("model: Two, sees: [image, text], setting: finetuned", "model: One, parameters: 7B", 11, "'One' has a figure"),
    ("setting: zero-shot\n", "", 9, "the setting is given neither here nor for the file"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "line", "said"), REFUSED)
def test_a_misplaced_figure_is_refused_where_it_stands(
    tmp_path: Path, old: str, new: str, line: int, said: str
) -> None:
    assert old in TABLE
    faults = refused(tmp_path, TABLE.replace(old, new)).faults
    found = [fault for fault in faults if any(text in fault.message for text in said.split("|"))]
    assert found, faults
    assert found[0].path.endswith("table-0.yaml")
    assert abs(found[0].line - line) <= 1


SHAPES = [
    ("[61.2,", "[61;2,", "'61;2' is no number"),
    ("[61.2,", "[1e99999,", "is no figure that a table prints"),
    ("[61.2,", "[NaN,", "is no figure that a table prints"),
    ("mean_of: [raf-db,", "mean_of: [raf,", "there is no column 'raf'; did you mean"),
    ("metric: accuracy, ", "", "task and metric are given together or not at all"),
    ("{dataset: both", "{suite: mer-unibench, task: dfew, metric: uar, dataset: both", "give task or suite, not both"),
    ("{dataset: both", "{scale: plain, dataset: both", "a plain number needs its range"),
    ("{dataset: both", "{range: [0, 1], dataset: both", "leave range out"),
    ("setting: zero-shot", "setting: zeroshot", "input should be 'zero-shot'"),
    ("arxiv: 2501.00001", "arxiv: javascript:alert", "string should match pattern"),
    ("table: Table 2", "repository: javascript://x", "string should match pattern"),
    ("title: A paper", "name: A paper", "unknown field 'name'"),
]


@pytest.mark.parametrize(("old", "new", "said"), SHAPES)
def test_a_file_of_another_shape_is_refused(old: str, new: str, said: str) -> None:
    assert old in TABLE
    with pytest.raises(FileErrors, match=said):
        read_text(TABLE.replace(old, new), ReportedSpec, "table", "table.yaml")


def test_one_table_stands_in_one_file(tmp_path: Path) -> None:
    assert "this table stands in" in str(refused(tmp_path, TABLE, TABLE))


def test_all_faults_of_all_files_come_at_once(tmp_path: Path) -> None:
    faults = refused(tmp_path, TABLE.replace("61.2", "161.2"), TABLE.replace("title: A", "name: A")).faults
    assert {Path(fault.path).name for fault in faults} == {"table-0.yaml", "table-1.yaml"}


def test_a_folder_that_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not a folder of reported figures"):
        reported.load(Catalogue(), [tmp_path / "none"])


def test_a_doubtful_row_and_its_reason_come_along(tmp_path: Path) -> None:
    found = load(tmp_path, TABLE.replace("note: tuned on it", "doubt: there is no such model"))
    assert [f.row.doubt for f in found.of_task("affectnet-7")] == [None, "there is no such model"]


def test_a_plugin_brings_tables_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "leaderboard/reported").mkdir(parents=True)
    (tmp_path / "leaderboard/reported/mine.yaml").write_text(TABLE)
    assert "mine" in reported.load(Catalogue([tmp_path])).sources


def test_tasks_check_tells_of_a_misplaced_figure(tmp_path: Path) -> None:
    (tmp_path / "leaderboard/reported").mkdir(parents=True)
    (tmp_path / "leaderboard/reported/mine.yaml").write_text(TABLE.replace("printed: UAR", "printed: WAR"))
    (fault,) = tasks._misplaced_figures(Catalogue([tmp_path]))
    assert (Path(fault.path).name, fault.line) == ("mine.yaml", 7)
    assert "a printed 'WAR' is not our metric 'uar'" in fault.message


def test_measures_name_metrics_that_there_are() -> None:
    names = {entry.name for entry in ENTRIES}
    assert set().union(*MEANS.values()) <= names
    assert not set(MEANS) & set(NO_MEASURE)


@pytest.fixture(scope="module")
def shipped() -> reported.Reported:
    return reported.load(Catalogue())


def test_the_shipped_tables_are_sound(shipped: reported.Reported) -> None:
    assert len(shipped.figures) == 3261
    assert len(shipped.of_suite("mer-unibench")) == 29
    human = [f for f in shipped.of_task("fer2013") if f.row.setting == "human"]
    assert [(f.value, f.row.confidence) for f in human] == [(0.65, "secondary")]


def test_the_shipped_tables_name_where_they_stand(shipped: reported.Reported) -> None:
    for name, spec in shipped.sources.items():
        source = spec.source
        where = (source.arxiv, source.doi, source.repository, source.read_in, source.table, source.file)
        assert any(where), name


def test_the_example_of_the_documentation_holds(tmp_path: Path) -> None:
    example = re.search(r"```yaml\n(.*?)```", (CHECKOUT / "docs/reported.md").read_text(), re.DOTALL)
    assert example
    assert len(load(tmp_path, example[1].replace("id: a-paper", "id: table-0")).figures) == 4


def test_a_mean_of_an_unread_figure_is_not_checked(tmp_path: Path) -> None:
    assert load(tmp_path, TABLE.replace("[61.2, 40.10, 50.65]", "[~, 40.10, 50.65]")).figures
