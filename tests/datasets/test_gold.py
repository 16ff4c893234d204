"""Gold: labels, sets, levels, votes, ratings and texts, their sentinels, and the rules that make one from another."""

from __future__ import annotations

from typing import Any

import pytest

from affectbench.errors import DataError
from affectbench.types import Gold
from tests.corpora import Builder, labels

BASE = "rows: {table: {file: t.csv}}\nid: '{{ n }}'\n"
MOODS = labels("moods", "1=happy", "2=sad", "03=angry")
UNITS = labels("units", "1=AU1", "2=AU2", "4=AU4")


def golds(corpus: Builder, targets: str, content: str, **wanted: Any) -> list[Gold]:
    made = corpus(f"{BASE}targets:\n  {targets}", {"t.csv": content})
    wanted = {"labels": {"moods": MOODS, "units": UNITS, "ten": TEN, "two": TWO}, **wanted}
    return [sample.gold for sample in made.samples(**wanted)]


TEN = labels("ten", "happy", "sad", "angry", "unknown")
TWO = labels("two", "happy", "sad", "angry")


def test_a_label_is_found_by_code_or_name(corpus: Builder) -> None:
    found = golds(corpus, "mood: {labels: moods, label: '{{ code }}'}", "n,code\na,1\nb, Sad\nc,03\n")
    assert [gold.label for gold in found] == ["happy", "sad", "angry"]


def test_unknown_codes_come_all_at_once_with_place_and_count(corpus: Builder) -> None:
    with pytest.raises(DataError) as caught:
        golds(corpus, "mood: {labels: moods, label: '{{ code }}'}", "n,code\na,1\nb,hapy\nc,3\nd,hapy\n")
    said = str(caught.value)
    assert "t.csv:3: target 'mood': 'hapy' is not a label of 'moods'; did you mean 'happy'?; 2 row(s)" in said
    assert "t.csv:4: target 'mood': '3' is not a label of 'moods'" in said
    assert "list it under `missing`" in said


def test_a_sentinel_leaves_a_sample_out(corpus: Builder) -> None:
    made = corpus(
        f"{BASE}targets: {{mood: {{labels: moods, label: '{{{{ code }}}}', missing: ['9', '']}}}}",
        {"t.csv": "n,code\na,9\nb,\nc,2\n"},
    )
    reading = made.read()
    assert [sample.id for sample in reading.samples] == ["c"]
    assert (reading.rows, reading.unlabelled) == (3, 2)


def test_free_names_and_the_samples_own_options(corpus: Builder) -> None:
    found = golds(corpus, "e: {labels: open, set: \"{{ code.split(',') }}\"}", 'n,code\na,"joy, awe,,joy"\n')
    assert found[0].labels == ("joy", "awe")
    how = "options: \"{{ opts.split('/') }}\"\ntargets: {e: {labels: options, label: '{{ code }}'}}"
    made = corpus(BASE + how, {"t.csv": "n,code,opts\na,yes,yes/ no\n"})
    assert (made.one().gold.label, made.one().options) == ("yes", ("yes", "no"))
    with pytest.raises(DataError, match=r"t.csv:2: target 'e': 'maybe' is not one of the options \['yes', 'no'\]"):
        corpus(BASE + how, {"t.csv": "n,code,opts\na,maybe,yes/no\n"}).one()


def test_a_set_in_the_order_of_its_labels(corpus: Builder) -> None:
    targets = "u: {labels: units, set: \"{{ code.split('+') }}\"}"
    assert [gold.labels for gold in golds(corpus, targets, "n,code\na,4+1\nb,\n")] == [("AU1", "AU4"), ()]
    with pytest.raises(DataError, match="a list was expected, not '4'; split it"):
        golds(corpus, "u: {labels: units, set: '{{ code }}'}", "n,code\na,4\n")


def test_a_set_of_columns_knows_present_absent_and_nobody_coded(corpus: Builder) -> None:
    targets = "u: {labels: units, set: {columns: {A: 1, B: 2, C: 4}}, missing: ['9']}"
    found = golds(corpus, targets, "n,A,B,C\na,1,0,9\nb,0,0,0\nc,9,9,9.0\n")
    assert found == [Gold(labels=("AU1",), unlabelled=("AU4",)), Gold(labels=())]
    with pytest.raises(DataError, match="A is '2': neither present, absent nor missing"):
        golds(corpus, targets, "n,A,B,C\na,2,0,9\n")
    with pytest.raises(DataError, match="no column 'A'"):
        golds(corpus, targets, "n,B,C\na,2,0\n")


