"""The shipped dataset files: what each must say, their mocks, and the corpora that are not of expressions.

The corpora of expressions have their tests in test_shipped_expressions.py.
"""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from affectbench.catalogue import Catalogue
from affectbench.datasets import Mocked, Source, check, is_mock, mock, read
from affectbench.errors import DataError
from affectbench.metrics.agreement import krippendorff_alpha
from affectbench.metrics.ceiling import ceiling
from affectbench.specs.targets import Target
from affectbench.types import Gold
from tests.trees import by_id, gold, labels_of, only, reading, shipped, write

IDS = Catalogue().ids("dataset")
OPEN = {
    "crema-d", "crema-d-votes", "demo-clips", "demo-compound", "demo-faces",
    "emonet-face-binary", "emonet-face-hq", "ravdess",
}  # fmt: skip
REAL = {"crema-d", "crema-d-votes", "ravdess"}  # open, but the faces are those of people
UNVERIFIED = {
    "caer", "emonet-face-hq", "emonet-face-binary", "emotionhallucer", "findingemo", "humanvbench-emotion", "mc-eiu",
    "raf-db-compound", "smile", "emobench-m", "emobench-m-mc-eiu", "emobench-m-smile", "fea-20k",
    "mme-emotion", "mme-emotion-fine", "mme-emotion-multi",
}  # fmt: skip

# -- all of them -----------------------------------------------------------------------------------------------------


def test_they_are_all_here() -> None:
    assert len(IDS) == 77


@pytest.mark.parametrize("name", IDS)
def test_each_says_who_may_see_it(name: str) -> None:
    access = shipped(name).access
    assert access.licence
    assert (access.send == "any") == (name in OPEN)
    assert access.publish.media == (name in OPEN - REAL)
    assert shipped(name).family
    assert name.startswith("demo-") or (shipped(name).cite and shipped(name).pitfalls and access.url)


@pytest.mark.parametrize("name", IDS)
def test_what_was_not_verified_says_so(name: str) -> None:
    assert shipped(name).verified == (name not in UNVERIFIED)


@pytest.mark.parametrize("name", IDS)
def test_forms_agree_in_targets_and_a_count_that_is_unknown_has_a_note(name: str) -> None:
    spec = shipped(name)
    assert len({tuple(form.read.targets) for form in spec.forms}) == 1
    assert None not in spec.splits.values() or spec.notes


# -- mocks -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def mocked(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Mocked]:
    """Return a function that makes the mock of a dataset once."""
    return cache(lambda name: mock(shipped(name), tmp_path_factory.mktemp("mock") / name, labels_of(name)))


@pytest.mark.timeout(300)  # the demo may have to be drawn
@pytest.mark.parametrize("name", IDS)
def test_a_mock_passes_its_own_check(name: str, mocked: Callable[[str], Mocked]) -> None:
    made = mocked(name)
    report = check(Source(spec=shipped(name), roots=made.roots, labels=labels_of(name)))
    assert not report.problems
    assert report.mock and is_mock(made.roots[name])
    assert {split for split, count in made.counts.items() if count} == set(shipped(name).splits)


@pytest.mark.timeout(300)  # the demo may have to be drawn
@pytest.mark.parametrize("name", IDS)
def test_a_mock_has_every_class_in_every_split(name: str, mocked: Callable[[str], Mocked]) -> None:
    source = Source(spec=shipped(name), roots=mocked(name).roots, labels=labels_of(name))
    for target in shipped(name).target_names():
        for split in shipped(name).splits:
            found = [sample.gold for sample in read(replace(source, target=target, split=split)).samples]
            assert found and not _wanting(shipped(name).target(target), found, name), (target, split)


def _wanting(target: Target, found: list[Gold], name: str) -> set[str]:
    """Return the labels, or the levels, that no sample has."""
    if target.withheld:
        return {"gold" for g in found if g != Gold()}
    if target.kind == "label" and target.label_set:
        return set(labels_of(name)[target.label_set].names) - {g.label for g in found}
    if target.kind == "levels":
        names = {labels_of(name)[target.label_set].name_of(x) for x in target.level_codes} if target.label_set else None
        return set(map(str, names or target.level_codes)) - {level for g in found for level in g.levels or ()}
    given = {"set": "labels", "votes": "votes", "ratings": "ratings", "text": "text"}.get(target.kind, "label")
    return set() if all(getattr(g, given) is not None for g in found) else {target.kind}


