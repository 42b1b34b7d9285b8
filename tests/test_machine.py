"""The machine is read from its own files: fake roots stand in for hosts, containers and clouds."""

import contextlib
import os
import platform
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compute import machine

GIB = 2**30
CGROUP2 = "0::/user.slice/app.service\n"
CGROUP1 = "9:name=systemd:/\n4:memory:/box/job\n3:cpuset:/\n1:cpu,cpuacct:/box/job\n0::/\n"


def make_root(path: Path, files: dict[str, str], total_gib: float = 16, available_gib: float = 8) -> Path:
    """A file system with /proc/meminfo and the given files."""
    meminfo = f"MemTotal: {int(total_gib * GIB / 1024)} kB\nMemAvailable: {int(available_gib * GIB / 1024)} kB\n"
    for name, text in {"proc/meminfo": meminfo, **files}.items():
        file = path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return path


def memory_gib(root: Path) -> float:
    return machine.describe({}, root).memory_gib


@pytest.fixture
def eight_cpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(8)))


# Memory


def test_without_a_cgroup_the_host_counts(tmp_path: Path) -> None:
    root = make_root(tmp_path, {})
    assert memory_gib(root) == 16
    assert machine.memory_available_gib(root) == 8


def test_cgroup2_limit_and_usage(tmp_path: Path) -> None:
    own = "sys/fs/cgroup/user.slice/app.service"
    root = make_root(
        tmp_path,
        {
            "proc/self/cgroup": CGROUP2,
            f"{own}/memory.max": f"{2 * GIB}\n",
            f"{own}/memory.current": f"{GIB}\n",
        },
    )
    assert memory_gib(root) == 2
    assert machine.memory_available_gib(root) == 1


def test_file_cache_that_can_be_dropped_is_not_used_memory(tmp_path: Path) -> None:
    own = "sys/fs/cgroup/user.slice/app.service"
    root = make_root(
        tmp_path,
        {
            "proc/self/cgroup": CGROUP2,
            f"{own}/memory.max": f"{2 * GIB}\n",
            f"{own}/memory.current": f"{GIB}\n",
            f"{own}/memory.stat": f"anon {GIB // 2}\nfile {GIB // 2}\ninactive_file {GIB // 4}\n",
        },
    )
    assert machine.memory_available_gib(root) == 1.25


def test_the_tightest_of_nested_cgroups_counts(tmp_path: Path) -> None:
    """The own group is unlimited, its parent is tight, the root generous."""
    root = make_root(
        tmp_path,
        {
            "proc/self/cgroup": CGROUP2,
            "sys/fs/cgroup/user.slice/app.service/memory.max": "max\n",
            "sys/fs/cgroup/user.slice/memory.max": f"{GIB}\n",
            "sys/fs/cgroup/user.slice/memory.current": f"{GIB // 4}\n",
            "sys/fs/cgroup/memory.max": f"{4 * GIB}\n",
            "sys/fs/cgroup/memory.current": f"{GIB // 2}\n",
        },
    )
    assert memory_gib(root) == 1
    assert machine.memory_available_gib(root) == 0.75


def test_memory_high_counts_as_a_limit(tmp_path: Path) -> None:
    root = make_root(
        tmp_path,
        {
            "proc/self/cgroup": "0::/\n",
            "sys/fs/cgroup/memory.max": f"{2 * GIB}\n",
            "sys/fs/cgroup/memory.high": f"{GIB}\n",
            "sys/fs/cgroup/memory.current": "0\n",
        },
    )
    assert memory_gib(root) == 1


