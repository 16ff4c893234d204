"""Proof of input: a server that leaves media out answers all the same, and is found out by its own token counts."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import affectbench as ab
from affectbench import cache
from affectbench.asking import Asking
from affectbench.errors import FatalModelError
from affectbench.proof import KIND, Proof, prove, refused, without
from affectbench.records import read_manifest, read_outcomes
from affectbench.specs.model import ModelSpec
from affectbench.types import Decoded, Facts, Parsed, Problem, Prompt, Response, Sample, Usage
from tests.flow.flows import LABELS, affectbench, arguments, colours
from tests.questions import picture, prompt, shown
from tests.stub_server import Plan, StubServer

Tokens = Callable[[Prompt], int | None]


class Counting:
    """A model of the caller's own that says how many tokens it was sent, as `tokens` has it."""

    observes = True
    in_flight = 4

    def __init__(self, tokens: Tokens, **reply: Any) -> None:
        self.card = ModelSpec(name="counting", backend="own", id="counting")
        self.tokens, self.reply = tokens, reply
        self.asked: list[Prompt] = []

    async def __aenter__(self) -> Counting:
        return self

    async def __aexit__(self, *_: object) -> None:
        return None

    async def generate(self, prompt: Prompt) -> Response:
        self.asked.append(prompt)
        count = self.tokens(prompt)
        usage = None if count is None else Usage(prompt_tokens=count)
        return Response(**{"text": LABELS[0], "usage": usage, **self.reply})


def media_in(prompt: Prompt) -> int:
    return sum(part.media is not None for message in prompt.messages for part in message.parts)


def seeing(prompt: Prompt) -> int:
    return 20 + 100 * media_in(prompt)


def blind(prompt: Prompt) -> int:
    return 20


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    return colours(tmp_path / "plugin")


def run(plugin: Path, model: Any, **more: Any) -> ab.Run:
    data = {"colours": plugin / "data"}
    return ab.run("colours", model, data=data, plugins=[plugin], out=plugin.parent / "runs", **more)


def folder(plugin: Path) -> Path:
    (found,) = (plugin.parent / "runs").rglob("manifest.json")
    return found.parent


def test_one_probe_without_media_shows_that_the_media_are_taken_in(plugin: Path) -> None:
    model = Counting(seeing)
    done = run(plugin, model, cached=False)
    assert [media_in(asked) for asked in model.asked] == [1, 0] + [1] * 11
    proof = read_manifest(done.folder)["proof"]
    assert proof == done.results["proof"]
    assert proof == {
        "state": "shown", "sample": "s0000", "with_media": 120, "without": {"image": 20}, "compared": 1, "failed": 0,
    }  # fmt: skip
    assert done.spent.calls == 13 and done.spent.prompt_tokens == 12 * 120 + 20
    assert len(list(read_outcomes(done.folder))) == 12  # the probe is no sample


def test_the_probe_is_paid_once(plugin: Path) -> None:
    run(plugin, Counting(seeing))
    again = Counting(seeing)
    done = run(plugin, again, fresh=True)
    assert again.asked == []
    assert done.results["proof"]["state"] == "shown" and done.spent.cached == 13


@pytest.mark.parametrize("count", [None, 0])
def test_no_usage_is_not_shown_and_no_error(plugin: Path, count: int | None) -> None:
    model = Counting(lambda _: count)
    done = run(plugin, model)
    assert len(model.asked) == 12  # nothing to compare with
    assert done.results["proof"] == {
        "state": "not shown", "compared": 0, "failed": 0, "reason": "the replies say nothing of the prompt's tokens",
    }  # fmt: skip
    assert done.results["status"]["ok"] == 12


def test_a_probe_that_is_not_answered_shows_nothing(plugin: Path) -> None:
    class NeedsPictures(Counting):
        async def generate(self, prompt: Prompt) -> Response:
            if not media_in(prompt):
                raise FatalModelError("this model wants a picture")
            return await super().generate(prompt)

    done = run(plugin, NeedsPictures(seeing))
    assert done.results["proof"]["state"] == "not shown"
    assert done.results["status"]["ok"] == 12


