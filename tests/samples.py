"""Results for tests. No machine measured them: the devices are called "Example …", the numbers are round."""

from typing import Any

from compute.results import COLUMNS, SCHEMA, Row

CPU_RUN = "20250131-120000-cpu"
GPU_RUN = "20250131-130000-gpu"

_CPU: Row = {
    "run_id": CPU_RUN,
    "measured_at": "2025-01-31T12:00:00Z",
    "platform": "Local",
    "backend": "cpu",
    "device_kind": "cpu",
    "cpu_model": "Example CPU",
    "cpu_count": 2.0,
    "memory_gib": 8.0,
}
_GPU: Row = {
    "run_id": GPU_RUN,
    "measured_at": "2025-01-31T13:00:00Z",
    "platform": "Google Colab",
    "backend": "gpu",
    "device_kind": "Example GPU",
    "chip": "example-gpu",
    "driver": "1.2.3",
    "cpu_model": "Example host CPU",
    "cpu_count": 8.0,
    "memory_gib": 64.0,
    "device_memory_gib": 16.0,
}
_SAME_EVERYWHERE: Row = {
    "schema": SCHEMA,
    "suite": "quick",
    "label": "test data",
    "os": "Linux",
    "python": "3.11.7",
    "jax": "0.10.2",
    "jaxlib": "0.10.2",
    "device_count": 1,
    "devices": 1,
    "hosts": 1,
    "host_processes": 1,
    "cache": "cold",
}
_CLOCKWORK: Row = {
    "status": "measured",
    "verdict": "steady",
    "steps": 4,
    "batches": 12,
    "stop": "converged",
    "drift": 0.001,
    "doubling": 2.0,
    "processes": 1,
    "trace_s": 0.01,
    "lower_s": 0.02,
    "compile_s": 0.3,
    "first_call_s": 0.05,
    "check_error": 1e-7,
    "check_limit": 1e-5,
    "need_gib": 0.25,
    "peak_memory_gib": 0.5,
}


def sample_row(**overrides: Any) -> Row:
    """A valid measured row: 1024 x 1024 fp32 matmul on the example CPU, 0.01 s a step; then the overrides."""
    return _matmul(_CPU, "fp32", 1024, "stream", 0.01) | overrides


def sample_rows() -> list[Row]:
    """Two machines, "Example CPU, 2 cores" and "Example GPU": 44 rows.

    Matmul in three dtypes, sizes and modes, both CNNs as inference and training; on the CPU one row is
    skipped, one failed and one invalid. The GPU is 100 times as fast in matmul fp32, but no faster in a call
    of n = 64.
    """
    rows = [
        _matmul(_CPU, dtype, size, "stream", (size / 1024) ** 3 * seconds)
        for dtype, seconds in (("fp32", 0.01), ("bf16", 0.02), ("fp16", 0.1))
        for size in (64, 512, 1024)
    ]
    rows += [_matmul(_CPU, "fp32", 64, "call", 1e-4), _matmul(_CPU, "fp32", 64, "fused", 2e-6)]
    rows += _cnns(_CPU, 1.0)
    rows += [
        _not_measured(_CPU, "matmul", "square", "fp32", 32768, "skipped", "It needs 12 GiB, and 8 GiB are free."),
        _not_measured(_CPU, "cnn", "alexnet training", "fp32", 256, "failed", "The device ran out of memory."),
        _matmul(_CPU, "fp32", 2048, "stream", 1e-4)
        | {
            "verdict": "invalid",
            "reason": "171.8 TFLOP/s is above 1.02 times the peak.",
            "peak_flop_per_s": 2e11,
        },
    ]
    rows += [
        _matmul(_GPU, dtype, size, "stream", (size / 1024) ** 3 * seconds)
        for dtype, seconds in (("fp32", 1e-4), ("bf16", 2e-5), ("fp16", 2e-5))
        for size in (64, 512, 1024, 2048)
    ]
    rows += [_matmul(_GPU, "fp32", 64, "call", 1e-4), _matmul(_GPU, "fp32", 64, "fused", 1e-6)]
    rows += _cnns(_GPU, 0.02)
    return rows