def test_cgroup1_limit_and_usage(tmp_path: Path) -> None:
    own = "sys/fs/cgroup/memory/box/job"
    root = make_root(
        tmp_path,
        {
            "proc/self/cgroup": CGROUP1,
            "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
            "sys/fs/cgroup/memory/memory.usage_in_bytes": f"{5 * GIB}\n",
            f"{own}/memory.limit_in_bytes": f"{690 * 2**20}\n",
            f"{own}/memory.usage_in_bytes": f"{90 * 2**20}\n",
            f"{own}/memory.stat": f"inactive_file 1\ntotal_inactive_file {10 * 2**20}\n",
        },
    )
    assert memory_gib(root) == pytest.approx(690 / 1024)
    assert machine.memory_available_gib(root) == pytest.approx(610 / 1024)


def test_cgroup1_in_a_container_that_sees_the_hosts_path(tmp_path: Path) -> None:
    root = make_root(
        tmp_path,
        {
            "proc/self/cgroup": "4:memory:/docker/0123abcd\n",
            "sys/fs/cgroup/memory/memory.limit_in_bytes": f"{3 * GIB}\n",
        },
    )
    assert memory_gib(root) == 3


def test_a_full_cgroup_leaves_nothing_and_not_less(tmp_path: Path) -> None:
    root = make_root(
        tmp_path,
        {"sys/fs/cgroup/memory.max": f"{GIB}\n", "sys/fs/cgroup/memory.current": f"{GIB + 1}\n"},
    )
    assert machine.memory_available_gib(root) == 0


def test_a_host_with_less_memory_than_its_cgroup(tmp_path: Path) -> None:
    root = make_root(tmp_path, {"sys/fs/cgroup/memory.max": f"{64 * GIB}\n"})
    assert memory_gib(root) == 16
    assert machine.memory_available_gib(root) == 8


def test_macos_memory_from_vm_stat() -> None:
    text = (
        "Mach Virtual Memory Statistics: (page size of 16384 bytes)\n"
        "Pages free:                               1000.\n"
        "Pages active:                           500000.\n"
        "Pages inactive:                           3000.\n"
        "Pages speculative:                          96.\n"
    )
    assert machine._vm_stat_available_bytes(text) == 4096 * 16384
    assert machine._vm_stat_available_bytes("") == 0


# CPUs


@pytest.mark.usefixtures("eight_cpus")
@pytest.mark.parametrize(
    ("files", "cpus"),
    [
        ({}, 8),
        ({"sys/fs/cgroup/cpu.max": "max 100000\n"}, 8),
        ({"sys/fs/cgroup/cpu.max": "50000 100000\n"}, 0.5),
        ({"sys/fs/cgroup/cpu.max": "1600000 100000\n"}, 8),
        ({"sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1", "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000"}, 8),
        (
            {"sys/fs/cgroup/cpu/cpu.cfs_quota_us": "250000", "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000"},
            2.5,
        ),
        (
            {
                "proc/self/cgroup": CGROUP1,
                "sys/fs/cgroup/cpu,cpuacct/box/job/cpu.cfs_quota_us": "300000",
                "sys/fs/cgroup/cpu,cpuacct/box/job/cpu.cfs_period_us": "100000",
                "sys/fs/cgroup/cpu,cpuacct/box/cpu.cfs_quota_us": "100000",
                "sys/fs/cgroup/cpu,cpuacct/box/cpu.cfs_period_us": "100000",
            },
            1,
        ),
        (
            {
                "proc/self/cgroup": CGROUP2,
                "sys/fs/cgroup/user.slice/cpu.max": "200000 100000\n",
                "sys/fs/cgroup/user.slice/app.service/cpu.max": "max 100000\n",
            },
            2,
        ),
    ],
)
def test_cpu_quota(tmp_path: Path, files: dict[str, str], cpus: float) -> None:
    assert machine.describe({}, make_root(tmp_path, files)).cpu_count == cpus


