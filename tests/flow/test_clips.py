"""A real clip with speech goes through each decoder to a server, and `show` says and writes what the model got."""

from __future__ import annotations

import base64
import importlib.util
import io
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from PIL import Image

from affectbench.media import decoders
from tests.flow.flows import Done, affectbench, lines
from tests.stub_server import Plan, StubServer

TASK = """\
title: What an astronaut says
dataset:
  title: One clip
  access: {kind: open, licence: public domain, send: any, publish: {media: true, labels: true, text: true}}
  splits: {test: unknown}
  read:
    rows: {filenames: {files: "{name}.mp4"}}
    id: "{{ name }}"
    split: test
    media:
      clip: {kind: video, path: "{{ path }}"}
      voice: {kind: audio, path: "{{ path }}"}
    text: {words: "I am so glad to see you"}
    targets: {emotion: {labels: ekman-6, label: happiness}}
media: {clip: {frames: 4}, voice: {}}
prompt: choice/heard
answer: {form: choice}
metrics: [accuracy, confusion]
protocol: speech/accuracy
"""
PROMPT = """\
title: What is felt
user: |
  {{ media }}
  {% if text.words %}It says: {{ text.words }}{% endif %}
  One of: {{ labels | join(", ") }}.
"""
SECONDS = 3
SENTENCE = "I am so glad to see you again, what a wonderful surprise this is today"
TIMES = "0.36, 1.12, 1.84, 2.6"