# -- demo ------------------------------------------------------------------------------------------------------------


def test_demo_faces_have_every_target_and_group(tmp_path: Path) -> None:
    spec = shipped("demo-faces")
    expressions = reading("demo-faces", tmp_path, "expression")
    assert Counter(expressions.splits) == spec.splits
    assert len({sample.gold.label for sample in expressions.samples}) == 7
    assert {name for sample in expressions.samples for name in sample.group} == {"sex", "age", "skin"}
    found = {name: by_id("demo-faces", tmp_path, name)["test_0000"].gold for name in spec.target_names()}
    assert found["intensity"].levels is not None and len(found["intensity"].levels) == 16
    present = [unit for unit, level in found["intensity"].levels.items() if level >= 2]
    assert found["aus"].labels == tuple(present)
    assert set(found["affect"].levels or ()) == {"valence", "arousal"}
    assert found["emotions"].labels and found["description"].text
    assert sum((found["votes"].votes or {}).values()) == 10


def test_people_of_the_demo_are_clusters_within_one_split(tmp_path: Path) -> None:
    for name, target, each in (("demo-faces", "expression", 7), ("demo-compound", "compound", 11)):
        found = reading(name, tmp_path, target)
        clusters = Counter((sample.cluster, split) for sample, split in zip(found.samples, found.splits, strict=True))
        assert set(clusters.values()) == {each}
        assert len(clusters) == len({cluster for cluster, _ in clusters})


# -- attributes ------------------------------------------------------------------------------------------------------

FAIRFACE = (
    "file,age,gender,race,service_test\n"
    "{0}/1.jpg,0-2,Male,East Asian,True\n"
    "{0}/2.jpg,more than 70,Female,Latino_Hispanic,False\n"
)


@pytest.mark.parametrize(
    ("margin", "below"),
    [("025", "fairface-img-margin025-trainval/"), ("125", "fairface-img-margin125-trainval/"), ("none", "")],
)
def test_fairface_tables_hold_names_and_the_margin_follows_the_folder(tmp_path: Path, margin: str, below: str) -> None:
    tables = {f"fairface_label_{part}.csv": FAIRFACE.format(part) for part in ("train", "val")}
    write(tmp_path, {**tables, f"{below}val/1.jpg": "", f"{below}train/1.jpg": ""})
    found = by_id("fairface", tmp_path, "race")
    assert list(found) == ["train-1", "train-2", "val-1", "val-2"], "file names begin again in each part"
    assert gold(found)["val-2"] == "Latino_Hispanic"
    assert gold(by_id("fairface", tmp_path, "age"))["val-2"] == "more than 70"
    assert gold(by_id("fairface", tmp_path, "gender"))["val-1"] == "Male"
    assert only(found["val-1"]).path == f"{below}val/1.jpg"
    assert found["val-1"].group == {"sex": "Male", "race": "East Asian", "age": "0-2"}
    assert reading("fairface", tmp_path, "race").layout.verified is (None if below else False)


def test_utkface_passes_over_names_without_a_race(tmp_path: Path) -> None:
    good = ["100_1_0_20170112213303693.jpg.chip.jpg", "1_0_4_20161219140623097.jpg.chip.jpg"]
    bad = ["61_1_20170109142408075.jpg.chip.jpg", "53__0_20170116184028385.jpg.chip.jpg", "39_1_0_20170105.jpg"]
    write(tmp_path, {f"UTKFace/{name}": "" for name in good + bad})
    found = by_id("utkface", tmp_path, "race")
    assert gold(found) == {good[0]: "White", good[1]: "Others"}
    assert gold(by_id("utkface", tmp_path, "gender")) == {good[0]: "female", good[1]: "male"}
    assert by_id("utkface", tmp_path, "age")[good[0]].gold.levels == {"age": 100}
    assert found[good[0]].group == {"sex": "female", "race": "White", "age": "80+"}
    assert found[good[1]].group["age"] == "<3"


