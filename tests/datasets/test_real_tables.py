"""Real annotation files, read as their dataset files describe them; counts as published."""

from __future__ import annotations

import re
import shutil
from collections import Counter, defaultdict
from dataclasses import replace
from pathlib import Path

import pytest

from affectbench.datasets import Source, check, fill, read
from affectbench.specs.base import read_text
from affectbench.specs.dataset import DatasetSpec
from tests.corpora import labels

EIGHT = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt")
SETS = {"ferplus-8": labels("ferplus-8", *EIGHT), "ferplus-10": labels("ferplus-10", *EIGHT, "unknown", "NF=no face")}

FERPLUS = """
splits: {Training: 28561, PublicTest: 3579, PrivateTest: 3574}
read:
  rows: {table: {file: fer2013new.csv}}
  derive: {folder: "{{ {'Training': 'Train', 'PublicTest': 'Valid', 'PrivateTest': 'Test'}[Usage] }}"}
  where: "{{ row['Image name'] != '' }}"
  id: "{{ row['Image name'] | stem }}-{{ row_number }}"
  split: "{{ Usage }}"
  media: {face: {kind: image, path: "data/FER2013{{ folder }}/{{ row['Image name'] }}"}}
  targets:
    votes:
      labels: ferplus-10
      votes: {columns: [neutral, happiness, surprise, sadness, anger, disgust, fear, contempt, unknown, NF]}
    majority: {labels: ferplus-8, label: {from: votes, rule: ferplus/majority}}
    argmax: {labels: ferplus-8, label: {from: votes, rule: ferplus/argmax}}
"""


@pytest.fixture
def ferplus(shared: Path) -> Source:
    spec = read_text(FERPLUS, DatasetSpec, "ferplus").spec
    return Source(spec=spec, roots={"ferplus": shared / "data" / "ferplus"}, labels=SETS, split="PrivateTest")


def test_ferplus_has_the_counts_of_its_rules(ferplus: Source) -> None:
    counts = {}
    for target in ("votes", "majority", "argmax"):
        reading = read(replace(ferplus, target=target, split=None))
        counts[target] = Counter(reading.splits)
        assert reading.rows == 35_887 - 173
    assert counts["votes"] == {"Training": 28_561, "PublicTest": 3_579, "PrivateTest": 3_574}
    assert counts["majority"]["PrivateTest"] == 3_153
    assert counts["argmax"]["PrivateTest"] == 3_546


def test_ferplus_votes_come_with_the_majority(ferplus: Source) -> None:
    golds = [sample.gold for sample in read(replace(ferplus, target="majority")).samples]
    votes = [(gold.label or "", gold.votes or {}) for gold in golds]
    assert all(8 <= sum(given.values()) <= 10 for _, given in votes)
    assert all(given[label] == max(given.values()) for label, given in votes)


def test_ferplus_media_can_be_filled_in(ferplus: Source, tmp_path: Path) -> None:
    shutil.copytree(ferplus.roots["ferplus"], tmp_path / "ferplus")
    source = replace(ferplus, roots={"ferplus": tmp_path / "ferplus"}, target="majority")
    assert fill(source, limit=50) == 50
    assert len(list((tmp_path / "ferplus" / "data" / "FER2013Test").glob("*.png"))) == 50
    report = check(replace(source, split=None), media=False)
    assert (report.mock, report.ok) == (True, True)


MOODS = labels("crema-6", "ANG=anger", "DIS=disgust", "FEA=fear", "HAP=happy", "NEU=neutral", "SAD=sad")


def test_crema_d_people_recognise_what_was_intended(shared: Path) -> None:
    documents = (shared / "reference" / "datasets" / "examples.yaml").read_text().split("\n---\n")
    document = next(text for text in documents if re.match(r"id: crema-d", text.strip()))
    document = document.replace('label: "{{ emotion }}"}', 'label: "{{ emotion }}", beside: crowd}')
    spec = read_text(document, DatasetSpec, "crema-d").spec
    source = Source(
        spec=spec, roots={"crema-d": shared / "data" / "crema-d"}, labels={"crema-6": MOODS}, target="intended"
    )
    samples = read(source).samples
    assert Counter(sample.group["seen"] for sample in samples) == {"voice": 7442, "face": 7442, "both": 7442}
    assert len({sample.cluster for sample in samples}) == 91
    right: dict[str, float] = defaultdict(float)
    given: dict[str, float] = defaultdict(float)
    for sample in samples:
        votes = sample.gold.votes or {}
        right[sample.group["seen"]] += votes.get(sample.gold.label or "", 0)
        given[sample.group["seen"]] += sum(votes.values())
    shares = {seen: round(100 * right[seen] / given[seen], 2) for seen in given}
    assert shares == {"voice": 40.00, "face": 57.44, "both": 63.07}
    assert [media.name for media in samples[0].media] == ["audio"]


MUSTARD = """
splits: {all: 690}
read:
  rows: {table: {file: sarcasm_data.json, key: clip}}
  id: "{{ clip }}"
  cluster: "{{ show }}"
  group: {show: "{{ show }}"}
  media: {clip: {kind: video, path: "mmsd_raw_data/utterances_final/{{ clip }}.mp4"}}
  text: {utterance: "{{ speaker }}: {{ utterance }}", context: "{{ context | join('\\n') }}"}
  targets: {sarcasm: {labels: yes-no, label: "{{ sarcasm }}"}}
"""


def test_mustard_is_balanced_and_keeps_its_context(shared: Path) -> None:
    spec = read_text(MUSTARD, DatasetSpec, "mustard").spec
    roots = {"mustard": shared / "data" / "mustard"}
    found = read(
        Source(spec=spec, roots=roots, labels={"yes-no": labels("yes-no", "true=sarcastic", "false=not")})
    ).samples
    assert Counter(sample.gold.label for sample in found) == {"sarcastic": 345, "not": 345}
    first = found[0]
    assert first.id == "1_60"
    assert first.text["context"].splitlines()[1] == "My apologies. What's your plan?"


BINARY = """
splits: {all: 19999}
read:
  rows: {table: {file: binary.csv}}
  pivot: {index: [path, emotion], columns: annotator, values: value}
  id: "{{ path }}-{{ emotion }}"
  cluster: "{{ path }}"
  text: {emotion: "{{ emotion }}"}
  targets:
    ratings: {labels: yes-no, ratings: {columns: [human-1, human-2, human-3, human-4, human-5, human-6, human-7]}}
    presence: {labels: yes-no, label: {from: ratings, rule: rated-majority}}
"""


def test_emonet_face_binary_is_asked_once_a_picture_and_emotion(shared: Path) -> None:
    spec = read_text(BINARY, DatasetSpec, "binary").spec
    roots = {"binary": shared / "data" / "emonet-face"}
    sets = {"yes-no": labels("yes-no", "True=present", "False=absent")}
    ratings = read(Source(spec=spec, roots=roots, labels=sets, target="ratings")).samples
    assert sum(len(sample.gold.ratings or {}) for sample in ratings) == 65_686
    assert len({sample.cluster for sample in ratings}) == 19_999
    presence = read(Source(spec=spec, roots=roots, labels=sets, target="presence"))
    assert len(presence.samples) + presence.unlabelled == len(ratings)
