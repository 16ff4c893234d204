"""`affectbench doctor`: does this installation work? The real imports are tried, since `pip check` sees less."""

from __future__ import annotations

import importlib
import os
import platform
import shutil
import sys
from dataclasses import asdict, dataclass

import click

from affectbench.cli import printing

BASE = "the base"
MODULES = {
    "pydantic": BASE, "yaml": BASE, "jinja2": BASE, "numpy": BASE, "pandas": BASE, "PIL": BASE, "av": BASE,
    "soundfile": BASE, "soxr": BASE, "openai": BASE, "aiohttp": BASE,
    "torch": "hf", "transformers": "hf", "accelerate": "hf", "evaluate": "hf",
    "litellm": "litellm", "vllm": "gpu", "torchaudio": "gpu", "torchvision": "gpu", "decord": "video", "cv2": "faces",
    "openpyxl": "data", "scipy": "data", "h5py": "data", "pyarrow": "data", "datasets": "data",
    "ray": "ray", "sacrebleu": "text", "rouge_score": "text",
}  # fmt: skip


@dataclass
class Finding:
    """One thing that was tried. `state` is `ok`, `absent` or `broken`."""

    name: str
    extra: str
    state: str
    detail: str


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def doctor(as_json: bool) -> None:
    """Try the imports, the caches and the devices that runs need.

    Exit code 1 if something is broken; what is merely absent is an extra that is not installed.
    """
    findings = [_module(name, extra) for name, extra in MODULES.items()]
    findings += [_cache(), *_devices(findings)]
    if as_json:
        printing.document({"schema": 1, "python": platform.python_version(), "findings": [asdict(f) for f in findings]})
    else:
        click.echo(f"Python {platform.python_version()} on {platform.platform()}")
        printing.columns(([f.state, f.name, f.extra, f.detail] for f in findings), ["state", "what", "extra", ""])
    if any(f.state == "broken" for f in findings):
        sys.exit(1)


def _module(name: str, extra: str) -> Finding:
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # else that import asks the network for prices
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != name:
            return Finding(name, extra, "broken", f"needs {error.name}, which is not installed")
        state = "broken" if extra == BASE else "absent"
        return Finding(name, extra, state, "" if extra == BASE else f"pip install 'affectbench[{extra}]'")
    except Exception as error:  # noqa: BLE001 - any failure of a foreign import is what is looked for
        return Finding(name, extra, "broken", f"{type(error).__name__}: {str(error).splitlines()[0][:120]}")
    return Finding(name, extra, "ok", str(getattr(module, "__version__", "")))


def _cache() -> Finding:
    from affectbench.paths import cache_folder

    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ".doctor").write_text("")
        (folder / ".doctor").unlink()
        free = shutil.disk_usage(folder).free / 1e9
    except OSError as error:
        return Finding("cache folder", BASE, "broken", f"{folder}: {error.strerror}; move it with AFFECTBENCH_CACHE")
    return Finding("cache folder", BASE, "ok", f"{folder}, {free:.1f} GB free")


def _devices(findings: list[Finding]) -> list[Finding]:
    """Say what torch would run on; the known clash of CUDA torchaudio or torchvision with a CPU torch is named."""
    state = {f.name: f.state for f in findings}
    if state["torch"] != "ok":
        return []
    import torch

    gpus = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
    found = [Finding("device", "hf", "ok", ", ".join(gpus) or f"CPU, {torch.get_num_threads()} threads")]
    if not gpus and "broken" in (state["torchaudio"], state["torchvision"]):
        detail = "a CUDA torchaudio or torchvision beside a CPU torch breaks transformers: pip uninstall it"
        found.append(Finding("torch family", "hf", "broken", detail))
    return found