# -- context ---------------------------------------------------------------------------------------------------------


def person(prefix: str, categories: Any, valence: float, box: tuple[int, ...] = (1, 2, 30, 40)) -> dict[str, Any]:
    """Return a person as EMOTIC's file has one; `prefix` says whose judgement it is."""
    levels = {"valence": valence, "arousal": 5, "dominance": 7}
    named = {"categories": categories} if prefix == "annotations" else categories
    judged = {f"{prefix}_categories": named, f"{prefix}_continuous": levels}
    return {"body_bbox": list(box), "gender": "Female", "age": "Adult", **judged}


@pytest.fixture
def emotic(tmp_path: Path) -> Path:
    savemat = pytest.importorskip("scipy.io").savemat
    several = person("combined", ["Peace", "Doubt/Confusion"], 6)
    several |= {"annotations_categories": [{"categories": "Anger"}, {"categories": "Fear"}]}
    unjudged = {**person("combined", [], float("nan")), "combined_categories": []}
    rows = {
        "train": [
            {"filename": "a.jpg", "folder": "mscoco/images", "person": person("annotations", "Anger", 2)},
            {
                "filename": "a.jpg",
                "folder": "framesdb/images",
                "person": [person("annotations", ["Fear", "Pain"], 3)] * 2,
            },
        ],
        "val": [{"filename": "b.jpg", "folder": "mscoco/images", "person": several}],
        "test": [
            {"filename": "c.jpg", "folder": "ade20k/images", "person": [unjudged, person("combined", "Esteem", 1)]}
        ],
    }
    (tmp_path / "Annotations").mkdir()
    savemat(tmp_path / "Annotations/Annotations.mat", rows)
    return tmp_path


def test_emotic_has_a_sample_for_each_person_of_a_picture(emotic: Path) -> None:
    found = by_id("emotic", emotic, "categories")
    assert {name: sample.gold.labels for name, sample in found.items()} == {
        "train-mscoco-images-a-p0": ("Anger",),
        "train-framesdb-images-a-p0": ("Fear", "Pain"),
        "train-framesdb-images-a-p1": ("Fear", "Pain"),
        "val-mscoco-images-b-p0": ("Doubt/Confusion", "Peace"),
        "test-ade20k-images-c-p1": ("Esteem",),
    }
    first, second = found["train-framesdb-images-a-p0"], found["train-framesdb-images-a-p1"]
    assert first.cluster == second.cluster == "framesdb/images/a.jpg" != found["train-mscoco-images-a-p0"].cluster
    box = only(first).box
    assert box is not None and box.xyxy == (1, 2, 30, 40)
    assert only(first).path == "emotic/framesdb/images/a.jpg"
    assert first.group == {"sex": "Female", "age": "Adult"}


def test_emotic_leaves_out_numbers_that_nobody_gave(emotic: Path) -> None:
    levels = {name: sample.gold.levels for name, sample in by_id("emotic", emotic, "affect").items()}
    assert levels["val-mscoco-images-b-p0"] == {"valence": 6, "arousal": 5, "dominance": 7}
    assert levels["train-mscoco-images-a-p0"] == {"valence": 2, "arousal": 5, "dominance": 7}
    assert levels["test-ade20k-images-c-p0"] == {"arousal": 5, "dominance": 7}


FINDINGEMO = (
    "index,user,image_path,tags,age,valence,arousal,emotion,dec_factors,ambiguity,datetime\n"
    '7,u,/Run_2/Joyful adults park/a+b.jpg,Undefined,"Adults,Seniors",-3,6,Serenity,"BodyLanguage,Context",0,2023\n'
)