def limit_rows() -> list[Row]:
    """The example CPU at its limits: triad, peak search, layer shapes, layouts, many dtypes, ResNet-50. 33 rows.

    Memory gives 20 GB/s, and 200 GFLOP/s is the peak in fp32: the ridge is at 10 FLOP/B. AlexNet's first dense layer
    at batch B reaches 80 % of what its intensity allows. int8 gives 400 GOP/s; fp8 this chip does not have; without
    being asked it multiplies in bf16.
    """
    triads = [
        _triad(elements, rate) for elements, rate in ((2**16, 100e9), (2**24, 22e9), (2**26, 20e9), (2**27, 19e9))
    ]
    peaks = [
        _peak("fp32", 1536, 200e9, "layout=nt"),
        _peak("fp64", 1024, 100e9, ""),
        _peak("bf16", 2048, 380e9, ""),
        _peak("int8", 2048, 400e9, "layout=nt"),
    ]
    layouts = [
        _square("int8", 1024, 2e11, ""),
        _square("int8", 1024, 3.8e11, "layout=nt"),
        _square("fp64", 1024, 9e10, ""),
        _square("default", 1024, 3.7e11, "") | {"arithmetic": "bf16", "fingerprint": 3e-3},
        _not_measured(_CPU, "matmul", "square", "fp8_e4m3", 1024, "skipped", "This processor has no fp8_e4m3."),
        _not_measured(_CPU, "matmul", "square", "fp8_e5m2", 1024, "skipped", "This processor has no fp8_e5m2."),
    ]
    layers = [_dense(batch) for batch in (1, 8, 32, 256)]
    networks = [
        _timed(
            _row(_CPU, "cnn", f"{model} {task}", dtype, batch, "stream"),
            factor * flops * batch,
            1e8 + 2e7 * batch,
            float(batch),
            factor * flops * batch / (rate * batch / (batch + 1)),
        )
        | {"options": "xla_cpu_example=True", "formulation": "layout=NHWC;pool=shifted"}
        for model, flops in (("resnet50", 8.2e9),)
        for task, factor in (("inference", 1.0), ("training", 3.0))
        for dtype, rate in (("fp32", 1.5e11), ("bf16", 2e11), ("fp16", 5e10))
        for batch in (1, 8)
    ]
    missing = [
        _not_measured(_CPU, "cnn", "resnet50 training", "fp32", 512, "skipped", "It needs 12 GiB, and 8 GiB are free."),
        _not_measured(_CPU, "cnn", "resnet50 inference", "tf32", 8, "skipped", "This processor has no tf32."),
        _dense(512) | {"verdict": "invalid", "reason": "The answer is wrong."},
    ]
    return triads + peaks + layouts + layers + networks + missing


def device_rows() -> list[Row]:
    """Four example GPUs of one host: 27 rows.

    A product loses 5 % of each device's rate with each doubling in strong scaling, AlexNet 2 % in weak scaling. An
    all-reduce of S bytes between d devices takes 10 µs and S / (100 GB/s) x 2 (d - 1) / d. A batch of 1023 does not
    divide over 2 and 4 devices.
    """
    machine = _GPU | {"device_count": 4}
    rows = []
    for doublings, devices in enumerate((1, 2, 4)):
        seconds = 2.0 * 4096**3 / (1e12 * devices * (1 - 0.05 * doublings))
        row = _spread(machine, "matmul_sharded", "strong", "bf16", 4096, devices)
        rows.append(_timed(row, 2.0 * 4096**3, 3.0 * 2 * 4096**2, 1.0, seconds))
        seconds = 128 / (1000 * (1 - 0.02 * doublings))
        row = _spread(machine, "cnn_parallel", "alexnet weak", "bf16", 128, devices)
        rows.append(_timed(row, 4e9 * 128 * devices, 1e9 * devices, 128.0 * devices, seconds))
    for devices in (2, 4):
        row = _spread(machine, "cnn_parallel", "alexnet strong", "bf16", 1023, devices)
        reason = f"Skipped: 1,023 images do not divide over {devices} devices."
        rows.append(row | {"status": "skipped", "reason": reason, "need_gib": 1.0})
    for devices in (2, 4):
        for kind, passes in (("all-reduce", 2), ("all-gather", 1), ("all-to-all", 1)):
            for size in (2**12, 2**20, 2**28):
                sent = passes * size * (devices - 1) // devices
                row = _spread(machine, "collectives", kind, "fp32", size, devices)
                rows.append(_timed(row, 0.0, float(sent), float(size), 1e-5 + sent / 1e11))
    return rows


def _spread(machine: Row, workload: str, variant: str, dtype: str, size: int, devices: int) -> Row:
    row = _row(machine, workload, variant, dtype, size, "stream")
    params = f"devices={devices}"
    between = {"params": params, "case": f"{row['case']} {params}", "devices": devices}
    return row | between | {"collectives": 1 if devices > 1 else None}


def job_rows() -> list[Row]:
    """The jobs on the example CPU, on one core of it, and on the example GPU, with a triad of the CPU: 22 rows.

    The CPU does each job 1.8 times as fast as its core and the serial chain no faster. The GPU does a job 100 times as
    fast as the core, and the chain a tenth as fast.
    """
    core = _CPU | {"run_id": "20250131-110000-core", "cpu_count": 1.0, "label": "one core"}
    machines = ((_CPU, 1.8, 1.0), (core, 1.0, 1.0), (_GPU, 100.0, 0.1))
    rows = [
        _timed(_row(machine, *case, "stream"), *amounts, seconds / (slow if case[0] == "serial" else fast))
        for machine, fast, slow in machines
        for case, amounts, seconds in _JOBS
    ]
    return [*rows, _triad(2**26, 20e9)]