@pytest.fixture(scope="module")
def spoken(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a clip of a photograph, panned and zoomed, with a spoken sentence."""
    for program in ("ffmpeg", "espeak-ng"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    folder = tmp_path_factory.mktemp("spoken")
    subprocess.run(["espeak-ng", "-w", folder / "speech.wav", SENTENCE], check=True)
    zoom = "zoompan=z='1+0.004*on':x='on':d=75:s=640x480:fps=25"
    photo = shared / "data/photo/astronaut.png"
    make = ["ffmpeg", "-v", "error"]
    coded = ["-c:v", "libx264", "-pix_fmt", "yuv420p"]
    subprocess.run([*make, "-i", photo, "-vf", zoom, *coded, folder / "mute.mp4"], check=True)
    both = ["-i", folder / "mute.mp4", "-i", folder / "speech.wav", "-t", str(SECONDS)]
    subprocess.run([*make, *both, "-c:v", "copy", "-c:a", "aac", folder / "clip.mp4"], check=True)
    return folder / "clip.mp4"


def plugin(folder: Path, task: str = TASK, prompt: str = PROMPT) -> Path:
    for name, text in {"tasks/own/speech": task, "prompts/choice/heard": prompt}.items():
        (folder / f"{name}.yaml").parent.mkdir(parents=True)
        (folder / f"{name}.yaml").write_text(text)
    (folder / "models").mkdir()
    return folder


def asked(spoken: Path, tmp_path: Path, *more: str, **texts: str) -> tuple[Done, StubServer, list[str | Path]]:
    """Run the task on the clip against a stub server whose count of tokens rises with what it is sent."""
    data = tmp_path / "data"
    data.mkdir(exist_ok=True)
    for name in ("one", "two"):
        shutil.copy(spoken, data / f"{name}.mp4")
    own = tmp_path / "plugin"
    if not own.exists():
        plugin(own, **texts)
    where: list[str | Path] = ["--plugin", own, "--data", f"speech={data}"]
    with StubServer(Plan(replies=("happiness",), usage=tokens)) as server:
        card = f"stub: {{backend: openai, id: m, base_url: '{server.url}', accepts: [image, audio]}}\n"
        (own / "models/stub.yaml").write_text(card)
        done = affectbench("run", "-m", "stub", "-t", "speech", *where, "--out", tmp_path / "runs", "--no-cache", *more)
    return done, server, where


def tokens(request: dict[str, Any]) -> dict[str, int]:
    return {"prompt_tokens": len(json.dumps(request)), "completion_tokens": 1}


def sent(server: StubServer) -> list[dict[str, Any]]:
    """Return the pieces of the first request that held everything."""
    whole = [request["messages"][-1]["content"] for request in server.requests if "input_audio" in json.dumps(request)]
    return next(pieces for pieces in whole if sum(piece["type"] == "image_url" for piece in pieces) == 4)


@pytest.mark.parametrize("decoder", decoders.DECODERS)
def test_a_clip_with_speech_by_each_decoder(
    decoder: str, spoken: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if importlib.util.find_spec(decoders.DECODERS[decoder]) is None:
        pytest.skip(f"{decoder} is not installed")
    monkeypatch.setenv(decoders.ASKED, decoder)
    done, server, where = asked(spoken, tmp_path, "--json")
    assert done.code == 0, done.err
    (run,) = done.json["runs"]
    assert run["status"]["ok"] == 2 and run["observed"] is True and run["proof"]["state"] == "shown"
    clip, voice = lines(Path(run["path"]))[0]["sent"]
    assert (clip["decoder"], clip["frames"], clip["times_s"]) == (decoder, 4, [0.36, 1.12, 1.84, 2.6])
    assert (voice["rate"], voice["channels"]) == (16_000, 1)
    assert voice["seconds"] == pytest.approx(SECONDS, abs=0.1)
    shown = affectbench("show", run["path"], "--media", tmp_path / "sheets", *where).out
    assert f"4 frames at {TIMES} s" in shown and f"{voice['seconds']:g} s at 16,000 Hz" in shown
    assert shown.count("as sent") == 6 and "NOT" not in shown
    assert looks_like_the_photograph(sent(server))
    with Image.open(tmp_path / "sheets/one-clip.png") as sheet:
        assert sheet.width > 400
    written, rate = soundfile.read(tmp_path / "sheets/one-voice.wav")
    assert (rate, len(written)) == (16_000, round(voice["seconds"] * 16_000))
    assert np.sqrt(np.mean(written**2)) > 0.01


def looks_like_the_photograph(pieces: list[dict[str, Any]]) -> bool:
    """Whether the frames are of 640 by 480 pixels, differ, and the sound is no silence."""
    urls = [piece["image_url"]["url"] for piece in pieces if piece["type"] == "image_url"]
    frames = [Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))) for url in urls]
    (sound,) = [piece["input_audio"] for piece in pieces if piece["type"] == "input_audio"]
    heard, _ = soundfile.read(io.BytesIO(base64.b64decode(sound["data"])))
    return {frame.size for frame in frames} == {(640, 480)} and len(set(urls)) == 4 and bool(np.abs(heard).max() > 0.05)


def test_variants_ask_without_what_is_named(spoken: Path, tmp_path: Path) -> None:
    done, _, _ = asked(spoken, tmp_path, "--json", "--ablate", "v,a,t", "--ablate", "a:blank", "--perturb", "jpeg:3")
    assert done.code == 0, done.err
    runs = {run["variant"]: run for run in done.json["runs"]}
    names = [
        "jpeg:3",
        *(f"{what}, jpeg:3" for what in ("without pictures", "without sound", "without text", "blank sound")),
    ]
    shown = [["video", "audio"], ["audio"], ["video"], ["video", "audio"], ["video", "audio"]]
    assert list(runs) == names
    rows = {name: lines(Path(run["path"])) for name, run in runs.items()}
    assert [[facts["kind"] for facts in found[0]["sent"]] for found in rows.values()] == shown
    assert [{row["id"] for row in found} for found in rows.values()] == [{"one", "two"}] * 5
    texts = [found[0]["prompt"]["messages"][-1]["text"] for found in rows.values()]
    assert ["glad" in text for text in texts] == [True, True, True, False, True]
    assert len({found[0]["prompt"]["digest"] for found in rows.values()}) == 5
    assert rows[names[0]][0]["sent"][0]["note"] == "jpeg:3" and rows[names[4]][0]["sent"][1]["note"].endswith("blank")


def test_what_no_prompt_shows_cannot_be_removed(spoken: Path, tmp_path: Path) -> None:
    silent = PROMPT.replace("{% if text.words %}It says: {{ text.words }}{% endif %}", "")
    done, server, _ = asked(spoken, tmp_path, "--ablate", "t", prompt=silent)
    assert done.code == 2 and "text not consumed" in done.err
    assert not server.requests


def test_requests_that_were_the_same_are_an_error(spoken: Path, tmp_path: Path) -> None:
    """A sound that is silent is sent as what it is when it is blank: nothing was compared."""
    muted = tmp_path / "muted.mp4"
    subprocess.run(["ffmpeg", "-v", "error", "-i", spoken, "-af", "volume=0", "-c:v", "copy", muted], check=True)
    done, _, _ = asked(muted, tmp_path, "--ablate", "a:blank")
    assert done.code == 1 and "byte for byte" in done.err and "blank sound" in done.err


def test_a_part_that_the_task_does_not_have(spoken: Path, tmp_path: Path) -> None:
    mute = TASK.replace("media: {clip: {frames: 4}, voice: {}}", "media: {clip: {frames: 4}}")
    for more, message in ((["--ablate", "a"], "shows no sound"), (["--perturb", "noise:1"], "shows no sound")):
        done, server, _ = asked(spoken, tmp_path, *more, task=mute)
        assert done.code == 2 and message in done.err and not server.requests


def test_bad_files_are_media_errors_and_the_others_are_asked(spoken: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "empty.mp4").touch()
    (data / "text.mp4").write_text("no clip")
    (data / "torn.mp4").write_bytes(spoken.read_bytes()[:20_000])
    subprocess.run(["ffmpeg", "-v", "error", "-i", spoken, "-an", "-c", "copy", data / "mute.mp4"], check=True)
    with (data / "sparse.mp4").open("wb") as file:
        file.truncate(4 << 30)
    done, _, _ = asked(spoken, tmp_path, "--json", "--max-bad", "1")
    assert done.code == 0, done.err
    (run,) = done.json["runs"]
    assert (run["status"]["ok"], run["status"]["media_error"]) == (2, 5)
    errors = {row["id"]: row["error"]["kind"] for row in lines(Path(run["path"])) if "error" in row}
    assert errors["empty"] == "empty" and errors["mute"] == "no_sound" and set(errors) >= {"text", "torn", "sparse"}