@pytest.mark.parametrize("folder", ["data/AnnImagesProlific", "images", "."])
def test_findingemo_paths_begin_with_a_slash(tmp_path: Path, folder: str) -> None:
    picture = f"{folder}/Run_2/Joyful adults park/a+b.jpg".removeprefix("./")
    write(tmp_path, {"data/annotations_single.ann": FINDINGEMO, picture: ""})
    found = by_id("findingemo", tmp_path, "emotion")
    assert gold(found) == {"7": "serenity"}
    assert only(found["7"]).path == picture
    assert by_id("findingemo", tmp_path, "affect")["7"].gold.levels == {"valence": -3, "arousal": 6}


def test_findingemo_ranges_differ(tmp_path: Path) -> None:
    write(tmp_path, {"annotations_single.ann": FINDINGEMO.replace(",-3,6,", ",6,-3,")})
    with pytest.raises(DataError, match="valence is 6, outside -3 to 3"):
        reading("findingemo", tmp_path, "affect")


# -- EmoNet-Face -----------------------------------------------------------------------------------------------------


def test_emonet_binary_takes_the_majority_for_a_pair(tmp_path: Path) -> None:
    said = {"human-1": "True", "human-2": "False", "human-3": "True", "human-4": "False"}
    rows = [f"00000,{who},{what},Anger" for who, what in list(said.items())[:3]]
    rows += [
        "00000,human-5,False,Awe",
        "00001,human-6,True,Hopelessness",
        "00002,human-7,True,Awe",
        "00002,human-4,False,Awe",
    ]
    table = "path,annotator,value,emotion\n" + "\n".join(rows) + "\n"
    found = by_id("emonet-face-binary", write(tmp_path, {"data/binary.csv": table}), "presence")
    assert gold(found) == {"00000-Anger": "yes", "00000-Awe": "no", "00001-Hopelessness": "yes"}, "a tie has no label"
    assert found["00000-Anger"].text == {"emotion": "Anger"}
    assert found["00000-Anger"].gold.ratings == {"human-1": "yes", "human-2": "no", "human-3": "yes"}
    assert found["00000-Anger"].cluster == found["00000-Awe"].cluster == "00000"
    assert only(found["00000-Anger"]).path == "images/00000.jpg"


def test_emonet_binary_on_the_real_ratings(shared: Path) -> None:
    found = reading("emonet-face-binary", shared / "data/emonet-face", "presence")
    assert found.rows == 39_998
    assert Counter(sample.gold.label for sample in found.samples) == {"no": 22_291, "yes": 14_055}
    assert found.unlabelled == 3_652
    pictures = Counter(s.cluster for s in reading("emonet-face-binary", shared / "data/emonet-face", "ratings").samples)
    assert Counter(pictures.values()) == {2: 19_999}


