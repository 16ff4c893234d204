"""A run split over the ranks of torchrun is the run of one process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from affectbench.datasets import Shard
from affectbench.errors import UsageError
from affectbench.ranks import Ranks
from tests.flow.flows import affectbench, arguments, colours

CHECKOUT = Path(__file__).resolve().parents[2]
WITHOUT_TORCHRUN = {name: value for name, value in os.environ.items() if not name.startswith("TORCHELASTIC")}


def test_each_rank_carries_out_its_shard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TORCHELASTIC_RUN_ID", raising=False)
    monkeypatch.setenv("WORLD_SIZE", "4")  # some schedulers set it without torchrun
    assert Ranks.found() == Ranks(0, 1)
    assert Ranks.found().shard(None) is None and Ranks.found().shard(Shard(2, 3)) == Shard(2, 3)
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "none")
    monkeypatch.setenv("RANK", "3")
    assert Ranks.found() == Ranks(3, 4) and not Ranks.found().first
    assert Ranks.found().shard(None) == Shard(4, 4)
    with pytest.raises(UsageError, match="both split"):
        Ranks.found().shard(Shard(1, 4))


def test_only_the_first_rank_shows_a_request(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plugin = colours(tmp_path / "plugin")
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "none")
    monkeypatch.setenv("WORLD_SIZE", "2")
    shown = []
    for rank in "01":
        monkeypatch.setenv("RANK", rank)
        shown.append(affectbench(*arguments(plugin, "baseline:prior", tmp_path / "runs", "--dry-run", "--json")))
    assert len(shown[0].json["requests"]) == 1
    assert (shown[1].code, shown[1].out) == (0, "")


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_two_ranks_make_the_run_of_one(tmp_path: Path) -> None:
    pytest.importorskip("accelerate", reason="the extra hf is not installed")
    plugin = colours(tmp_path / "plugin", n=9)
    one = affectbench(*arguments(plugin, "mini", tmp_path / "one", "--no-cache", "--json"))
    done = torchrun(2, *arguments(plugin, "mini", tmp_path / "two", "--no-cache", "--json"))
    assert done.returncode == 0, done.stderr[-3000:]
    (alone,) = (tmp_path / "one").rglob("results.json")
    (joined,) = [path for path in (tmp_path / "two").rglob("results.json") if "shard" not in path.parent.name]
    assert joined.read_bytes() == alone.read_bytes()
    assert joined.relative_to(tmp_path / "two") == alone.relative_to(tmp_path / "one")
    assert done.stdout.count('"schema"') == 1  # only the first rank reports
    shards = [len(path.read_text().splitlines()) for path in sorted((tmp_path / "two").rglob("shard-*/samples.jsonl"))]
    assert shards == [5, 4]
    assert one.json["runs"][0]["n"] == 9
    assert json.loads(done.stdout)["runs"][0]["seconds"] > 0


def torchrun(ranks: int, *given: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", str(ranks), "--standalone"]
    return subprocess.run(
        [*command, "-m", "affectbench", *map(str, given)],
        capture_output=True, text=True, cwd=CHECKOUT, env=WITHOUT_TORCHRUN, check=False, timeout=240,
    )  # fmt: skip
