"""Variants of a task from the command line, on a mock of MELD: what runs, what is shown, and what can be looked at."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from tests.flow.flows import Done, affectbench
from tests.stub_server import StubServer

CARD = "seer: {{backend: openai, id: m, base_url: {url}, accepts: [image, audio], frames: 3}}\n"


@pytest.fixture(scope="module")
def meld(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a mock of MELD and a plug-in with a card of a server that answers."""
    folder = tmp_path_factory.mktemp("variants")
    assert affectbench("data", "mock", "meld", folder / "meld").code == 0
    (folder / "plugin/models").mkdir(parents=True)
    with StubServer() as server:
        (folder / "plugin/models/own.yaml").write_text(CARD.format(url=server.url))
        yield folder


def run(folder: Path, out: Path, *more: str) -> Done:
    given = ["--plugin", folder / "plugin", "--data", f"meld={folder / 'meld'}", "--out", out, "--no-cache"]
    return affectbench("run", "-m", "seer", "-t", "meld", "--limit", "4", *given, *more)


def test_each_variant_is_a_run_that_says_what_it_is(meld: Path, tmp_path: Path) -> None:
    done = run(meld, tmp_path, "--ablate", "v,a,t")
    names = ("", " · without pictures", " · without sound", " · without text")
    assert [line.split("  ")[0] for line in done.err.splitlines() if "4/4" in line] == [
        f"meld · seer{n}" for n in names
    ]
    rows = [line for line in done.out.splitlines() if line.startswith("meld ")]
    assert [row[7:].split("weighted_f1")[0].strip() for row in rows] == ["base", *(name[3:] for name in names[1:])]
    (compare,) = (line for line in done.out.splitlines() if line.startswith("affectbench compare "))
    paired = affectbench(*compare.split()[1:])
    assert paired.code == 0
    assert "without sound" in paired.out
    shown = affectbench("show", tmp_path).out
    assert shown.index(" base ") < shown.index("without pictures") < shown.index("without text")
    assert len([line for line in shown.splitlines() if line.startswith("seer")]) == 1


def test_a_dry_run_renders_each_variant_in_the_frames_of_the_card(meld: Path, tmp_path: Path) -> None:
    more = ("--ablate", "a", "--perturb", "blur:5,jpeg:1", "--dry-run")
    found = json.loads(run(meld, tmp_path, *more, "--json").out)["requests"]
    assert [one["variant"] for one in found] == [
        "blur:5", "without sound, blur:5", "jpeg:1", "without sound, jpeg:1",
    ]  # fmt: skip
    assert [[sent["name"] for sent in one["sent"]] for one in found] == [["clip", "voice"], ["clip"]] * 2
    assert [one["sent"][0]["note"] for one in found] == ["blur:5", "blur:5", "jpeg:1", "jpeg:1"]
    assert all(one["tokens"] > found[1]["tokens"] for one in (found[0], found[2]))  # sound is counted
    text = run(meld, tmp_path, *more).out
    assert "meld · seer · without sound, jpeg:1 · sample " in text


def test_the_frames_of_a_card_are_dry_run_too(meld: Path, tmp_path: Path) -> None:
    plugin = tmp_path / "plugin/tasks"
    plugin.mkdir(parents=True)
    text = "title: All frames\ndataset: meld\nsplit: test\ntarget: emotion\nsees: video\nprompt: choice/clip-emotion\n"
    (plugin / "clips.yaml").write_text(f"{text}metrics: [accuracy]\nprotocol: own/clips\n")
    given = ["--plugin", tmp_path / "plugin", "--plugin", meld / "plugin", "--data", f"meld={meld / 'meld'}"]
    (meld / "plugin/models/film.yaml").write_text("film: {backend: vllm, id: m, accepts: [video], frames: 3}\n")
    done = affectbench("run", "-m", "film", "-t", "clips", *given, "--dry-run", "--json")
    assert done.json["requests"][0]["sent"][0]["frames"] == 3
    assert "clip (8 frames, or as many as the model card says)" in affectbench("tasks", "show", "clips", *given[:4]).out


def test_show_writes_what_a_variant_was_sent(meld: Path, tmp_path: Path) -> None:
    run(meld, tmp_path / "runs", "--perturb", "blur:5")
    (folder,) = (tmp_path / "runs/meld/seer").iterdir()
    place = ["--media", tmp_path / "seen", "--data", f"meld={meld / 'meld'}"]
    text = affectbench("show", folder, "--first", "2", *place).out
    assert text.count("  as sent\n") == 6
    found = affectbench("show", folder, "--first", "2", *place, "--json").json["media"]
    assert [one["state"] for one in found] == ["as sent"] * 6
    assert {Path(one["file"]).suffix for one in found} == {".png", ".wav"}
    with Image.open(found[0]["file"]) as sheet:
        assert sheet.format == "PNG"
    run(meld, tmp_path / "runs", "--ablate", "a")
    refused = affectbench("show", tmp_path / "runs", *place)
    assert refused.code == 2
    assert "holds 3 runs" in refused.err


def test_a_file_that_changed_is_told_and_a_missing_one_too(meld: Path, tmp_path: Path) -> None:
    assert affectbench("data", "mock", "meld", tmp_path / "other/meld").code == 0
    (tmp_path / "other/plugin").symlink_to(meld / "plugin")
    done = run(tmp_path / "other", tmp_path / "runs", "--json").json["runs"][0]
    clips = sorted((tmp_path / "other/meld").rglob("output_repeated_splits_test/*.mp4"))
    for clip in clips:
        clip.write_bytes(clips[-1].read_bytes())
    place = ["--media", tmp_path / "seen", "--data", f"meld={tmp_path / 'other/meld'}", "--json"]
    states = {one["state"] for one in affectbench("show", done["path"], "--first", "0", *place).json["media"]}
    assert "NOT as sent: the file, or what decodes it, has changed since" in states
    for clip in clips:
        clip.unlink()
    found = affectbench("show", done["path"], "--first", "0", *place).json["media"]
    assert all(one["file"] is None and one["state"].startswith("missing: ") for one in found)


@pytest.mark.parametrize(("name", "says"), [("pyavv", "did you mean 'pyav'"), ("torchcodecs", "AFFECTBENCH_DECODER")])
def test_an_unknown_decoder_stops_the_run_before_the_first_call(
    meld: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, says: str
) -> None:
    monkeypatch.setenv("AFFECTBENCH_DECODER", name)
    done = run(meld, tmp_path)
    assert done.code == 2
    assert says in done.err
    assert not list(tmp_path.iterdir())