def test_five_that_fail_to_rise_stop_the_run(plugin: Path) -> None:
    model = Counting(blind)
    with pytest.raises(FatalModelError, match="the prompt has 20 tokens with all its media and 20 without the image"):
        run(plugin, model)
    assert [media_in(asked) for asked in model.asked] == [1, 0, 1, 1, 1, 1]  # the words are the same: one probe
    manifest = read_manifest(folder(plugin))
    assert manifest["proof"]["state"] == "not consumed" and manifest["proof"]["failed"] == 5
    assert manifest["sealed"] is False and manifest["spent"]["calls"] == 6
    outcomes = list(read_outcomes(folder(plugin)))
    assert [(o.status, o.error and o.error.kind) for o in outcomes] == [("api_error", KIND)] * 5


def test_what_was_answered_blind_is_neither_kept_nor_final(plugin: Path) -> None:
    with pytest.raises(FatalModelError):
        run(plugin, Counting(blind))
    mended = Counting(seeing)
    done = run(plugin, mended)
    assert len(mended.asked) == 13  # nothing came from the cache
    assert done.results["status"]["ok"] == 12 and done.results["proof"]["state"] == "shown"


def test_fewer_samples_than_five_that_all_fail_stop_the_run_too(plugin: Path) -> None:
    with pytest.raises(FatalModelError, match="all of the first 3 samples"):
        run(plugin, Counting(blind), limit=3)


def test_a_later_sample_may_show_it(plugin: Path) -> None:
    model = Counting(lambda p: 20 if p.sample_id in ("s0000", "s0001") else seeing(p))
    done = run(plugin, model, cached=False)
    assert done.results["proof"] == {
        "state": "shown", "sample": "s0002", "with_media": 120, "without": {"image": 20}, "compared": 3, "failed": 2,
    }  # fmt: skip
    assert len(model.asked) == 13 and done.results["status"]["ok"] == 12


def test_each_sample_is_compared_with_its_own_words(plugin: Path) -> None:
    task = plugin / "tasks/own/colours.yaml"
    (plugin / "prompts/choice").mkdir(parents=True)
    words = "user: \"{{ media }} {{ labels | join(', ') }}\"\n"
    (plugin / "prompts/choice/words.yaml").write_text(f"title: Options only\n{words}")
    shuffled = task.read_text().replace("{form: choice}", "{form: choice, order: shuffled}")
    task.write_text(f"{shuffled}prompt: choice/words\n")

    def by_length(asked: Prompt) -> int:
        return sum(map(ord, asked.messages[0].text.replace("<image:face>", "").strip()[:3]))

    with pytest.raises(FatalModelError, match="input not consumed"):
        run(plugin, (model := Counting(by_length)))
    assert sum(media_in(asked) == 0 for asked in model.asked) > 1  # other words have another count


def test_broken_media_are_passed_over(plugin: Path) -> None:
    for name in ("s0000", "s0001"):
        (plugin / f"data/{name}.png").write_bytes(b"no picture")
    done = run(plugin, Counting(seeing))
    assert done.results["proof"]["sample"] == "s0002"
    assert done.results["status"] | {"ok": 10, "media_error": 2} == done.results["status"]


def test_a_server_that_is_down_shows_nothing_and_is_met_by_the_run(plugin: Path) -> None:
    model = Counting(seeing, text=None, error=Problem(stage="model", kind="bad_request", message="no"))
    done = run(plugin, model)
    assert done.results["proof"] == {"state": "not shown", "compared": 0, "failed": 0, "reason": "no"}
    assert done.results["status"]["api_error"] == 12


def test_a_run_that_showed_it_does_not_ask_again(plugin: Path) -> None:
    file = plugin / "data/s0011.png"
    kept = file.read_bytes()
    file.unlink()
    run(plugin, Counting(seeing), cached=False)
    file.write_bytes(kept)
    again = Counting(seeing)
    run(plugin, again, cached=False)
    assert [asked.sample_id for asked in again.asked] == ["s0011"]


def test_a_task_of_text_alone_has_nothing_to_prove(plugin: Path) -> None:
    task = plugin / "tasks/own/colours.yaml"
    task.write_text(task.read_text() + "sees: text\n")
    model = Counting(blind)
    done = run(plugin, model, cached=False)
    assert len(model.asked) == 12 and done.results["proof"] is None


def test_a_baseline_is_not_proven(plugin: Path) -> None:
    assert run(plugin, "baseline:majority").results["proof"] is None


def test_it_is_said_beside_the_score(plugin: Path, tmp_path: Path) -> None:
    with StubServer() as server:
        done = affectbench(*arguments(plugin, f"openai:m@{server.url}", tmp_path / "runs"))
        assert "input not shown" not in done.out
        assert "input consumed, shown: sample s0000:" in affectbench("show", tmp_path / "runs").out
    found = affectbench("show", run(plugin, Counting(lambda _: None)).folder).out
    assert "(input not shown)" in found
    assert "input consumed, not shown: the replies say nothing of the prompt's tokens" in found


