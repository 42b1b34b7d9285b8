"""A record in words: the lines that the command line prints, and the figures that the page begins with."""

from compute.cuda.record import Record, Row
from compute.terminal import plain, table
from compute.units import seconds, si


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
        f"{row.max_error:.1e}",
        seconds(row.compile_s),
        f"{row.status}, interpreted" if row.interpreted else row.status,
    )


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