# (workload, variant, dtype, size), (operations, bytes and items of a step), its seconds on one core
_JOBS: tuple[tuple[tuple[str, str, str, int], tuple[float, float, float], float], ...] = (
    (("rendering", "spheres", "fp32", 1080), (369.0 * 1080 * 1920, 4.0 * 1080 * 1920, 1.0), 0.1),
    (("rendering", "spheres", "fp32", 480), (369.0 * 480 * 854, 4.0 * 480 * 854, 1.0), 0.02),
    (("kmeans", "lloyd", "fp32", 2**18), (69.0 * 2**18, 16.0 * 2**18, 2.0**18), 0.01),
    (("sha256", "headers", "uint32", 2**14), (4356.0 * 2**14, 8.0 * 2**14, 2.0**14), 0.01),
    (("particles", "gravity", "fp32", 2048), (21.0 * 2048**2, 48.0 * 2048, 2048.0), 1 / 60),
    (("particles", "gravity", "fp32", 4096), (21.0 * 4096**2, 48.0 * 4096, 4096.0), 4 / 60),
    (("serial", "chain", "uint32", 2**15), (4.0 * 2**15, 8.0, 2.0**15), 1e-4),
)


def _triad(elements: int, rate: float) -> Row:
    """x = b + s*x on fp32: three arrays moved, a multiplication and an addition for each element."""
    row = _row(_CPU, "bandwidth", "triad", "fp32", elements, "stream")
    return _timed(row, 2.0 * elements, 12.0 * elements, 1.0, 12.0 * elements / rate)


def _square(dtype: str, size: int, rate: float, params: str) -> Row:
    row = _row(_CPU, "matmul", "square", dtype, size, "stream")
    width = {"fp64": 8, "fp32": 4, "default": 4, "int8": 1}.get(dtype, 2)
    timed = _timed(row, 2.0 * size**3, 3.0 * width * size**2, 1.0, 2.0 * size**3 / rate)
    case = f"matmul square {dtype} {size} {params}".strip()
    return timed | {"arithmetic": dtype, "fingerprint": 1e-7, "params": params or None, "case": case}


def _peak(dtype: str, size: int, rate: float, params: str) -> Row:
    """What the search found: the case asks for size 0, the row holds the winner."""
    shape = f"m={size};k={size};n={size};{params};tried=21".replace(";;", ";")
    return _square(dtype, size, rate, shape) | {"variant": "peak", "case": f"matmul peak {dtype} 0"}


def _dense(batch: int) -> Row:
    """AlexNet's first dense layer, 9216 to 4096, at 80 % of min(20 GB/s x intensity, 200 GFLOP/s)."""
    row = _row(_CPU, "matmul", "alexnet dense1", "fp32", batch, "stream")
    flops, moved = 2.0 * batch * 9216 * 4096, 4.0 * (9216 * 4096 + batch * (9216 + 4096))
    rate = 0.8 * min(20e9 * flops / moved, 200e9)
    return _timed(row, flops, moved, 1.0, flops / rate) | {"arithmetic": "fp32", "fingerprint": 1e-7}


def _row(machine: Row, workload: str, variant: str, dtype: str, size: int, mode: str) -> Row:
    case = {"workload": workload, "variant": variant, "dtype": dtype, "size": size, "mode": mode}
    blank = {column.name: None for column in COLUMNS}
    return blank | _SAME_EVERYWHERE | machine | case | {"case": f"{workload} {variant} {dtype} {size}"}


def _timed(row: Row, flops: float, moved: float, items: float, median: float) -> Row:
    """The row with a timing: the interval is ±1 %, the quartiles ±2 %."""
    return (
        row
        | _CLOCKWORK
        | {"flops": flops, "bytes": moved, "items": items, "median_s": median}
        | {"ci_low_s": 0.99 * median, "ci_high_s": 1.01 * median}
        | {"q1_s": 0.98 * median, "q3_s": 1.02 * median, "min_s": 0.97 * median}
        | {"flop_per_s": flops / median, "items_per_s": items / median}
    )


def _matmul(machine: Row, dtype: str, size: int, mode: str, median: float) -> Row:
    width = 4 if dtype == "fp32" else 2
    row = _row(machine, "matmul", "square", dtype, size, mode)
    timed = _timed(row, 2.0 * size**3, 3.0 * width * size**2, 1.0, median)
    return timed | {"arithmetic": dtype, "fingerprint": {"fp32": 1e-7, "bf16": 3e-3, "fp16": 4e-4}[dtype]}


def _cnns(machine: Row, scale: float) -> list[Row]:
    """Both models as inference and training at batches 1 and 16; `scale` 1 is the CPU."""
    flops = {"baseline": 1e7, "alexnet": 1.4e9}
    seconds = {"baseline": 5e-4, "alexnet": 0.05}
    return [
        _timed(
            _row(machine, "cnn", f"{model} {job}", "fp32", batch, "stream"),
            factor * flops[model] * batch,
            4e6 * batch,
            float(batch),
            factor * seconds[model] * batch**0.9 * scale,
        )
        for model in ("baseline", "alexnet")
        for job, factor in (("inference", 1.0), ("training", 3.0))
        for batch in (1, 16)
    ]


def _not_measured(machine: Row, workload: str, variant: str, dtype: str, size: int, status: str, reason: str) -> Row:
    row = _row(machine, workload, variant, dtype, size, "stream")
    return row | {"status": status, "reason": reason, "need_gib": 12.0}