def test_a_server_that_drops_pictures_is_found_out(plugin: Path, tmp_path: Path) -> None:
    """The stub counts text alone, as a server whose template has no place for pictures does."""

    def usage(request: dict[str, Any]) -> dict[str, int]:
        pieces = [p for m in request["messages"] for p in (m["content"] if isinstance(m["content"], list) else [])]
        texts = [p["text"] for p in pieces if p["type"] == "text"]
        texts += [m["content"] for m in request["messages"] if isinstance(m["content"], str)]
        return {"prompt_tokens": len("".join(texts)), "completion_tokens": 1}

    with StubServer(Plan(usage=usage)) as server:
        done = affectbench(*arguments(plugin, f"openai:m@{server.url}", tmp_path / "runs"))
        assert done.code == 1 and "input not consumed" in done.err
        assert server.count["requests"] == 6


def test_a_model_that_changes_midway_is_told(plugin: Path, tmp_path: Path) -> None:
    served = iter(["m-1"] * 6 + ["m-2"] * 20)

    class Moving(Counting):
        async def generate(self, prompt: Prompt) -> Response:
            return (await super().generate(prompt)).model_copy(update={"served": next(served)})

    done = run(plugin, Moving(seeing))
    assert done.results["served"] == {"m-1": 5, "m-2": 7}  # one of the first six was the probe
    told = affectbench("show", done.folder).out
    assert "the model changed midway" in told and "answers by m-1 5, m-2 7" in told


def test_a_prompt_without_its_media_keeps_words_and_settings() -> None:
    asked = prompt("a", "Look: ", shown(picture()), "What does it show?", seed=3)
    bare = without(asked, "image")
    assert [m.text for m in bare.messages] == ["Answer with one word.", "Look: What does it show?"]
    assert bare.settings == asked.settings and bare.digest != asked.digest
    assert len(without(prompt("a", shown(picture())), "image").messages) == 1  # a picture alone leaves no message


def sound() -> Decoded:
    return Decoded(facts=Facts(name="voice", kind="audio", source="a.wav", digest="sha256:1"), payload=())


async def _each(heard: int) -> Proof:
    """Prove a model that sees pictures, and takes in so many tokens of sound."""

    def tokens(asked: Prompt) -> int:
        kinds = [part.media.facts.kind for message in asked.messages for part in message.parts if part.media]
        return 20 + 100 * kinds.count("image") + heard * kinds.count("audio")

    def render(sample: Sample, repeat: int, media: object) -> Prompt:
        return prompt(sample.id, shown(picture()), sound(), "What is felt?")

    asking = Asking(
        model=Counting(tokens),
        locate=lambda _: None,
        render=render,
        read=lambda _: lambda _: Parsed(status="ok", value="fear", rule="r"),
    )
    return await prove(asking, [(Sample(id=f"s{n}"), 0) for n in range(6)])


def test_a_model_that_leaves_out_one_kind_of_two_is_found_out() -> None:
    """A picture alone makes the count rise: each kind has to."""
    heard = asyncio.run(_each(50))
    assert (heard.state, heard.with_media, heard.without) == ("shown", 170, {"audio": 120, "image": 70})
    deaf = asyncio.run(_each(0))
    assert (deaf.state, deaf.with_media, deaf.without) == ("not consumed", 120, {"audio": 120, "image": 20})
    assert str(refused(deaf, "m")).startswith(
        "m: input not consumed: the prompt has 120 tokens with all its media and 120 without the audio, and so in all"
    )


def test_held_replies_reach_the_cache_only_when_kept(tmp_path: Path) -> None:
    with cache.open(tmp_path / "c.sqlite") as kept:
        held = cache.Held(kept)
        held.put("k", Response(text="fear"))
        assert kept.get("k") is None
        held.keep()
        assert kept.get("k") == held.get("k") == Response(text="fear")


def test_the_proof_is_in_the_document(plugin: Path, tmp_path: Path) -> None:
    with StubServer() as server:
        done = affectbench(*arguments(plugin, f"openai:m@{server.url}", tmp_path / "runs", "--json"))
    (found,) = json.loads(done.out)["runs"]
    assert found["proof"]["state"] == "shown" and found["served"] == {"m-2026-01-01": 12}
