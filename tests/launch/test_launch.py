"""The files that start a run on a cluster: well formed, and what they start is a command line that we take."""

import json
import os
import stat
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from compute import __main__ as cli
from compute.measure.together import Place
from compute.share import bundle

FOLDER = Path(__file__).resolve().parents[2] / "data" / "launch"
SLURM = (FOLDER / "slurm.sh").read_text()
SKYPILOT: dict[str, Any] = yaml.safe_load((FOLDER / "skypilot.yaml").read_text())
SERVICE, JOB = yaml.safe_load_all((FOLDER / "kubernetes.yaml").read_text())
SCHEMAS: dict[str, Any] = json.loads(Path(__file__).with_name("skypilot.json").read_text())


@pytest.fixture
def said(tmp_path: Path) -> Any:
    """Runs a script in which every program named writes its arguments down; gives back the options of our run."""

    def run(script: str, stubs: tuple[str, ...], **environment: str) -> Any:
        for stub in stubs:
            path = tmp_path / stub
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f'#!/usr/bin/env bash\nprintf "%s\\n" "$@" >> {tmp_path}/said\n')
            path.chmod(path.stat().st_mode | stat.S_IXUSR)
        ran = subprocess.run(
            ["bash", "-c", script], capture_output=True, text=True, cwd=tmp_path,
            env={"PATH": f"{tmp_path}:{os.environ['PATH']}", "HOME": str(tmp_path), **environment},
        )  # fmt: skip
        assert ran.returncode == 0, ran.stderr
        words = (tmp_path / "said").read_text().splitlines()
        program = next(place for place, word in enumerate(words) if word.endswith(bundle.NAME))
        options = cli._parser().parse_args(words[program + 1 :])
        assert cli._misplaced(options) == ""
        return options

    return run


# --- Slurm ---


def test_the_slurm_script_is_bash_with_its_options_first() -> None:
    assert subprocess.run(["bash", "-n", str(FOLDER / "slurm.sh")], check=False).returncode == 0
    lines = SLURM.splitlines()
    assert lines[0] == "#!/usr/bin/env bash"
    head = [line for line in lines if line.startswith("#SBATCH")]
    first_command = next(at for at, line in enumerate(lines) if line and not line.startswith("#"))
    assert all(lines.index(line) < first_command for line in head)  # sbatch reads no option behind the first command
    options = dict(line.removeprefix("#SBATCH --").partition("=")[::2] for line in head)
    assert options["ntasks-per-node"] == "1"
    assert {"nodes", "gpus-per-node", "time", "output"} <= options.keys()


def test_slurm_starts_one_process_with_all_gpus_of_its_node(said: Any) -> None:
    options = said(
        SLURM, ("srun",), SLURM_SUBMIT_DIR="/shared", SLURM_JOB_ID="7", SLURM_GPUS_ON_NODE="4", PYTHON="python3.12"
    )
    assert (options.suite, options.out, options.distributed) == ("standard", "/shared/many-hands-7.csv", True)
    assert cli._place(options) == Place()  # JAX finds the others


@pytest.mark.parametrize(("gpus", "ids"), [("4", "0,1,2,3"), ("1", "0")])
def test_slurm_tells_jax_which_gpus_it_has(gpus: str, ids: str, said: Any, tmp_path: Path) -> None:
    script = f'{SLURM}\necho "$JAX_LOCAL_DEVICE_IDS" > gpus\n'
    said(script, ("srun",), SLURM_SUBMIT_DIR="/shared", SLURM_JOB_ID="7", SLURM_GPUS_ON_NODE=gpus)
    assert (tmp_path / "gpus").read_text().strip() == ids


# --- Kubernetes ---


def test_the_pods_of_the_job_find_each_other() -> None:
    assert (SERVICE["apiVersion"], SERVICE["kind"]) == ("v1", "Service")
    assert (JOB["apiVersion"], JOB["kind"]) == ("batch/v1", "Job")
    name, service = JOB["metadata"]["name"], SERVICE["metadata"]["name"]
    spec, pod = JOB["spec"], JOB["spec"]["template"]["spec"]
    assert SERVICE["spec"]["clusterIP"] == "None"
    assert SERVICE["spec"]["selector"] == {"job-name": name}
    assert pod["subdomain"] == service
    assert spec["completionMode"] == "Indexed"
    assert (spec["backoffLimit"], pod["restartPolicy"]) == (0, "Never")
    (container,) = pod["containers"]
    environment = {entry["name"]: entry["value"] for entry in container["env"]}
    assert spec["completions"] == spec["parallelism"] == int(environment["PROCESSES"])
    assert f"--coordinator {name}-0.{service}:" in container["args"][0]
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    assert {mount["name"] for mount in container["volumeMounts"]} == set(volumes)
    assert volumes["many-hands"]["configMap"]["name"] == "many-hands"
    assert "nvidia.com/gpu" in container["resources"]["limits"]


def test_a_pod_starts_the_process_of_its_number(said: Any) -> None:
    (container,) = JOB["spec"]["template"]["spec"]["containers"]
    environment = {entry["name"]: entry["value"] for entry in container["env"]}
    assert container["command"] == ["bash", "-c"]
    options = said(container["args"][0], ("python3",), JOB_COMPLETION_INDEX="1", **environment)
    assert cli._place(options) == Place("many-hands-0.many-hands:1234", 2, 1)
    assert (options.suite, options.out) == ("standard", "-")


def test_the_bundle_fits_into_a_config_map() -> None:
    assert len(bundle.build()) < 1_000_000  # of 1 MiB, https://kubernetes.io/docs/concepts/configuration/configmap


# --- SkyPilot ---


def test_the_task_is_one_that_skypilot_takes() -> None:
    jsonschema.validate(SKYPILOT, SCHEMAS["task"])
    jsonschema.validate(SKYPILOT["resources"], SCHEMAS["resources"])


@pytest.mark.parametrize(("part", "wrong"), [("task", {"nodes": 2}), ("resources", {"accelerator": "H200:8"})])
def test_a_misspelt_task_is_none(part: str, wrong: dict[str, Any]) -> None:
    right = SKYPILOT if part == "task" else SKYPILOT["resources"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(right | wrong, SCHEMAS[part])


def test_skypilot_starts_the_process_of_its_node(said: Any, tmp_path: Path) -> None:
    options = said(
        SKYPILOT["run"], ("many-hands/bin/python",), SKYPILOT_NODE_IPS="10.0.0.4\n10.0.0.5", SKYPILOT_NUM_NODES="2",
        SKYPILOT_NODE_RANK="1", **SKYPILOT["envs"],
    )  # fmt: skip
    assert cli._place(options) == Place("10.0.0.4:1234", 2, 1)
    assert options.out == str(tmp_path / "many-hands.csv")
    assert SKYPILOT["file_mounts"] == {f"~/{bundle.NAME}": bundle.NAME}
