"""Jobs: amounts of work that somebody wants done, whatever does it and whatever it costs."""

from __future__ import annotations

from dataclasses import dataclass, replace

from compute.compare.pick import rate_unit
from compute.workloads import workloads

IMAGENET_IMAGES = 1_281_167
"""Training images of ImageNet, ILSVRC-2012 (Russakovsky et al. 2015, table 2)."""

CIFAR10_IMAGES = 50_000
"""Training images of CIFAR-10 (Krizhevsky 2009)."""

LEAVES_OUT = (
    "loading and preparing the data, storage, outgoing traffic, waiting for a machine, failed attempts, and tax"
)

AMOUNTS = ("items", "flops")


@dataclass(frozen=True)
class Job:
    """So many items (or FLOP) of one workload.

    `variants` are the workload's forms that count for it, as in results. `dtype` "" takes the fastest that the machine
    has. `counts` and `leaves_out` say in words what the hours and dollars of the job hold.
    """

    id: str
    title: str
    workload: str
    variants: tuple[str, ...]
    quantity: float
    amount: str = "items"
    dtype: str = ""
    counts: str = ""
    leaves_out: str = LEAVES_OUT

    @property
    def rate_column(self) -> str:
        """The column of a result that says how fast it does such work."""
        return "items_per_s" if self.amount == "items" else "flop_per_s"

    @property
    def unit(self) -> str:
        """What the quantity is counted in: FLOP, OP (integers), or the workload's items in the plural."""
        if self.amount == "flops":
            return rate_unit(self.dtype).removesuffix("/s")
        return f"{workloads()[self.workload].item_name}s"

    @property
    def lot(self) -> tuple[float, str]:
        """An amount of such work to quote a price for, and its name: a million images, 10^18 FLOP."""
        return (1e18, f"10^18 {self.unit}") if self.amount == "flops" else (1e6, f"million {self.unit}")

    def in_dtype(self, dtype: str) -> Job:
        """The same job in this arithmetic; "" for the fastest."""
        return replace(self, dtype=dtype)


def jobs() -> dict[str, Job]:
    """The jobs that everybody can choose, by id, in the order in which to show them."""
    found = (
        Job(
            "alexnet",
            "Train AlexNet on ImageNet, 90 epochs",
            "cnn",
            ("alexnet training",),
            90 * IMAGENET_IMAGES,
            counts=f"90 times {IMAGENET_IMAGES:,} images, each forward, backward and with an update of the weights",
        ),
        Job(
            "baseline",
            "Train the baseline model on CIFAR-10, 20 epochs",
            "cnn",
            ("baseline training",),
            20 * CIFAR10_IMAGES,
            counts=f"20 times {CIFAR10_IMAGES:,} images, each forward, backward and with an update of the weights",
        ),
        Job(
            "classify",
            "Classify one million images with AlexNet",
            "cnn",
            ("alexnet inference",),
            1e6,
            counts="a million images forward, in batches as large as the machine likes best",
        ),
        Job(
            "matmul",
            "10^18 FLOP of matrix products",
            "matmul",
            ("square", "peak"),
            1e18,
            amount="flops",
            counts="multiplications and additions of large matrix products, two FLOP for each pair",
        ),
    )
    return {job.id: job for job in found}


def own_variants() -> dict[str, tuple[str, str]]:
    """What a job of one's own may be made of: workload and variant, by the words for both."""
    return {
        f"{workload.title}, {words}" if workload.name == "matmul" else words: (workload.name, variant)
        for workload in workloads().values()
        # The first four measure, and are nobody's job; what runs on several devices is priced by what one of them does.
        if workload.name not in ("bandwidth", "dispatch", "serial", "transfer") and not workload.spread
        for variant, words in workload.variants.items()
    }


def own(workload: str, variant: str, quantity: float, dtype: str = "") -> Job:
    """A job of one's own: so many items of a variant of a workload. A matmul is counted in FLOP.

    Raises ValueError, with a sentence, for an unknown workload or variant and for a quantity that is not above 0.
    """
    if workload not in workloads():
        raise ValueError(f"There is no workload {workload!r}. Known are {', '.join(workloads())}.")
    if not 0 < quantity < float("inf"):
        raise ValueError(f"Found a quantity of {quantity:g}, expected a number above 0.")
    known = workloads()[workload].variants
    if variant not in known:
        raise ValueError(f"There is no variant {variant!r} of {workload}. Known are {', '.join(known)}.")
    amount = "flops" if workload == "matmul" else "items"
    title = f"{workloads()[workload].title}, {variant}"
    counts = f"{quantity:,.15g} {'FLOP' if amount == 'flops' else workloads()[workload].item_name + 's'} of {variant}"
    return Job("own", title, workload, (variant,), quantity, amount, dtype, counts)
