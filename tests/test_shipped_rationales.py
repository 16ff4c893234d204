"""Descriptions of faces whose action units people coded: what a model claims is held against the codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.test_shipped_benchmarks import scores
from tests.test_shipped_units import bp4d, by_id, disfa
from tests.trees import write


def test_disfa_claims_are_held_against_the_eight_units(tmp_path: Path) -> None:
    root = disfa(tmp_path / "data", {"001": [{6: 3, 12: 4, 5: 2}], "003": [{4: 1}]})
    write(root, {f"Videos_LeftCamera/LeftVideoSN{person}_comp.avi": "clip" for person in ("001", "003")})
    said = {
        "SN001-1": "AU12 (lip corner puller): the lip corners go up.\nAU5: the upper lids are raised.",
        "SN003-1": "AU4: the brows are drawn together. There is no AU12.",
    }
    found = scores("disfa-claims", {"disfa": root}, said, tmp_path / "runs")
    assert found["claimed_au_precision"] == pytest.approx(1 / 2), "AU5 is not scored, AU4 of intensity 1 is not there"
    assert found["claimed_au_recall"] == pytest.approx(1 / 2)
    assert found["invented_au"] == 1 / 2
    gold = by_id("disfa", root, "claims")["SN001-1"].gold
    assert gold.text is not None and "AU12 4" in gold.text and gold.labels == ("AU6", "AU12")


def test_bp4d_claims_of_what_was_not_coded_count_neither_way(tmp_path: Path) -> None:
    root = bp4d(tmp_path / "data", {"F001_T1": {1: {12: 1, 24: 9}}, "M001_T1": {1: {1: 1}}})
    write(root, {"F001/T1/0001.jpg": "x", "M001/T1/0001.jpg": "x"})
    said = {"F001-T1-1": "AU12 and AU24 are active.", "M001-T1-1": "AU2 is active."}
    found = scores("bp4d-claims", {"bp4d": root}, said, tmp_path / "runs")
    assert (found["claimed_au_precision"], found["claimed_au_recall"], found["invented_au"]) == (0.5, 0.5, 0.5)


def test_fea_rationales_are_of_pictures_with_units_and_an_emotion(tmp_path: Path) -> None:
    rows = [
        {"dataset": "RAF-AU", "id": "1", "image": "1.jpg", "AUs": ["AU6", "AU12"], "labels": ["happiness"],
         "description": "The cheeks are raised and the lip corners go up.", "question": ""},
        {"dataset": "RAF-AU", "id": "2", "image": "2.jpg", "AUs": [], "labels": ["anger"],
         "description": "The brows are drawn together.", "question": ""},
    ]  # fmt: skip
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    root = write(tmp_path / "data", {"faces_test_stage1.jsonl": lines, "1.jpg": "x", "2.jpg": "x"})
    assert list(by_id("fea-20k", root, "rationale")) == ["RAF-AU-1"]
    said = {"RAF-AU-1": "The cheeks are raised; the brows are lowered.\nLabel: happiness"}
    found = scores("fea-20k-rationale", {"fea-20k": root}, said, tmp_path / "runs")
    assert (found["claimed_au_precision"], found["claimed_au_recall"], found["label_accuracy"]) == (0.5, 0.5, 1.0)
