"""A GPU and a compiler that are not there: scripts that answer as nvidia-smi and nvcc do, put first in PATH."""

from pathlib import Path

SMI = """#!/bin/sh
case "$*" in
  *query-gpu*) echo "{gpu}" ;;
  *query-compute-apps*) printf '{apps}' ;;
esac
"""
NVCC = """#!/bin/sh
case "$1" in
  --version) echo "Cuda compilation tools, release {version}, V{version}.1"; exit 0 ;;
  --list-gpu-arch) printf '{known}'; exit 0 ;;
esac
{then}
"""
# As a program of ours answers; n is what it was asked for.
PROGRAM = """#!/bin/sh
printf '{"name": "%s", "n": %s, "median_s": 0.02, "min_s": 0.019, "max_s": 0.021, "runs": 11, ' "$(basename "$0")" "$1"
printf '"flops": 137438953472, "bytes": 201326592, "max_error": %s, "device": "NVIDIA H200"}\\n' "ERROR"
"""
COMPILES = 'for word; do last=$word; done\ncat > "$last" <<\'END\'\n{program}END\nchmod +x "$last"'
BROKEN = 'echo "matmul.cu(18): error: expected a \\";\\"" >&2\nexit 2'
HANGS = "sleep 60"


def compiles(error: str = "0.0") -> str:
    """What an nvcc does that makes a program whose answer is off by `error`."""
    return COMPILES.replace("{program}", PROGRAM.replace("ERROR", error))


def put(
    folder: Path,
    *,
    then: str | None = None,
    gpu: str = "NVIDIA H200, 9.0, 580.95, 0",
    apps: str = "",
    version: str = "13.0",
    known: str = "compute_75\\ncompute_90\\n",
) -> None:
    """Write both scripts into `folder`; without `then` there is no nvcc."""
    folder.mkdir(exist_ok=True)
    scripts = {"nvidia-smi": SMI.format(gpu=gpu, apps=apps)}
    if then is not None:
        scripts["nvcc"] = NVCC.replace("{version}", version).replace("{known}", known).replace("{then}", then)
    for name, text in scripts.items():
        path = folder / name
        path.write_text(text)
        path.chmod(0o755)
