"""Files as the wild has them: covers, several tracks, sizes and rates that change, many channels, broken beginnings."""

from __future__ import annotations

import importlib.util
import io
import struct
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import soundfile
from av.stream import Disposition
from PIL import Image

from affectbench.errors import MediaError
from affectbench.media import audio, decoders, timeline, video
from affectbench.types import Box, Decoded, Media
from affectbench.views import Frames, View
from tests.media.clips import STEADY, Film, film, number, picture, tone


def shown(path: Path, frames: Frames | None = None, **more: Any) -> Decoded:
    media = Media(name="clip", kind="video", path=path.name, **more)
    return video.prepare(media, path, View(frames=frames or Frames(n=200)))


def numbers(decoded: Decoded) -> list[int]:
    return [number(np.asarray(Image.open(io.BytesIO(data)))) for data in decoded.payload]


def heard(path: Path, **more: Any) -> Decoded:
    return audio.prepare(Media(name="voice", kind="audio", path=path.name, **more), path, View())


# -- pictures --------------------------------------------------------------------------------------------------------


def covered(path: Path, *, moving: bool) -> Path:
    """Write a file whose first track of pictures is its cover, before a sound or a clip."""
    with av.open(str(path), "w", format="mp4") as container:
        cover = container.add_stream("mjpeg", rate=1)
        cover.width, cover.height, cover.pix_fmt = 64, 64, "yuvj420p"
        cover.disposition = Disposition.attached_pic
        streams = [(cover, [av.VideoFrame.from_ndarray(np.full((64, 64, 3), 200, np.uint8), format="rgb24")])]
        if moving:
            stream = container.add_stream("libx264", rate=25, options={"bf": "0"})
            stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
            streams.append((stream, [av.VideoFrame.from_ndarray(picture(i), format="rgb24") for i in range(20)]))
        else:
            voice = container.add_stream("aac", rate=16_000, layout="mono")
            sound = av.AudioFrame.from_ndarray(tone(1.0)[None], format="fltp", layout="mono")
            sound.rate, sound.pts = 16_000, 0
            streams.append((voice, [sound]))
        for stream, frames in streams:
            for frame in frames:
                container.mux(stream.encode(frame))
            container.mux(stream.encode())
    return path


def test_a_sound_with_a_cover_is_no_clip(tmp_path: Path) -> None:
    path = covered(tmp_path / "a.m4a", moving=False)
    with pytest.raises(MediaError) as caught:
        shown(path)
    assert caught.value.kind == "no_video"
    assert heard(path, start_s=0.25, end_s=0.75).facts.seconds == 0.5


def test_a_cover_is_not_the_clip(tmp_path: Path) -> None:
    assert numbers(shown(covered(tmp_path / "a.mp4", moving=True))) == list(range(20))


def test_of_two_tracks_the_first_is_shown_by_each_decoder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "two.mp4"
    with av.open(str(path), "w") as container:
        streams = [container.add_stream("libx264", rate=25, options={"bf": "0"}) for _ in range(2)]
        for stream, size in zip(streams, ((160, 96), (320, 192)), strict=True):
            stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        for place in range(20):
            for stream in streams:
                size = (stream.width, stream.height)
                container.mux(stream.encode(av.VideoFrame.from_ndarray(picture(place, size), format="rgb24")))
        for stream in streams:
            container.mux(stream.encode())
    for name, library in decoders.DECODERS.items():
        if importlib.util.find_spec(library):
            monkeypatch.setenv(decoders.ASKED, name)
            decoded = shown(path)
            assert (decoded.facts.width, decoded.facts.height, decoded.facts.decoder) == (160, 96, "pyav")
            assert numbers(decoded) == list(range(20))


def grown(path: Path) -> Path:
    """Write a clip whose pictures become larger in the middle: the packets of two files in one."""
    sources = []
    for name, size in (("one.webm", (160, 96)), ("two.webm", (320, 192))):
        plain = Film(times=STEADY[:10], codec="libvpx", options=(("deadline", "realtime"),), size=size)
        sources.append(film(path.with_name(name), plain))
    with av.open(str(path), "w") as out:
        stream = None
        for later, source in enumerate(sources):
            with av.open(str(source)) as container:
                stream = stream or out.add_stream_from_template(container.streams.video[0])
                for packet in container.demux(video=0):
                    if packet.dts is not None:
                        packet.pts, packet.dts = (stamp + later * 400 for stamp in (packet.pts, packet.dts))
                        packet.stream = stream
                        out.mux(packet)
    return path


