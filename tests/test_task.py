"""Inline datasets: they may not pass for one that has a file, nor open what it keeps closed."""

from __future__ import annotations

from pathlib import Path

import pytest

from affectbench import datasets
from affectbench.catalogue import Catalogue
from affectbench.errors import FileErrors
from affectbench.paths import data_root
from affectbench.task import bind

INLINE = """
id: mine
dataset:
  {id}
  splits: {{all: 2}}
  access: {{kind: open, send: {send}}}
  {needs}
  read:
    rows: {{table: {{file: a.csv}}}}
    id: "{{{{ name }}}}"
    targets: {{said: {{labels: open, label: "{{{{ label }}}}"}}}}
answer: {{form: choice, labels: raf-7}}
metrics: [accuracy, uar]
protocol: mine/accuracy
"""


def task(folder: Path, *, id: str = "", send: str = "any", needs: str = "") -> None:
    (folder / "tasks").mkdir(exist_ok=True)
    (folder / "tasks/mine.yaml").write_text(INLINE.format(id=id, send=send, needs=needs))
    bind(Catalogue([folder]), "mine")


def test_an_inline_dataset_may_have_a_name_of_its_own(tmp_path: Path) -> None:
    task(tmp_path, id="id: holiday")


def test_an_inline_dataset_does_not_take_the_name_of_one_that_has_a_file(tmp_path: Path) -> None:
    with pytest.raises(FileErrors, match="a dataset 'raf-db' has a file: name it"):
        task(tmp_path, id="id: raf-db")


def test_a_metric_that_needs_other_labels_is_a_fault_of_the_task(tmp_path: Path) -> None:
    (tmp_path / "tasks").mkdir()
    text = INLINE.format(id="", send="any", needs="").replace("[accuracy, uar]", "[accuracy, polarity_accuracy]")
    (tmp_path / "tasks/mine.yaml").write_text(text)
    with pytest.raises(FileErrors, match="'polarity_accuracy' needs the labels negative and positive; there are"):
        bind(Catalogue([tmp_path]), "mine")


def test_what_needs_data_that_may_not_be_sent_may_not_say_that_it_may(tmp_path: Path) -> None:
    task(tmp_path, needs="needs: [raf-db]", send="local")
    with pytest.raises(FileErrors, match="needs 'raf-db', which may not be sent"):
        task(tmp_path, needs="needs: [raf-db]")


@pytest.mark.parametrize("name", ["..", "../secret", "a/b"])
def test_a_name_that_is_a_path_is_no_folder_of_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    (tmp_path / "data/a/b").mkdir(parents=True)
    (tmp_path / "secret").mkdir()
    monkeypatch.setenv("AFFECTBENCH_DATA", str(tmp_path / "data"))
    assert data_root(name, {}) is None


WITHHELD = ('{labels: open, label: "{{ label }}"}', "{labels: raf-7, withheld: label}")


@pytest.mark.parametrize("more", ["", "map: ekman-6\n"])
def test_a_task_without_gold_keeps_every_sample(tmp_path: Path, more: str) -> None:
    answer = ("labels: raf-7}\nmetrics", "labels: ekman-6}\nmetrics") if more else ("", "")
    text = INLINE.format(id="", send="any", needs="").replace(*WITHHELD).replace(*answer)
    (tmp_path / "tasks").mkdir()
    (tmp_path / "tasks/mine.yaml").write_text(text + more)
    (tmp_path / "a.csv").write_text("name\nx\ny\n")
    task = bind(Catalogue([tmp_path]), "mine")
    assert task.withheld and task.form == "choice"
    assert list(datasets.bind(task, {"mine": tmp_path}).ids) == ["x", "y"]


def test_without_gold_there_are_no_solved_examples(tmp_path: Path) -> None:
    text = INLINE.format(id="", send="any", needs="").replace(*WITHHELD)
    (tmp_path / "tasks").mkdir()
    (tmp_path / "tasks/mine.yaml").write_text(text + "shots: {n: 1, from: all}\n")
    with pytest.raises(FileErrors, match="the gold of 'said' is withheld: there are no solved examples"):
        bind(Catalogue([tmp_path]), "mine")