def test_levels_by_template_and_by_column(corpus: Builder) -> None:
    targets = "va: {levels: {valence: '{{ v }}', arousal: '{{ a | float / 10 }}'}, range: [-1, 1], missing: ['-2']}"
    found = golds(corpus, targets, "n,v,a\nx,0.5,5\ny,-2.0,0\nz,-2,-20\n")
    assert [gold.levels for gold in found] == [{"valence": 0.5, "arousal": 0.5}, {"arousal": 0.0}]
    found = golds(corpus, "u: {labels: units, levels: {columns: {A: 1, B: 4}}, range: [0, 5]}", "n,A,B\nx,5,0\n")
    assert found[0].levels == {"AU1": 5.0, "AU4": 0.0}


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("7", "v is 7, outside -1 to 1"),
        ("", "'' is not a number"),
        ("nan", "'nan' is not a number"),
        ("x", "'x' is not a number"),
    ],
)
def test_a_level_is_a_number_in_its_range(corpus: Builder, cell: str, why: str) -> None:
    with pytest.raises(DataError, match=f"t.csv:2: .*{why}"):
        golds(corpus, "va: {levels: {v: '{{ v }}'}, range: {v: [-1, 1]}}", f"n,v\nx,{cell}\n")


def test_at_least_makes_a_set_of_levels(corpus: Builder) -> None:
    targets = """
  intensity: {labels: units, levels: {columns: {A: 1, B: 2, C: 4}}, missing: [""]}
  present: {labels: units, set: {from: intensity, at_least: 2, of: [1, 4]}}"""
    found = golds(corpus, targets.strip(), "n,A,B,C\nx,2,5,1\ny,1,5,\nz,,1,\n", target="present")
    assert [(gold.labels, gold.unlabelled, gold.levels) for gold in found] == [
        (("AU1",), (), {"AU1": 2.0, "AU2": 5.0, "AU4": 1.0}),
        ((), ("AU4",), {"AU1": 1.0, "AU2": 5.0}),
    ]


VOTES = """votes: {labels: ten, votes: {columns: {h: happy, s: sad, a: angry, u: unknown}}}
  best: {labels: two, label: {from: votes, rule: %s}}"""


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("argmax", ["happy", None, None, "sad"]),
        ("majority", ["happy", None, None, None]),
        ("ferplus/argmax", ["happy", "happy", None, "sad"]),
        ("ferplus/majority", ["happy", None, None, "sad"]),
    ],
)
def test_votes_become_a_label(corpus: Builder, rule: str, expected: list[str | None]) -> None:
    content = "n,h,s,a,u\na,6,4,0,0\nb,5,5,0,0\nc,1,0,1,8\nd,1,4,1,2\n"
    made = corpus(f"{BASE}targets:\n  {VOTES % rule}", {"t.csv": content})
    found = {s.id: s.gold for s in made.samples(labels={"ten": TEN, "two": TWO}, target="best")}
    assert [found[name].label if name in found else None for name in "abcd"] == expected
    assert found["a"].votes == {"happy": 6.0, "sad": 4.0, "angry": 0.0, "unknown": 0.0}


def test_votes_of_a_template_and_none_at_all(corpus: Builder) -> None:
    targets = 'v: {labels: two, votes: "{{ cell | replace(\\"\'\\", \'\\"\') | json }}"}'
    found = golds(corpus, targets, "n,cell\na,\"{'happy': 2, 'sad': 1}\"\n")
    assert found[0].votes == {"happy": 2.0, "sad": 1.0}
    assert golds(corpus, "v: {labels: two, votes: {happy: '{{ h }}'}}", "n,h\na,0\n") == []
    with pytest.raises(DataError, match="1e\\+308 is too large a number"):
        golds(corpus, "v: {labels: two, votes: {happy: '{{ h }}'}}", "n,h\na,1e308\n")
    with pytest.raises(DataError, match="-1 votes for 'happy'"):
        golds(corpus, "v: {labels: two, votes: {happy: '{{ h }}'}}", "n,h\na,-1\n")


def test_ratings_by_template_one_annotator_each(corpus: Builder) -> None:
    targets = """cues: {labels: moods, ratings: {face: "{{ {'H': '1', 'S': '2'}.get(f, '') }}", voice: "{{ v }}"}}"""
    found = golds(corpus, targets, "n,f,v\na,H,2\nb,H:S,Angry\nc,H:S,\n")
    assert [gold.ratings for gold in found] == [{"face": "happy", "voice": "sad"}, {"voice": "angry"}, None][
        : len(found)
    ]
    assert len(found) == 2