@pytest.mark.parametrize("decoder", [n for n, lib in decoders.DECODERS.items() if importlib.util.find_spec(lib)])
def test_a_size_that_changes_is_that_of_the_first(
    decoder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(decoders.ASKED, decoder)
    path = grown(tmp_path / "grown.webm")
    decoded = shown(path)
    assert numbers(decoded) == [*range(10), *range(10)]
    assert {Image.open(io.BytesIO(data)).size for data in decoded.payload} == {(160, 96)}
    box = Box(xyxy=(0.5, 0.0, 1.0, 1.0), unit="share")
    halves = [np.asarray(Image.open(io.BytesIO(data))) for data in shown(path, box=box).payload]
    assert {half.shape for half in halves} == {(96, 80, 3)}
    assert np.abs(halves[3].astype(int) - halves[13]).mean() < 8  # the same half of both sizes
    if decoder == "pyav":
        assert decoded.facts.note == "pictures of several sizes, shown in that of the first"


def test_pixels_that_are_not_square_are_told(tmp_path: Path) -> None:
    path = tmp_path / "narrow.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
        stream.codec_context.sample_aspect_ratio = Fraction(16, 15)
        for place in range(5):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture(place), format="rgb24")))
        container.mux(stream.encode())
    facts = shown(path).facts
    assert (facts.width, facts.height, facts.note) == (160, 96, "pixels of 16:15, shown as stored")


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("ten-bit.mp4", Film(times=STEADY, codec="libx264", pixels="yuv420p10le")),
        ("fields.mp4", Film(times=STEADY, options=(("flags", "+ildct+ilme"), ("bf", "0")))),
        ("mpeg4.mp4", Film(times=STEADY, codec="mpeg4", options=(("bf", "2"),), ticks=25)),
        ("broadcast.ts", Film(times=STEADY)),
    ],
)
def test_what_decoders_disagree_about_is_left_to_pyav(
    name: str, made: Film, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoders, "asked", lambda: "decord")
    decoded = shown(film(tmp_path / name, made))
    assert decoded.facts.decoder == "pyav"
    assert numbers(decoded) == list(range(len(STEADY)))


def test_far_frames_of_a_stream_without_an_index_are_found(tmp_path: Path) -> None:
    made = Film(times=[40 * i for i in range(250)], options=(("g", "25"), ("bf", "2")))
    for name in ("a.ts", "a.mkv", "a.mpg"):
        path = film(tmp_path / name, made if name != "a.mpg" else Film(times=made.times, codec="mpeg2video", ticks=25))
        assert numbers(shown(path, Frames(policy="times", times=(0.4, 6.0, 8.0, 9.9)))) == [10, 150, 200, 247], name


def test_frames_before_the_first_key_frame_are_none(tmp_path: Path) -> None:
    """A piece that was cut out of a broadcast begins in the middle of a group of frames."""
    whole = film(tmp_path / "whole.ts", Film(times=STEADY, options=(("g", "12"), ("bf", "0"), ("sc_threshold", "0"))))
    path = tmp_path / "cut.ts"
    with av.open(str(whole)) as container, av.open(str(path), "w") as out:
        stream = out.add_stream_from_template(container.streams.video[0])
        for packet in list(container.demux(video=0))[5:]:
            if packet.dts is not None:
                packet.stream = stream
                out.mux(packet)
    line = timeline.of_file(path)
    assert (len(line.times), line.times[0], line.plain) == (len(STEADY) - 12, 0.0, False)
    assert numbers(shown(path)) == list(range(12, len(STEADY)))


ONE = 1 << 16
TURNS = {
    "mirrored": ((-ONE, 0, 0, ONE), lambda found: found[:, ::-1]),
    "on its head": ((-ONE, 0, 0, -ONE), lambda found: found[::-1, ::-1]),
    "upside down": ((ONE, 0, 0, -ONE), lambda found: found[::-1]),
    "to the right": ((0, ONE, -ONE, 0), lambda found: np.rot90(found, -1)),
    "to the left": ((0, -ONE, ONE, 0), np.rot90),
    "to the right, mirrored": ((0, ONE, ONE, 0), lambda found: found.transpose(1, 0, 2)),
}