def test_emonet_binary_agreement_of_people_on_the_real_ratings(shared: Path) -> None:
    """Shares of votes and agreement of pairs of annotators, as counted with nothing of ours."""
    with (shared / "data/emonet-face/binary.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    given: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        given[f"{row['path']}-{row['emotion']}"].append(row["value"])
    counts = {name: Counter(values) for name, values in given.items()}
    several = [c for c in counts.values() if c.total() > 1]
    assert (len(rows), len(counts), len(several)) == (65_686, 39_998, 14_670)
    assert {c.total(): len(c) for c in several if c.total() == 2} == {2: 2}, (
        "a second one was asked where they disagree"
    )
    samples = reading("emonet-face-binary", shared / "data/emonet-face", "votes").samples
    assert {s.id: s.gold.votes for s in samples} == {
        name: {label: c[said] for label, said in (("yes", "True"), ("no", "False")) if c[said]}
        for name, c in counts.items()
    }
    votes = [[(s.gold.votes or {}).get(label, 0) for label in ("yes", "no")] for s in samples]
    agreeing = [sum(n * (n - 1) for n in c.values()) / (c.total() * (c.total() - 1)) for c in several]
    reached = ceiling("vote_accuracy", votes, ["yes", "no"], "distribution")
    assert reached == pytest.approx(sum(agreeing) / len(agreeing), abs=1e-9)
    assert round(100 * reached, 2) == 66.28
    says_yes = sum(row["value"] == "True" for row in rows)
    assert round(100 * says_yes / len(rows), 2) == 57.55
    alpha = krippendorff_alpha(list(zip(*map(_padded, given.values()), strict=True)))
    assert alpha < 0 and round(alpha, 4) == -0.1609


def _padded(values: list[str]) -> list[float]:
    """Up to three ratings of a pair as numbers; who was not asked is nan."""
    return [float(value == "True") for value in values] + [float("nan")] * (3 - len(values))


def hq_row(**ratings: list[int]) -> dict[str, Any]:
    """Return a row of the HQ table: the ratings of two experts, as text; emotions that are not named have 0."""
    names = labels_of("emonet-face-hq")["emonet-40"].names
    experts = [
        {f"human-{i + 1}": {f"Family {n % 3}|{name}": ratings.get(name, [0, 0])[i] for n, name in enumerate(names)}}
        for i in (0, 1)
    ]
    return {"path": {"bytes": b"png", "path": None}, "label": str(experts)}


def test_emonet_hq_levels_are_means_over_experts(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    (tmp_path / "data").mkdir()
    file = tmp_path / "data/train-00000-of-00001.parquet"
    rows = [hq_row(Anger=[7, 4], **{"Jealousy & Envy": [1, 0]}), hq_row(Amusement=[2, 2])]
    parquet.write_table(pyarrow.Table.from_pylist(rows), file)
    found = by_id("emonet-face-hq", tmp_path, "intensity")
    assert list(found) == ["0000", "0001"]
    levels = found["0000"].gold.levels
    assert levels is not None and len(levels) == 40
    assert {name: level for name, level in levels.items() if level} == {"Anger": 5.5, "Jealousy & Envy": 0.5}
    ratings = found["0000"].gold.ratings
    assert ratings is not None
    assert {who: (len(given), given["Anger"], given["Awe"]) for who, given in ratings.items()} == {
        "human-1": (40, 7, 0), "human-2": (40, 4, 0),
    }  # fmt: skip
    cell = only(found["0000"]).cell
    assert cell is not None and cell.data == b"png"
    parquet.write_table(
        pyarrow.Table.from_pylist([{**rows[0], "label": rows[0]["label"].replace("Helpless", "Hopeless")}]), file
    )
    with pytest.raises(DataError, match="Helplessness"):
        reading("emonet-face-hq", tmp_path, "intensity")


# -- votes -----------------------------------------------------------------------------------------------------------

CREMA_D_VOTES = """\
"","A","D","F","H","N","S","fileName","numResponses"
"100001",0,3,0,0,7,0,"1001_IEO_NEU_XX",10
"200001",0,0,0,0,9,0,"1001_IEO_NEU_XX",9
"300001",1,1,1,1,1,4,"1001_IEO_NEU_XX",9
"""


def test_crema_d_votes_weigh_as_many_as_gave_them(tmp_path: Path) -> None:
    people = "ActorID,Age,Sex,Race,Ethnicity\n1001,45,Male,Caucasian,Not Hispanic\n"
    write(tmp_path, {"tabulatedVotes.csv": CREMA_D_VOTES, "VideoDemographics.csv": people})
    found = by_id("crema-d-votes", tmp_path, "intended")
    weights = {name.removeprefix("1001_IEO_NEU_XX_"): sample.weight for name, sample in found.items()}
    both = {f"both_{code}": 1 for code in ("ANG", "DIS", "FEA", "HAP", "NEU")}
    assert weights == {"voice_DIS": 3, "voice_NEU": 7, "face_NEU": 9, **both, "both_SAD": 4}
    assert set(gold(found).values()) == {"neutral"}
    assert gold(by_id("crema-d-votes", tmp_path, "answer"))["1001_IEO_NEU_XX_voice_DIS"] == "disgust"
    shown = {name[16:]: {media.name for media in sample.media} for name, sample in found.items()}
    assert (shown["voice_NEU"], shown["face_NEU"], shown["both_SAD"]) == ({"voice"}, {"clip"}, {"voice", "clip"})
    (group,) = {tuple(sample.group.items()) for sample in found.values()}
    assert dict(group) == {"sex": "male", "age": "45-59", "race": "Caucasian", "ethnicity": "Not Hispanic"}