def test_ratings_of_columns_and_what_follows_from_them(corpus: Builder) -> None:
    targets = """ratings: {labels: two, ratings: {columns: [ann, bob, cy]}, missing: ["?"]}
  most: {labels: two, label: {from: ratings, rule: rated-majority}}
  shares: {labels: two, votes: {from: ratings, rule: counted}}"""
    content = "n,ann,bob,cy\na,sad,sad,happy\nb,sad,,?\nc,sad,happy,\n"
    most = golds(corpus, targets, content, target="most")
    assert [gold.label for gold in most] == ["sad", "sad"]
    assert most[0].ratings == {"ann": "sad", "bob": "sad", "cy": "happy"}
    shares = golds(corpus, targets, content, target="shares")
    assert [gold.votes for gold in shares] == [{"happy": 1.0, "sad": 2.0}, {"sad": 1.0}, {"happy": 1.0, "sad": 1.0}]


LEVELED = '[{"n": "a", "anns": %s}]'


@pytest.mark.parametrize(
    ("how", "cell"),
    [
        (
            "annotator: who, levels: by_name, absent: 0",
            '[{"who": "h1", "AU1": 3}, {"who": "h2", "AU1": 1, "AU4": "2"}]',
        ),
        ("levels: by_name, absent: 0", '[{"h1": {"AU1": 3}}, {"h2": {"AU1": 1, "AU4": 2}}]'),
        ("levels: by_name, absent: 0", '{"h1": {"AU1": 3}, "h2": {"AU1": 1, "AU4": 2}}'),
        (
            "levels: by_name, names: \"{{ name.split('|') | last }}\", absent: 0",
            '[{"h1": {"x|AU1": 3}}, {"h2": {"x|AU1": 1, "y|AU4": 2}}]',
        ),
    ],
)
def test_ratings_of_a_list_and_their_mean(corpus: Builder, how: str, cell: str) -> None:
    targets = f"""targets:
  ratings: {{labels: units, ratings: {{each: anns, {how}}}, range: [0, 7]}}
  mean: {{labels: units, levels: {{from: ratings, rule: mean}}}}"""
    made = corpus(f"rows: {{table: {{file: t.json}}}}\nid: '{{{{ n }}}}'\n{targets}", {"t.json": LEVELED % cell})
    gold = made.one(labels={"units": UNITS}, target="mean").gold
    assert gold.ratings == {"h1": {"AU1": 3.0, "AU2": 0.0, "AU4": 0.0}, "h2": {"AU1": 1.0, "AU2": 0.0, "AU4": 2.0}}
    assert gold.levels == {"AU1": 2.0, "AU2": 0.0, "AU4": 1.0}


def test_ratings_without_an_annotator_are_an_error(corpus: Builder) -> None:
    targets = "targets: {r: {labels: units, ratings: {each: anns, annotator: who, levels: by_name}}}"
    made = corpus(
        f"rows: {{table: {{file: t.json}}}}\nid: '{{{{ n }}}}'\n{targets}", {"t.json": LEVELED % '[{"AU1": 3}]'}
    )
    with pytest.raises(DataError, match="names no annotator"):
        made.one(labels={"units": UNITS})


def test_texts(corpus: Builder) -> None:
    found = golds(corpus, "why: {text: '{{ t }}'}", "n,t\na,He smiles.\nb, \n")
    assert [gold.text for gold in found] == ["He smiles."]


def test_the_gold_beside_comes_with_it(corpus: Builder) -> None:
    targets = """intended: {labels: two, label: "{{ e }}", beside: crowd}
  crowd: {labels: two, votes: {columns: {H: happy, S: sad}}}"""
    found = golds(corpus, targets, "n,e,H,S\na,happy,1,9\nb,sad,0,0\n", target="intended")
    assert found == [Gold(label="happy", votes={"happy": 1.0, "sad": 9.0}), Gold(label="sad")]


def test_a_withheld_gold_leaves_every_sample_in(corpus: Builder) -> None:
    made = corpus(f"{BASE}targets: {{mood: {{labels: moods, withheld: label}}}}", {"t.csv": "n\na\nb\n"})
    assert [(sample.id, sample.gold) for sample in made.samples()] == [("a", Gold()), ("b", Gold())]
    assert made.read().unlabelled == 0


def test_a_target_that_is_not_there_is_named(corpus: Builder) -> None:
    made = corpus(
        f"{BASE}targets: {{mood: {{labels: open, label: '{{{{ e }}}}'}}, other: {{text: x}}}}", {"t.csv": "n,e\na,b\n"}
    )
    with pytest.raises(DataError, match=r"has the targets \['mood', 'other'\]: name one"):
        made.samples()
    with pytest.raises(DataError, match="no target 'moods'; did you mean 'mood'"):
        made.samples(target="moods")
    with pytest.raises(DataError, match="needs the label set 'moods'"):
        corpus(f"{BASE}targets: {{m: {{labels: moods, label: x}}}}", {"t.csv": "n\na\n"}).samples(labels={})