@pytest.mark.parametrize("decoder", [n for n, lib in decoders.DECODERS.items() if importlib.util.find_spec(lib)])
@pytest.mark.parametrize("turn", TURNS)
def test_a_track_header_turns_and_mirrors(
    turn: str, decoder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FFmpeg tells a mirror as half a turn, by which a clip would be seen upside down."""
    (a, b, c, d), seen = TURNS[turn]
    path = film(tmp_path / "a.mp4", Film(times=STEADY[:5]))
    data = bytearray(path.read_bytes())
    at = data.index(b"tkhd") + 4 + 40
    assert struct.unpack_from(">9i", data, at)[:5] == (ONE, 0, 0, 0, ONE)
    struct.pack_into(">9i", data, at, a, b, 0, c, d, 0, 0, 0, 1 << 30)
    path.write_bytes(data)
    line = timeline.of_file(path)
    monkeypatch.setenv(decoders.ASKED, decoder)
    (found,) = decoders.decode(decoders.chosen(path, line), path, line, [3])
    expected = seen(picture(3))
    assert found.shape == expected.shape
    assert np.abs(found.astype(int) - expected).mean() < 4


# -- sound -----------------------------------------------------------------------------------------------------------


def test_six_channels_are_mixed(tmp_path: Path) -> None:
    channels = np.stack([tone(1.0) * (place == 2) for place in range(6)], axis=1)
    soundfile.write(tmp_path / "a.wav", channels, 16_000, subtype="FLOAT")
    decoded = heard(tmp_path / "a.wav")
    assert np.abs(decoded.payload - tone(1.0) / 6).max() < 1e-6
    assert decoded.facts.note == "6 channels mixed"


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_24", "DOUBLE", "ULAW"])
@pytest.mark.parametrize("channels", [1, 2])
def test_any_depth_of_any_channels(subtype: str, channels: int, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", np.stack([tone(0.5)] * channels, axis=1), 16_000, subtype=subtype)
    assert np.abs(heard(tmp_path / "a.wav").payload - tone(0.5)).max() < 1 / 40


def joined(path: Path, rates: Sequence[int], layouts: Sequence[str]) -> Path:
    """Write a broadcast whose sound changes its rate or channels: the packets of several files in one."""
    with path.open("wb") as out:
        for place, (rate, layout) in enumerate(zip(rates, layouts, strict=True)):
            part = path.with_name(f"{place}.aac")
            with av.open(str(part), "w", format="adts") as container:
                voice = container.add_stream("aac", rate=rate, layout=layout)
                samples = np.stack([tone(2.0, rate)] * voice.codec_context.channels)
                sound = av.AudioFrame.from_ndarray(samples, format="fltp", layout=layout)
                sound.rate, sound.pts = rate, 0
                container.mux(voice.encode(sound))
                container.mux(voice.encode())
            out.write(part.read_bytes())
    return path


@pytest.mark.parametrize(
    ("rates", "layouts", "note"),
    [
        ((48_000, 16_000), ("mono", "mono"), "its rate changes (48,000, 16,000 Hz)"),
        ((16_000, 16_000), ("mono", "stereo"), None),
    ],
)
def test_a_sound_that_changes_on_the_way(
    rates: Sequence[int], layouts: Sequence[str], note: str | None, tmp_path: Path
) -> None:
    decoded = heard(joined(tmp_path / "a.aac", rates, layouts))
    assert decoded.facts.seconds == pytest.approx(4.0, abs=0.3)
    for part in (decoded.payload[8_000:24_000], decoded.payload[44_000:60_000]):
        assert np.abs(np.fft.rfft(part)).argmax() == pytest.approx(440, abs=3)
        assert np.sqrt(np.mean(part**2)) == pytest.approx(0.354, abs=0.03)
    assert note is None or note in (decoded.facts.note or "")


def test_a_gap_in_a_sound_is_no_torn_file(tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    with av.open(str(path), "w") as container:
        voice = container.add_stream("flac", rate=16_000, layout="mono")
        for begin in (0, 5):
            samples = (tone(1.0)[None] * 32_000).astype(np.int16)
            sound = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
            sound.rate, sound.pts, sound.time_base = 16_000, begin * 16_000, Fraction(1, 16_000)
            container.mux(voice.encode(sound))
        container.mux(voice.encode())
    assert heard(path, start_s=0.5, end_s=5.5).facts.seconds == pytest.approx(1.0, abs=0.1)


def test_a_sound_alone_in_a_container_of_clips(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    with av.open(str(path), "w") as container:
        voice = container.add_stream("aac", rate=16_000, layout="mono")
        sound = av.AudioFrame.from_ndarray(tone(1.0)[None], format="fltp", layout="mono")
        sound.rate, sound.pts = 16_000, 0
        container.mux(voice.encode(sound))
        container.mux(voice.encode())
    assert heard(path).facts.seconds == pytest.approx(1.0, abs=0.07)
    with pytest.raises(MediaError, match="no pictures"):
        shown(path)
