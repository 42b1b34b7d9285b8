"""A record as a machine with a GPU would give it: invented round numbers, for tests only."""

from compute.cuda.record import Record, Row

SECONDS = {"matmul_naive": 0.020, "matmul_tiled": 0.0125, "pallas": 0.005, "xla": 0.0025, "pallas_tf32": 0.001}
FLOPS = 2.0 * 4096**3


def timed(kernel: str, seconds: float, **changed: object) -> Row:
    """A good row of a product of n = 4096."""
    about = {
        "median_s": seconds, "min_s": seconds * 0.9, "max_s": seconds * 1.1, "runs": 11, "flops": FLOPS,
        "bytes": 12.0 * 4096**2, "max_error": 1e-6, "compile_s": 1.0,
    }  # fmt: skip
    return Row(kernel, 4096, "measured", **{**about, **changed})  # type: ignore[arg-type]


def example(*rows: Row, gpu: str = "NVIDIA H200") -> Record:
    """A record of these rows, or of a good run."""
    vectors = Row(
        "vector_add", 1 << 26, "measured", median_s=2e-4, min_s=1.9e-4, max_s=2.1e-4, runs=11, flops=2.0**26,
        bytes=12 * 2.0**26, max_error=0.0, compile_s=1.0,
    )  # fmt: skip
    good = (vectors, *(timed(kernel, seconds) for kernel, seconds in SECONDS.items()))
    return Record(
        "2026-11-25T20:00:00Z", 4096, gpu, "9.0", "580.95", "13.0", "0.10.2", "", {"matmul_naive": "0"}, rows or good
    )
