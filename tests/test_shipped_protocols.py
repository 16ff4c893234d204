"""What published protocols fix of corpora in the wild, of units, pain and sentiment: scores, folds, labels, sizes."""

from __future__ import annotations

import re

import pytest

from affectbench.catalogue import Catalogue
from affectbench.specs.dataset import Publish
from affectbench.task import bind
from tests.test_shipped_units import people
from tests.trees import labels_of, shipped

KNOWN = Catalogue()
AU_12 = "AU1 AU2 AU4 AU6 AU7 AU10 AU12 AU15 AU23 AU24 AU25 AU26"

# task: main score, how folds become one number, what else is reported by convention
PROTOCOLS = {
    "affwild2-expr": ("macro_f1", "pooled", ""),
    "affwild2-va": ("ccc", "pooled", ""),
    "affwild2-au": ("macro_f1", "pooled", "au_f1"),
    "veatic": ("ccc", "pooled", "pcc rmse sagr"),
    "bah": ("macro_f1", "pooled", "weighted_f1"),
    "c-expr-db": ("macro_f1", "pooled", ""),
    "disfa": ("macro_f1", "mean", "au_f1"),
    "disfa-full": ("macro_f1", "mean", "au_f1"),
    "disfa-intensity": ("icc", "pooled", "mae mse"),
    "bp4d": ("macro_f1", "mean", "au_f1"),
    "bp4d-full": ("macro_f1", "mean", "au_f1"),
    "casme2": ("uf1", "pooled", "uar accuracy"),
    "casme2-megc": ("uf1", "pooled", "uar"),
    "samm": ("uf1", "pooled", "uar"),
    "samm-megc": ("uf1", "pooled", "uar"),
    "smic": ("uf1", "pooled", "uar"),
    "smic-vis": ("uf1", "pooled", "uar"),
    "smic-nir": ("uf1", "pooled", "uar"),
    "unbc-mcmaster": ("pcc", "pooled", "icc mae mse"),
    "unbc-mcmaster-presence": ("macro_f1", "pooled", "auc"),
    "unbc-mcmaster-au": ("macro_f1", "pooled", "au_f1"),
    "cmu-mosi": ("acc2_nonzero", "pooled", "f1_nonzero acc2_nonnegative acc7 mae pcc"),
    "cmu-mosei": ("acc2_nonzero", "pooled", "f1_nonzero acc2_nonnegative acc7 mae pcc"),
    "ch-sims": ("acc2_nonzero", "pooled", "f1_nonzero acc2_sims acc3_sims acc5_sims mae pcc"),
    "ch-sims-v2": ("acc2_nonzero", "pooled", "f1_nonzero acc2_sims acc3_sims acc5_sims mae pcc"),
}
CORPORA = sorted({bind(KNOWN, name).dataset.id for name in PROTOCOLS})


@pytest.mark.parametrize("name", PROTOCOLS)
def test_a_task_has_the_scores_of_its_protocol(name: str) -> None:
    main, folds, others = PROTOCOLS[name]
    task = bind(KNOWN, name)
    assert (task.main, task.spec.aggregate.folds) == (main, folds)
    assert set(others.split()) < set(task.spec.metrics)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("affwild2-8", "neutral anger disgust fear happiness sadness surprise other"),
        ("abaw-12", AU_12),
        ("disfa-8", "AU1 AU2 AU4 AU6 AU9 AU12 AU25 AU26"),
        ("bp4d-12", "AU1 AU2 AU4 AU6 AU7 AU10 AU12 AU14 AU15 AU17 AU23 AU24"),
        ("bah-2", "no yes"),
        ("casme2-5", "happiness surprise disgust repression others"),
        ("samm-5", "anger contempt happiness surprise other"),
        ("megc-3", "negative positive surprise"),
    ],
)
def test_labels_are_those_of_the_protocol_in_its_order(name: str, expected: str) -> None:
    (known,) = {names[name] for corpus in CORPORA if name in (names := dict(sets(corpus)))}
    assert " ".join(known) == expected


def sets(corpus: str):
    """Yield the label sets of a corpus and those that its tasks ask for, with their names."""
    yield from ((name, found.names) for name, found in labels_of(corpus).items())
    for task in PROTOCOLS:
        if (bound := bind(KNOWN, task)).dataset.id == corpus and bound.labels:
            yield bound.labels.id, bound.labels.names


def test_folds_are_those_of_the_reference_code_by_the_people_tested() -> None:
    disfa = {
        "1": "003 029 023 025 008 005 007 017 004",
        "2": "013 018 011 028 012 006 031 021 024",
        "3": "002 010 001 026 027 032 030 009 016",
    }
    assert people("disfa") == {fold: members.split() for fold, members in disfa.items()}
    assert dict(shipped("disfa").folds) == {"1": 43_605, "2": 43_605, "3": 43_604}
    first = "F007 F015 F006 F019 M006 M009 F012 M003 F004 F021 F017 M015 F014"
    assert people("bp4d")["1"] == first.split()
    assert dict(shipped("bp4d").folds) == {"1": 46_034, "2": 50_182, "3": 50_631}


def test_sizes_are_those_that_were_counted() -> None:
    sizes = {name: dict(shipped(name).splits) for name in CORPORA}
    assert sizes["disfa"] == {"all": 130_814} and 4_844 <= 130_814 / 27 <= 4_845
    assert sizes["bp4d"] == {"all": 146_847}
    assert sizes["samm"] == {"all": 159} and 159 - 26 == 133, "MEGC2019 leaves out the class other"
    assert sizes["smic"] == {"hs": 164, "vis": None, "nir": None}, "the others were not confirmed"
    assert sizes["casme2"] == {"all": None}
    assert sizes["bah"] == {"train": 616, "val": 110, "test": 392}
    assert sizes["unbc-mcmaster"] == {"all": 48_398}


@pytest.mark.parametrize("name", CORPORA)
def test_nothing_of_these_people_is_sent_away_or_published(name: str) -> None:
    access = shipped(name).access
    assert (access.send, access.publish) == ("local", Publish())


@pytest.mark.parametrize(
    ("name", "about"),
    [
        ("affwild2-va", "-5"),
        ("veatic", "124 videos"),
        ("disfa", "names of the videos"),
        ("bp4d", "What 9 means"),
        ("casme2", "255 rows"),
        ("samm", "names of the columns"),
        ("smic", "71 clips"),
        ("unbc-mcmaster", "given out"),
        ("ch-sims", "MMSA's rule"),
        ("ch-sims-v2", "MMSA's rule"),
    ],
)
def test_what_was_not_confirmed_has_a_note_that_says_so(name: str, about: str) -> None:
    (found,) = [note for note in shipped(name).notes if about in note]
    assert re.search(r"\b(not|neither was) confirmed|Nor was", found)
