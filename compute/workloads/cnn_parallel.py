"""Training a network on several devices, each with its part of the batch: what "data parallel" means.

Every device holds all weights. It computes the gradient of its images, and an all-reduce adds the gradients up, so that
all devices take the same step. The network, its step and its check are those of ``cnn``.
"""

from __future__ import annotations

from dataclasses import replace

from compute.workloads import Case, Program, Unsupported, Workload, _cnn_jax, _devices, _tuning, cnn

_CPU_BATCHES: dict[str, dict[str, tuple[int, ...]]] = {
    "quick": {"baseline weak": (32,)},
    "standard": {"baseline weak": (32,), "baseline strong": (128,)},
    "full": {"baseline weak": (32, 128), "baseline strong": (128, 512), "alexnet weak": (4,)},
}
_ACCELERATOR_BATCHES: dict[str, dict[str, tuple[int, ...]]] = {
    "quick": {"alexnet weak": (256,)},
    "standard": {"alexnet weak": (512,), "alexnet strong": (1024,)},
    "full": {"alexnet weak": (512, 1024, 128), "alexnet strong": (1024, 4096), "baseline weak": (4096,)},
}


def spread(suite: str, backend: str, counts: tuple[int, ...]) -> list[Case]:
    """Weak scaling first, which is how one trains: a larger batch on more devices."""
    batches = (_CPU_BATCHES if backend == "cpu" else _ACCELERATOR_BATCHES)[suite]
    return _devices.cases("cnn_parallel", backend, batches, counts)


def images(case: Case) -> int:
    """Images of a step over all devices; in weak scaling ``size`` is what each device takes."""
    return case.size * (case.devices if case.variant.endswith("weak") else 1)


def _whole(case: Case) -> Case:
    """The same step as a case of ``cnn``."""
    model, _ = case.variant.split()
    return replace(case, workload="cnn", variant=f"{model} training", size=images(case))


def need_bytes(case: Case, backend: str) -> int:
    """What ``cnn`` needs for the images of one device; the devices of a CPU share one memory."""
    each = cnn.need_bytes(replace(_whole(case), size=-(-images(case) // case.devices)), backend)
    return case.devices * each if backend == "cpu" else each


def moved_bytes(case: Case) -> int:
    """The weights of each device, and the activations of its images, in bytes."""
    return case.devices * cnn.moved_bytes(replace(_whole(case), size=-(-images(case) // case.devices)))


def build(case: Case, backend: str) -> Program:
    """The training step of ``cnn`` with its batch cut over the devices; XLA puts the all-reduce in.

    Raises:
        Unsupported: the batch does not divide over the devices, or this backend does not have the number format.
    """
    if case.dtype == "tf32" and backend != "gpu":
        raise Unsupported("Skipped: TF32 is a number format of NVIDIA GPUs; this device has none.")
    _devices.divide(case, images(case), "images")
    whole = _whole(case)
    tuned = _tuning.find(whole, backend)
    # Adding one half of the batch to the other would carry images between devices.
    tuned = replace(tuned, formulation={key: how for key, how in tuned.formulation.items() if key != "sums"})
    model, _ = cnn.split(whole.variant)
    program = _cnn_jax.training(cnn.layers(model), cnn.MODELS[model].input_shape, whole, tuned, _devices.Devices(case))
    return replace(program, collectives=("all-reduce",) if case.devices > 1 else ())


WORKLOAD = Workload(
    name="cnn_parallel",
    title="Data-parallel training",
    why="Networks are trained on many devices at once, which share their gradients after every step.",
    size_name="batch",
    item_name="image",
    variants={
        f"{model} {scaling}": f"{cnn.MODELS[model].title}, {words}"
        for model in ("baseline", "alexnet")
        for scaling, words in (("strong", "one batch for all"), ("weak", "a batch for each device"))
    },
    dtypes=cnn.DTYPES,
    cases=lambda suite, backend: [],
    flops=lambda case: cnn.flops(_whole(case)),
    bytes=moved_bytes,
    items=images,
    need_bytes=need_bytes,
    build=build,
    shortcut=cnn.WORKLOAD.shortcut,
    spread=spread,
)
