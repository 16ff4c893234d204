"""Sound: files and the tracks of clips become mono samples at one rate, whole and exactly the segment asked for."""

from __future__ import annotations

import io
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from affectbench import media
from affectbench.errors import MediaError
from affectbench.media import audio
from affectbench.types import Cell, Decoded, Media
from affectbench.views import Perturbation, View
from tests.media.clips import FILMS, film, tone

KINDS = {"wav": "WAV", "flac": "FLAC", "mp3": "MP3", "ogg": "OGG"}


def heard(path: Path, view: View | None = None, **facts: object) -> Decoded:
    medium = Media(name="voice", kind="audio", path=path.name, **facts)  # type: ignore[arg-type]
    return audio.prepare(medium, path, view or View())


def written(path: Path, samples: np.ndarray, rate: int = 16_000, **more: str) -> Path:
    soundfile.write(path, samples, rate, format=KINDS[path.suffix[1:]], **more)
    return path


def apart_db(one: np.ndarray, other: np.ndarray) -> float:
    """Return how far below the first sound the difference of two lies, in decibels, without the ends."""
    n = min(len(one), len(other)) - 400
    difference = one[400:n] - other[400:n]
    return float(10 * np.log10(np.mean(one[400:n] ** 2) / max(np.mean(difference**2), 1e-20)))


@pytest.mark.parametrize("ending", KINDS)
def test_each_format_gives_the_sound_that_was_written(ending: str, tmp_path: Path) -> None:
    decoded = heard(written(tmp_path / f"a.{ending}", tone(1.5)))
    facts = decoded.facts
    assert decoded.payload.dtype == np.float32
    assert facts.seconds == pytest.approx(1.5, abs=0.06) and (facts.rate, facts.channels) == (16_000, 1)
    assert facts.seconds == round(len(decoded.payload) / 16_000, 4)
    peak = np.abs(np.fft.rfft(decoded.payload)).argmax() * 16_000 / len(decoded.payload)
    assert peak == pytest.approx(440, abs=2)
    if ending in ("wav", "flac"):
        assert np.abs(decoded.payload - tone(1.5)).max() < 1 / 32_000


def test_aac_in_a_file_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "a.m4a"
    with av.open(str(path), "w", format="ipod") as container:
        stream = container.add_stream("aac", rate=16_000, layout="mono")
        frame = av.AudioFrame.from_ndarray(tone(1.0)[None], format="fltp", layout="mono")
        frame.rate, frame.pts = 16_000, 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    decoded = heard(path)
    assert decoded.facts.seconds == pytest.approx(1.0, abs=0.07)
    assert np.sqrt(np.mean(decoded.payload[2000:14_000] ** 2)) == pytest.approx(0.354, abs=0.01)


def test_the_track_of_a_clip_is_a_sound(tmp_path: Path) -> None:
    decoded = heard(film(tmp_path / "steady.mp4", FILMS["steady.mp4"]))
    assert decoded.facts.seconds == pytest.approx(2.0, abs=0.07)
    assert np.sqrt(np.mean(decoded.payload**2)) == pytest.approx(0.354, abs=0.02)


@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24", "PCM_32", "FLOAT", "PCM_U8"])
def test_samples_of_any_depth(subtype: str, tmp_path: Path) -> None:
    decoded = heard(written(tmp_path / "a.wav", tone(0.5), subtype=subtype))
    assert np.abs(decoded.payload - tone(0.5)).max() < (1 / 64 if subtype == "PCM_U8" else 1 / 32_000)


@pytest.mark.parametrize("rate", [8_000, 22_050, 44_100, 48_000])
def test_another_rate_is_resampled_exactly(rate: int, tmp_path: Path) -> None:
    decoded = heard(written(tmp_path / "a.wav", tone(1.0, rate), rate, subtype="FLOAT"))
    assert len(decoded.payload) == pytest.approx(16_000, abs=2)
    assert apart_db(tone(1.0), decoded.payload) > 80
    assert f"from {rate:,} Hz by {audio.resampler()}" in (decoded.facts.note or "")


def test_a_task_may_ask_for_another_rate(tmp_path: Path) -> None:
    decoded = heard(written(tmp_path / "a.wav", tone(1.0)), View(rate=24_000))
    assert (len(decoded.payload), decoded.facts.rate) == (24_000, 24_000)
    assert apart_db(tone(1.0, 24_000), decoded.payload) > 80