@pytest.mark.parametrize(
    ("cpuinfo", "model"),
    [
        ("processor\t: 0\nmodel name\t: AMD EPYC   7763 64-Core Processor\nflags\t: avx2\n", None),
        ("processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: 0xd0c\n", "ARM Neoverse N1"),
        ("processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: 0xfff\n", platform.machine()),
        ("model name\t: \nflags\t: avx2\n", platform.machine()),
        ("", platform.machine()),
    ],
)
def test_cpu_model(tmp_path: Path, cpuinfo: str, model: str | None) -> None:
    root = make_root(tmp_path, {"proc/cpuinfo": cpuinfo})
    assert machine.describe({}, root).cpu_model == (model or "AMD EPYC 7763 64-Core Processor")


# Platform

AZURE = {"sys/class/dmi/id/chassis_asset_tag": "7783-7084-3265-9085-8269-3286-77\n"}


@pytest.mark.parametrize(
    ("environ", "files", "expected"),
    [
        ({}, {}, "Local"),
        ({"COLAB_RELEASE_TAG": "release-colab_20260901"}, {}, "Google Colab"),
        ({"COLAB_GPU": ""}, {}, "Google Colab"),
        ({"KAGGLE_KERNEL_RUN_TYPE": "Interactive"}, {}, "Kaggle"),
        ({"KAGGLE_URL_BASE": "https://www.kaggle.com", "COLAB_RELEASE_TAG": "x"}, {}, "Kaggle"),
        ({"PAPERSPACE_NOTEBOOK_REPO_ID": "r1"}, {}, "Paperspace"),
        ({"PAPERSPACE_CLUSTER_ID": "c1"}, {}, "Paperspace"),
        ({}, AZURE, "Azure"),
        ({}, {"sys/class/dmi/id/chassis_asset_tag": "None\n"}, "Local"),
        ({"AZUREML_RUN_ID": "run"}, AZURE, "Azure Machine Learning"),
        ({"APPSETTING_WEBSITE_SITE_NAME": "AMLComputeInstance"}, {}, "Azure Machine Learning"),
        ({"APPSETTING_WEBSITE_SITE_NAME": "my-shop"}, AZURE, "Azure"),
        ({"DATABRICKS_RUNTIME_VERSION": "16.4"}, AZURE, "Azure Databricks"),
        ({"DATABRICKS_RUNTIME_VERSION": "16.4"}, {}, "Databricks"),
        ({}, {"mount/src/app/app.py": "", "home/adminuser/venv/pyvenv.cfg": ""}, "Streamlit Community Cloud"),
        ({}, {"mount/src/app/app.py": ""}, "Local"),
    ],
)
def test_platform(tmp_path: Path, environ: dict[str, str], files: dict[str, str], expected: str) -> None:
    assert machine.detect_platform(environ, make_root(tmp_path, files)) == expected


def test_a_given_platform_overrides_the_detected_one(tmp_path: Path) -> None:
    root = make_root(tmp_path, AZURE)
    assert machine.describe({}, root, platform=" Lecture hall ").platform == "Lecture hall"
    assert machine.describe({}, root, platform=" ").platform == "Azure"


def test_azure_is_known_by_its_tag_whoever_rents_it_out(tmp_path: Path) -> None:
    assert machine.stands_on_azure(make_root(tmp_path / "a", AZURE))
    assert not machine.stands_on_azure(make_root(tmp_path / "b", {}))


def answering(*parts: bytes, wait_s: float = 0.0) -> tuple[str, list[bytes], threading.Thread]:
    """A metadata service that answers once, in parts with pauses; its address, and what it was asked."""
    asked: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(10)

    def serve() -> None:
        with listener, contextlib.suppress(OSError):
            connection, _ = listener.accept()
            with connection:
                asked.append(connection.recv(4096))
                for part in parts:
                    time.sleep(wait_s)
                    connection.sendall(part)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    return f"http://127.0.0.1:{listener.getsockname()[1]}/size", asked, thread


OK = b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n"


