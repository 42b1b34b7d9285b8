"""A record in words: the lines that the command line prints, and the figures that the page begins with."""

from compute.compare.answers import Answer
from compute.cuda.record import Record, Row
from compute.terminal import plain, table
from compute.units import seconds, si

TILE = 32  # of data/cuda/matmul_tiled.cu


def lines(record: Record) -> list[str]:
    """The machine, a table of what has a time, and below it the reason of everything else."""
    nvcc = f"nvcc {record.nvcc}" if record.nvcc else "no nvcc"
    out = ["", plain(f"{record.gpu or 'No GPU'}, {nvcc}, JAX {record.jax or 'not installed'}")]
    if record.note:
        out.append(plain(record.note))
    timed = [row for row in record.rows if row.median_s]
    if timed:
        header = ("kernel", "dtype", "n", "median time", "rate", "of the peak", "max error", "compile", "status")
        out += ["", *table(header, [_cells(record, row) for row in timed])]
    for row in record.rows:
        if row.reason:
            out += ["", plain(f"{row.kernel}, {row.status}: {row.reason}")]
            out += [f"  {plain(line)}" for line in row.said.splitlines()]
    return out


def _cells(record: Record, row: Row) -> tuple[str, ...]:
    share = share_of_peak(record, row)
    return (
        row.kernel,
        row.about.dtype,
        str(row.n),
        seconds(row.median_s),
        rate(row),
        "" if share is None else f"{share:.1%}",
        _error(row.max_error),
        seconds(row.compile_s),
        f"{row.status}, interpreted" if row.interpreted else row.status,
    )


def _error(error: float | None) -> str:
    return "0" if error == 0 else f"{error:.1e}"


def rate(row: Row) -> str:
    """What a kernel is measured by: FLOP/s, for the vector sum GB/s; an interpreted one has no rate to speak of."""
    if row.interpreted or not row.median_s:
        return "none"
    return si(row.flop_per_s, "FLOP/s") if row.about.product else f"{(row.byte_per_s or 0) / 1e9:,.0f} GB/s"


def share_of_peak(record: Record, row: Row) -> float | None:
    """Rate over what the chip's maker says: of arithmetic, for the vector sum of memory. None where one is unknown."""
    if row.interpreted or record.chip is None:
        return None
    peak = record.chip.peak(row.about.dtype) if row.about.product else record.chip.bandwidth()
    found = row.flop_per_s if row.about.product else row.byte_per_s
    return found / peak if found and peak else None


def answers(record: Record) -> list[Answer]:
    """What the tiles bring, what the library brings beyond them, how near it is to the peak, how fast memory is."""
    found = []
    if times := _times_as_fast(record, "matmul_tiled", "matmul_naive"):
        found.append(Answer("Tiles", f"{times} ×", "as fast as naive", _TILES))
    if times := _times_as_fast(record, "xla", "matmul_tiled"):
        found.append(Answer("The library", f"{times} ×", "as fast as tiled, both fp32", _LIBRARY))
    if times := _times_as_fast(record, "xla_tf32", "xla"):
        found.append(Answer("Tensor cores", f"{times} ×", "XLA in TF32 against fp32", _TENSOR))
    if row := _good(record, "vector_add"):
        share = share_of_peak(record, row)
        of = "" if share is None else f"{share:.0%} of the data sheet"
        found.append(Answer("Vector sum", rate(row), of, _SUM))
    return found


_TILES = "Rate of the tiled kernel over that of the naive one."
_LIBRARY = "XLA calls cuBLAS, which NVIDIA's engineers wrote: larger tiles, several numbers a thread, no waiting."
_TENSOR = "TF32 keeps 10 bits of each factor; units made for matrix products take it, and are many times as fast."
_SUM = "12 bytes move for one addition: memory is what is measured here, not arithmetic."


def why_tiles(record: Record | None) -> str:
    """Why tiles are faster: the arithmetic intensities, counted, and the ratio where both rates are known."""
    counted = (
        f"Naive asks memory for 8 bytes for each multiply-add: 2 FLOP / 8 bytes = {2 / 8:g} FLOP per byte. With tiles "
        f"of {TILE} × {TILE} each number that was fetched serves {TILE} threads: {2 * TILE / 8:g} FLOP per byte, "
        f"{TILE} times as much arithmetic for the same traffic."
    )
    times = _times_as_fast(record, "matmul_tiled", "matmul_naive") if record else ""
    if not times:
        return counted
    return f"{counted} It is {times} times as fast and not {TILE}, because caches serve the naive kernel, too."


def interpreted(record: Record) -> str:
    """A sentence on the Pallas kernel where it was only interpreted; "" elsewhere."""
    row = record.row("pallas")
    if row is None or row.status != "measured" or not row.interpreted:
        return ""
    return (
        f"Pallas, interpreted on the CPU: the product of two {row.n} × {row.n} matrices is right (error "
        f"{row.max_error:.0e}). Its time says nothing about a GPU, so it is in no chart."
    )


def origin(record: Record, *, recorded: bool) -> str:
    """Where and when the figures were measured, and what was unusual then."""
    when = record.measured_at[:10]
    first = "Recorded" if recorded else "Measured here"
    words = f"{first} on one {record.gpu}, {when}: n = {record.size:,}, nvcc {record.nvcc}, JAX {record.jax}."
    return f"{words} {record.note}".strip()


def rows(record: Record) -> list[dict[str, str]]:
    """The rows for a page: what people read of each kernel."""
    return [
        {
            "kernel": row.about.title,
            "dtype": row.about.dtype,
            "n": f"{row.n:,}",
            "median time": seconds(row.median_s) if row.median_s else "",
            "rate": rate(row) if row.median_s else "",
            "of the peak": "" if (share := share_of_peak(record, row)) is None else f"{share:.1%}",
            "largest error": "" if row.max_error is None else _error(row.max_error),
            "status": row.status,
            "reason": row.reason,
        }
        for row in record.rows
    ]


def _times_as_fast(record: Record, one: str, other: str) -> str:
    """Ratio of two rates with three digits; "" where one of them is not there."""
    first, second = _good(record, one), _good(record, other)
    if not first or not second or not first.flop_per_s or not second.flop_per_s:
        return ""
    return f"{first.flop_per_s / second.flop_per_s:#.3g}"


def _good(record: Record, kernel: str) -> Row | None:
    row = record.row(kernel)
    return row if row and row.status == "measured" and not row.interpreted else None