def test_torchaudio_resamples_alike(tmp_path: Path) -> None:
    if audio.resampler() != "torchaudio":
        pytest.skip("torchaudio does not import here: soxr resamples")
    soxr = pytest.importorskip("soxr")
    noise = np.random.default_rng(1).standard_normal(44_100).astype(np.float32) * 0.1
    spectrum = np.fft.rfft(noise)
    spectrum[int(0.9 * 8_000) :] = 0  # a second of sound: one bin is one hertz
    low = np.fft.irfft(spectrum).astype(np.float32)
    assert apart_db(soxr.resample(low, 44_100, 16_000, quality="HQ"), audio.with_torchaudio(low, 44_100, 16_000)) > 60


def test_channels_are_mixed_which_is_said(tmp_path: Path) -> None:
    both = np.stack([tone(1.0), -0.5 * tone(1.0)], axis=1)
    decoded = heard(written(tmp_path / "a.wav", both, subtype="FLOAT"))
    assert np.abs(decoded.payload - 0.25 * tone(1.0)).max() < 1e-6
    assert decoded.facts.note == "2 channels mixed"


@pytest.mark.parametrize(("start", "end"), [(0.0, 0.5), (0.25, 1.0), (3.0, 4.5), (7.5, None)])
@pytest.mark.parametrize("ending", ["wav", "flac"])
def test_a_segment_is_cut_to_the_sample(start: float, end: float | None, ending: str, tmp_path: Path) -> None:
    ramp = np.linspace(-0.9, 0.9, 8 * 16_000).astype(np.float32)
    decoded = heard(written(tmp_path / f"a.{ending}", ramp), start_s=start, end_s=end)
    expected = ramp[int(start * 16_000) : None if end is None else int(end * 16_000)]
    assert len(decoded.payload) == len(expected)
    assert np.abs(decoded.payload - expected).max() < 1 / 32_000


def test_too_long_a_sound_is_cut_which_is_said(tmp_path: Path) -> None:
    decoded = heard(written(tmp_path / "a.wav", tone(3.0)), View(seconds=1.25))
    assert len(decoded.payload) == 20_000
    assert decoded.facts.note == "cut to 1.25 s of 3.00 s"
    later = heard(tmp_path / "a.wav", View(seconds=1.0), start_s=1.5, end_s=2.75)
    assert (len(later.payload), later.facts.note) == (16_000, "cut to 1 s of 1.25 s")


@pytest.mark.parametrize(("start", "kind"), [(9.0, "bad_segment"), (0.0, None)])
def test_a_segment_behind_the_end(start: float, kind: str | None, tmp_path: Path) -> None:
    path = written(tmp_path / "a.wav", tone(1.0))
    if kind is None:
        assert heard(path, start_s=start).facts.seconds == 1.0
        return
    with pytest.raises(MediaError) as caught:
        heard(path, start_s=start, end_s=start + 1)
    assert caught.value.kind == kind


def test_a_clip_without_a_track_is_an_error(tmp_path: Path) -> None:
    for path in (film(tmp_path / "one.mp4", FILMS["one.mp4"]), tmp_path):
        with pytest.raises(MediaError, match="no sound track") as caught:
            heard(path)
        assert caught.value.kind == "no_sound"


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.mp3"])
def test_a_sound_that_was_torn_off_is_told(name: str, tmp_path: Path) -> None:
    data = written(tmp_path / name, tone(4.0)).read_bytes()
    (tmp_path / name).write_bytes(data[: len(data) // 2])
    with pytest.raises(MediaError) as caught:
        heard(tmp_path / name)
    assert caught.value.kind in ("truncated", "unreadable")


def test_silence_is_said_and_blank_is_silent(tmp_path: Path) -> None:
    assert heard(written(tmp_path / "a.wav", tone(1.0) * 0)).facts.note == "digital silence"
    blank = heard(written(tmp_path / "b.wav", tone(1.0)), View(blank=True))
    assert (len(blank.payload), blank.payload.any(), blank.facts.note) == (16_000, False, "blank")


def test_noise_is_the_same_in_every_run(tmp_path: Path) -> None:
    path, worse = written(tmp_path / "a.wav", tone(1.0)), View(perturbed=Perturbation(name="noise", severity=3))
    assert heard(path, worse).facts.digest == heard(path, worse).facts.digest != heard(path).facts.digest
    assert heard(path, worse).facts.note == "noise:3"


def test_a_sound_in_a_cell_of_a_table() -> None:
    out = io.BytesIO()
    soundfile.write(out, tone(0.5), 16_000, format="WAV")
    medium = Media(name="voice", kind="audio", cell=Cell(data=out.getvalue()))
    decoded = media.prepare(medium, None, observe=True)
    assert len(decoded.payload) == 8_000 and decoded.facts.source == "cell"


def test_an_empty_sound(tmp_path: Path) -> None:
    with pytest.raises(MediaError) as caught:
        heard(written(tmp_path / "a.wav", np.zeros(0, np.float32)))
    assert caught.value.kind in ("empty", "unreadable")