def test_the_size_of_an_azure_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked with the documented header, and past any proxy."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    url, asked, thread = answering(OK + b"Standard_NC4as_T4_v3")
    assert machine.azure_vm_size(url, patience_s=5) == "Standard_NC4as_T4_v3"
    thread.join()
    assert b"\r\nMetadata: true\r\n" in asked[0]


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        OK,
        OK + b"<html>Sign in</html>",
        OK + b"x" * 99,
        OK + b"a/b\n",
        OK + "größe".encode(),
        b"HTTP/1.0 404 Not Found\r\n\r\nStandard_B2s",
        b"nonsense\r\n\r\n",
    ],
)
def test_any_other_answer_is_no_size(answer: bytes) -> None:
    url, _, thread = answering(answer)
    assert machine.azure_vm_size(url, patience_s=5) == ""
    thread.join()


def test_nobody_there_is_no_size() -> None:
    assert machine.azure_vm_size("http://127.0.0.1:9/size") == ""


@pytest.mark.alone
def test_it_waits_no_longer_than_it_says() -> None:
    """Each part comes before a connection would time out; the whole answer does not."""
    url, _, _ = answering(OK, *[bytes([letter]) for letter in b"Standard_B2s"], wait_s=0.15)
    begin = time.monotonic()
    assert machine.azure_vm_size(url) == ""
    assert time.monotonic() - begin < 0.3


def test_nothing_asks_a_network_when_it_is_imported_or_describes_itself() -> None:
    code = """
import socket, sys
def refuse(*_, **__):
    raise SystemExit("a network was asked")
socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse
import compute.__main__, compute.measure.worker, compute.share.live, compute.share.post
from compute import machine
machine.describe()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


# The whole


def test_this_machine_is_described_within_sense() -> None:
    here = machine.describe()
    assert here.python == platform.python_version()
    assert 0 < here.cpu_count <= (os.cpu_count() or 1)
    assert 0 < machine.memory_available_gib() <= here.memory_gib < 100_000
    assert here.os
    assert here.cpu_model


def test_nothing_personal_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = {"HOSTNAME": "annas-laptop", "USER": "anna", "HOME": "/home/anna", "PWD": "/home/anna/thesis"}
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(socket, "gethostname", lambda: secrets["HOSTNAME"])
    monkeypatch.setattr(platform, "node", lambda: secrets["HOSTNAME"])
    root = make_root(tmp_path / "home/anna", {"etc/hostname": secrets["HOSTNAME"]})
    assert "anna" not in repr(machine.describe(os.environ, root))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the release is read on Linux only")
def test_a_kernel_named_after_a_machine_is_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "release", lambda: "6.1.0-annas-laptop")
    root = make_root(tmp_path, {"etc/os-release": 'NAME="x"\nPRETTY_NAME="Debian GNU/Linux 12"\n'})
    assert machine.describe({}, root).os == "Debian GNU/Linux 12, Linux 6.1"


@given(
    cgroup=st.text(max_size=60),
    limit=st.one_of(st.text(max_size=20), st.integers(0, 2**64).map(str)),
    quota=st.text(alphabet="0123456789 maxus-", max_size=20),
)
def test_damaged_files_never_crash(
    tmp_path_factory: pytest.TempPathFactory, cgroup: str, limit: str, quota: str
) -> None:
    cgroup, limit = (text.encode("utf-8", "replace").decode() for text in (cgroup, limit))
    root = make_root(
        tmp_path_factory.mktemp("root"),
        {
            "proc/self/cgroup": cgroup.replace("\x00", ""),
            "sys/fs/cgroup/memory.max": limit,
            "sys/fs/cgroup/cpu.max": quota,
        },
    )
    here = machine.describe({}, root)
    assert 0 <= here.memory_gib <= 16
    assert 0 <= machine.memory_available_gib(root) <= 8
    assert here.cpu_count >= 0


def test_needs_only_the_standard_library() -> None:
    code = "import sys, compute.machine; print(*{'numpy', 'pandas', 'streamlit', 'jax'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
