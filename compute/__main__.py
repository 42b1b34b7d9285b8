"""The command line: `python -m compute run | crossover | cuda | devices | check | send | bundle | notebook | …`."""

import argparse
import contextlib
import json
import math
import os
import shlex
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, TypeAlias

from compute import hardware, machine, results, terminal
from compute.measure import contest
from compute.measure.crossover import Record, to_json
from compute.measure.runner import (
    BUNDLED,
    ROOT,
    RUNNER,
    Busy,
    Crossing,
    NotStarted,
    Runner,
    Snapshot,
    Spec,
    Wanted,
    Zeros,
)  # fmt: skip
from compute.measure.suite import BUDGETS_S, named
from compute.measure.together import Place, process_id
from compute.share import post
from compute.units import gib, si
from compute.workloads import MODES, workloads

if TYPE_CHECKING:
    from compute.money.refresh import Refresh

OK, FAILED, UNUSABLE, BUSY, INTERRUPTED = 0, 1, 2, 3, 130
POLL_S = 0.2
DEVICES_PATIENCE_S = 90.0
MOST_PROCESSES = 100

# How this program was started; every text below says it as the first line of its examples does.
PROGRAM = f"python {ROOT.name}" if BUNDLED else "python -m compute"

ABOUT = """\
Measures how fast this machine runs JAX, and takes the results to where they are compared.

  run       measure this machine
  crossover find the size from which one way of doing a job is faster than another
  zeros     show what power zeros take, and random numbers
  devices   say what machine this is and which devices JAX finds
  check     say whether a file of results is valid, and if not, why
  send      send a file of results to a board
"""
ABOUT_HOUSE = """\
  cuda      compile and run our CUDA programs, beside XLA and Pallas
  gallery   make eight classic mistakes of benchmarking, and do each of them right
  lecture   measure the figures of the lecture, to be shown where they cannot be measured
  bundle    write the one file that measures other machines
  notebook  write the notebook that measures on Colab and Kaggle
  prices    check the file of prices, or ask for today's
  docs      write the description of the results' columns into data/README.md
"""
ABOUT_HELP = """
"python -m compute run --help" explains a command.
"""

RUN = """\
Measures this machine and prints what it found. One run at a time is measured on a machine.

examples:
  python -m compute run                                  half a minute, something of everything
  python -m compute run --suite standard --out r.csv     five minutes, kept as a CSV file
  python -m compute run --workload matmul --budget 10    only matrix products, for ten seconds
  python -m compute run --case "matmul square fp32 1024" only this case, as a CSV names it
  python -m compute run --repeat 3 --out r.csv           to publish: does a fresh start change the figures?
  python -m compute run --out - > r.csv                  the CSV to standard output, the rest to standard error
  python -m compute run --board https://… ABC123         send the results to a board when they are measured
  srun python -m compute run --distributed --out r.csv   all processes of a cluster's job, in step

Several processes measure the same cases in step with --distributed, and process 0 writes the results. Under Slurm, Open
MPI, Kubernetes and on Cloud TPU they find each other; elsewhere start each of them with where to meet:
  python -m compute run --distributed --coordinator 10.0.0.1:1234 --processes 2 --process-id 0

Nothing is sent anywhere without --board. The CSV holds no name of a machine, a person or a folder.
Ctrl-C ends the run; what was measured until then is kept and still written to --out.

exit status:
  0    every case was measured, or skipped for a reason that the summary states
  1    a case failed, has no result, or the run ended early
  2    something is wrong with the command, the file could not be written, or the board did not take the results
  3    another run is being measured on this machine
  130  ended by Ctrl-C
"""

CROSSOVER = """\
Finds the size from which the second way of doing a job is faster than the first: with and without transfer, with and
without compiling, and after how many calls the compiling has paid for itself.

ways: numpy (all cores), jax-one-core, jax-all-cores, jax (its first device), gpu:0, gpu:1, tpu:0, ...

examples:
  python -m compute crossover --first numpy --second jax --seconds 30
  python -m compute crossover --first jax-one-core --second jax-all-cores --out crossing.json
  python -m compute crossover --workload bandwidth --first numpy --second gpu:0

One run at a time is measured on a machine. Ctrl-C ends it; what was measured until then is still told.
exit status: as of "run"
"""

ZEROS = """\
Multiplies random numbers and zeros in turns, and tells rate, power and clock of each: whoever measures with zeros
measures something else. Needs an NVIDIA GPU whose driver tells the power. Nothing is set.

example:
  python -m compute zeros --seconds 24

exit status: as of "run"
"""

CHECK = """\
Reads a CSV of results and prints each problem: where it is, what was found, what was expected, what to do.

examples:
  python -m compute check r.csv
  python -m compute run --out - | python -m compute check -

exit status: 0 valid, 1 not valid, 2 the file could not be read
"""

SEND = """\
Sends a CSV of results to a board: the file and nothing else. What is there already is not added again.

example:
  python -m compute send r.csv https://many-hands.example ABC123

exit status: 0 sent, 1 the file is not valid, 2 it could not be read, or the board did not take it
"""

PRICES = """\
Checks data/prices.csv, or asks the Azure Retail Prices API and the gpuhunt catalogue for today's prices of its offers.

examples:
  python -m compute prices check                             is the file good, and how old are its prices?
  python -m compute prices refresh                           ask Azure, show what changed, ask before it is written
  python -m compute prices refresh --source both --yes       ask both, and write without asking
  python -m compute prices refresh --region eastus --dry-run only one region, and only look

Nothing is written before everything was read and checked. The old file goes to data/history/. Needs a network and no
login.

exit status:
  0  done, or there was nothing to do
  1  the file is not good, or the prices could not be read: the file is as it was
  2  something is wrong with the command, or the file could not be read or written
"""

CUDA = """\
Compiles our CUDA programs (data/cuda) with nvcc, runs them, checks the answers, and does the same product with XLA and
as a Pallas kernel. Where nvcc or the GPU is missing it says so, and Pallas is interpreted, small.

examples:
  python -m compute cuda                          matrices of 4096 x 4096
  python -m compute cuda --size 8192
  python -m compute cuda --out recorded.json      keep what was found; a name that ends in .csv gives a table

exit status:
  0    everything was measured, or skipped for a reason that is printed
  1    a program could not be compiled or run, or its answer was wrong
  2    something is wrong with the command, or the file could not be written
  3    another run is being measured on this machine
  130  ended by Ctrl-C
"""

GALLERY = """\
Makes eight classic mistakes of benchmarking on this machine, does each of them right as well, and prints both figures
beside what is possible: the data sheet's peak, or where there is none the fastest that was seen. Takes half a minute.

example:
  python -m compute gallery

exit status: as of "cuda"
"""

DEVICES = """\
Says what machine this is and which devices JAX finds, without measuring anything.

examples:
  python -m compute devices
  python -m compute devices --json
"""


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal that has no "µ" shows a question mark
    options = _parser().parse_args(arguments)
    try:
        status: int = options.command(options)
        sys.stdout.flush()
        return status
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # the reader of our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    finally:
        RUNNER.stop()


def _parser() -> argparse.ArgumentParser:
    about = ABOUT + ABOUT_HELP if BUNDLED else ABOUT + ABOUT_HOUSE + ABOUT_HELP
    parser = argparse.ArgumentParser(PROGRAM, description=_told(about), formatter_class=_RAW)
    parser.set_defaults(command=lambda _: _complain(parser.format_help(), UNUSABLE))
    commands = parser.add_subparsers(metavar="COMMAND")
    _add_measuring(commands)
    if not BUNDLED:  # these work on the repository's own files
        _add_cuda(commands)
        _add_prices(commands)
        _add_making(commands)
    return parser


_RAW = argparse.RawDescriptionHelpFormatter
_Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def _told(text: str) -> str:
    return text.replace("python -m compute", PROGRAM)


def _add_measuring(commands: _Commands) -> None:
    run = commands.add_parser("run", description=_told(RUN), formatter_class=_RAW)
    run.set_defaults(command=_run)
    run.add_argument(
        "--suite", choices=BUDGETS_S, default="quick", help="how much to measure: quick (half a minute), standard "
        "(five minutes) or full (as long as it needs); default: quick",
    )  # fmt: skip
    run.add_argument(
        "--workload", action="append", default=[], choices=workloads(), help="only this workload; may be repeated"
    )
    run.add_argument(
        "--case", action="append", default=[], metavar="CASE",
        help='only this case, named as in the column "case" of a CSV, with the care of --suite; may be repeated',
    )  # fmt: skip
    run.add_argument("--mode", choices=MODES, default="stream", help="how --case is run; default: stream")
    run.add_argument(
        "--out", metavar="FILE.csv", help="write the results here, over what is there; - is standard output"
    )
    run.add_argument("--label", default="", metavar="TEXT", help="a name for this machine or this run")
    run.add_argument(
        "--platform", default="", metavar="TEXT", help="where this machine stands, if that is guessed wrong"
    )
    run.add_argument(
        "--budget", type=_positive, metavar="SECONDS", help="time to measure in each process; default: the suite's own"
    )
    run.add_argument(
        "--repeat", type=_times, default=1, metavar="N",
        help="measure in N fresh processes, one after another, and report the spread between them; default: 1",
    )  # fmt: skip

    run.add_argument(
        "--distributed", action="store_true", help="measure in step with the other processes of a job, on all its hosts"
    )
    run.add_argument("--coordinator", default="", metavar="HOST:PORT", help="where process 0 is reached, by its port")
    run.add_argument("--processes", type=_times, metavar="N", help="how many processes there are, with --coordinator")
    run.add_argument("--process-id", type=_number, metavar="I", help="which one this is, from 0, with --coordinator")
    run.add_argument(
        "--board", nargs=2, metavar=("URL", "CODE"), help="send the results to this board of the dashboard at URL"
    )

    crossing = commands.add_parser("crossover", description=_told(CROSSOVER), formatter_class=_RAW)
    crossing.set_defaults(command=_crossover)
    crossing.add_argument("--workload", default="matmul", metavar="NAME", help="default: matmul")
    crossing.add_argument("--variant", default="", help="default: the workload's first")
    crossing.add_argument("--dtype", default="fp32", help="fp32 or fp64; default: fp32")
    crossing.add_argument("--first", default="numpy", metavar="WAY", help="default: numpy")
    crossing.add_argument("--second", default="jax", metavar="WAY", help="default: jax")
    crossing.add_argument("--seconds", type=_positive, default=30.0, help="time to measure; default: 30")
    crossing.add_argument("--out", metavar="FILE.json", help="write all samples here; - is standard output")

    zero = commands.add_parser("zeros", description=_told(ZEROS), formatter_class=_RAW)
    zero.set_defaults(command=_zeros)
    zero.add_argument("--seconds", type=_positive, default=24.0, help="time to measure; default: 24")

    devices = commands.add_parser("devices", description=_told(DEVICES), formatter_class=_RAW)
    devices.set_defaults(command=_devices)
    devices.add_argument("--json", action="store_true", help="for programs")

    check = commands.add_parser("check", description=_told(CHECK), formatter_class=_RAW)
    check.set_defaults(command=_check)
    check.add_argument("file", metavar="FILE.csv", help="the file; - is standard input")

    send = commands.add_parser("send", description=_told(SEND), formatter_class=_RAW)
    send.set_defaults(command=_send)
    send.add_argument("file", metavar="FILE.csv", help="the file; - is standard input")
    send.add_argument("url", metavar="URL", help="the dashboard's address")
    send.add_argument("code", metavar="CODE", help="the board's code")


def _add_cuda(commands: _Commands) -> None:
    cuda = commands.add_parser("cuda", description=CUDA, formatter_class=_RAW)
    cuda.set_defaults(command=_cuda)
    cuda.add_argument("--size", type=int, default=4096, metavar="N", help="rows of the matrices; default: 4096")
    cuda.add_argument("--out", metavar="FILE", help="write what was found here, as JSON or, ending in .csv, as a table")


def _add_prices(commands: _Commands) -> None:
    money = commands.add_parser("prices", description=PRICES, formatter_class=_RAW)
    money.set_defaults(command=lambda _: _complain(money.format_help(), UNUSABLE))
    actions = money.add_subparsers(metavar="ACTION")
    for name, command in (("check", _prices_check), ("refresh", _prices_refresh)):
        action = actions.add_parser(name, description=PRICES, formatter_class=_RAW)
        action.set_defaults(command=command)
        action.add_argument("--file", default="", metavar="FILE.csv", help="default: data/prices.csv")
    action.add_argument("--source", choices=("azure", "gpuhunt", "both"), default="azure", help="default: azure")
    action.add_argument("--region", action="append", default=[], help="only this region; may be repeated")
    action.add_argument("--yes", action="store_true", help="write without asking")
    action.add_argument("--dry-run", action="store_true", help="show what would change, write nothing")
    action.add_argument("--large", action="store_true", help="also take changes by more than a factor of 3")
    action.add_argument("--azure-url", default="", metavar="URL", help="another address of the Azure Retail Prices API")
    action.add_argument("--gpuhunt-url", default="", metavar="URL", help="another address of the gpuhunt catalogues")


def _add_making(commands: _Commands) -> None:
    docs = commands.add_parser(
        "docs", description="Writes the description of the results' columns into data/README.md."
    )
    docs.set_defaults(command=_docs)

    bundle = commands.add_parser(
        "bundle", description="Writes the one file that measures other machines: Python, NumPy and JAX run it."
    )
    bundle.set_defaults(command=_bundle)
    bundle.add_argument("file", nargs="?", default="many-hands.pyz", metavar="FILE.pyz", help="default: many-hands.pyz")

    notebook = commands.add_parser("notebook", description="Writes the notebook that measures on Colab and Kaggle.")
    notebook.set_defaults(command=_notebook)
    notebook.add_argument("file", nargs="?", default="", metavar="FILE.ipynb", help="default: data/many_hands.ipynb")

    wrong = commands.add_parser("gallery", description=GALLERY, formatter_class=_RAW)
    wrong.set_defaults(command=_gallery)
    wrong.add_argument("--seconds", type=_positive, default=0.8, help="time for each figure; default: 0.8")
    wrong.add_argument("--shrink", type=_times, default=1, metavar="N", help="divide all sizes by this; default: 1")

    lecture = commands.add_parser(
        "lecture", description="Measures every figure of the lecture, one after another, and writes them for later."
    )
    lecture.set_defaults(command=_lecture)
    lecture.add_argument("--out", default="", metavar="FOLDER", help="default: data/lecture")


def _positive(text: str) -> float:
    with contextlib.suppress(ValueError):
        if math.isfinite(number := float(text)) and number > 0:
            return number
    raise argparse.ArgumentTypeError(f"found {text!r}, expected a number of seconds above 0")


def _times(text: str) -> int:
    if text.isdecimal() and 1 <= int(text) <= MOST_PROCESSES:
        return int(text)
    raise argparse.ArgumentTypeError(f"found {text!r}, expected a whole number from 1 to {MOST_PROCESSES}")


def _number(text: str) -> int:
    if text.isdecimal() and int(text) < MOST_PROCESSES:
        return int(text)
    raise argparse.ArgumentTypeError(f"found {text!r}, expected a whole number from 0 to {MOST_PROCESSES - 1}")


def _complain(sentence: str, status: int) -> int:
    print(sentence, file=sys.stderr)
    return status


# --- run ---


def _run(options: argparse.Namespace) -> int:
    if problem := _misplaced(options):
        return _complain(problem, UNUSABLE)
    if options.out and (problem := _unwritable(options.out)):
        return _complain(problem, UNUSABLE)
    if options.board and (problem := _unsendable(*options.board)):
        return _complain(problem, UNUSABLE)
    try:
        cases = tuple(named(case, options.mode).id for case in options.case)
    except ValueError as error:
        return _complain(str(error), UNUSABLE)
    screen = sys.stderr if options.out == "-" else sys.stdout
    spec = Spec(
        options.suite, tuple(options.workload), options.budget, options.label, options.platform, options.repeat,
        machine.azure_vm_size() if machine.stands_on_azure() else "", cases, options.mode, _place(options),
    )  # fmt: skip
    if spec.place and (number := process_id(spec.place)):
        return _accompany(spec, number, screen)
    try:
        snapshot, interrupted = _measure(RUNNER, spec, screen)
    except Busy as busy:
        return _complain(str(busy), BUSY)
    except NotStarted as error:
        return _complain(str(error), UNUSABLE)
    print("\n".join(terminal.summary(snapshot)), file=screen)
    done = _keep(snapshot, options.out, screen)
    if interrupted:
        return _complain("The run was ended by Ctrl-C. What was measured until then is kept.", INTERRUPTED)
    if options.board and snapshot.rows:
        done = _post(snapshot, options, screen) and done
    status = _judge(snapshot)
    return status if done else max(status, UNUSABLE)


def _misplaced(options: argparse.Namespace) -> str:
    """What is wrong with where the processes shall meet; empty if nothing is."""
    told = [bool(options.coordinator), options.processes is not None, options.process_id is not None]
    if any(told) and not options.distributed:
        return "--coordinator, --processes and --process-id say where processes meet: add --distributed."
    if any(told) and not all(told):
        return (
            "--coordinator, --processes and --process-id belong together: give all three, or none in a cluster's job."
        )
    if all(told) and options.process_id >= options.processes:
        last = options.processes - 1
        return f"Found process {options.process_id} of {options.processes}, expected a --process-id from 0 to {last}."
    if options.distributed and options.repeat > 1:
        return "--repeat starts fresh processes, which would not meet again: leave it out with --distributed."
    return ""


def _place(options: argparse.Namespace) -> Place | None:
    return Place(options.coordinator, options.processes, options.process_id) if options.distributed else None


def _accompany(spec: Spec, number: int, screen: TextIO) -> int:
    """Measure in step with process 0, which has the lock of its machine, writes the log and gets the rows."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            snapshot, interrupted = _measure(Runner(Path(folder)), spec, screen)
        except NotStarted as error:
            return _complain(str(error), UNUSABLE)
    if interrupted:
        return _complain("This process was ended by Ctrl-C, and with it the run.", INTERRUPTED)
    print(f"This was process {number}. The results are with process 0.", file=screen)
    return _judge(snapshot)


def _crossover(options: argparse.Namespace) -> int:
    from compute.compare import crossings

    try:
        contest.parse_case(options.workload, options.variant, options.dtype)
        contest.check_ways(options.first, options.second)
    except ValueError as error:
        return _complain(str(error), UNUSABLE)
    if options.out and (problem := _unwritable(options.out)):
        return _complain(problem, UNUSABLE)
    spec = Crossing(options.workload, options.first, options.second, options.seconds, options.variant, options.dtype)
    screen = sys.stderr if options.out == "-" else sys.stdout
    try:
        snapshot, interrupted = _measure(RUNNER, spec, screen)
    except Busy as busy:
        return _complain(str(busy), BUSY)
    except NotStarted as error:
        return _complain(str(error), UNUSABLE)
    record = snapshot.crossover()
    if record.sizes:
        print("\n".join(crossings.lines(record)), file=screen)
    if options.out and not _keep_crossover(record, options.out):
        return UNUSABLE
    if interrupted:
        return _complain("The run was ended by Ctrl-C. What was measured until then is kept.", INTERRUPTED)
    return _judge(snapshot)


def _zeros(options: argparse.Namespace) -> int:
    from compute.compare import phases

    try:
        snapshot, interrupted = _measure(RUNNER, Zeros(options.seconds), sys.stdout)
    except Busy as busy:
        return _complain(str(busy), BUSY)
    except NotStarted as error:
        return _complain(str(error), UNUSABLE)
    if snapshot.phases:
        print("\n".join(phases.lines(snapshot.phases)))
    return _complain("The run was ended by Ctrl-C.", INTERRUPTED) if interrupted else _judge(snapshot)


def _keep_crossover(record: Record, out: str) -> bool:
    """Write all samples there; False if that did not work, or there are none."""
    if not record.sizes:
        return False
    text = json.dumps(to_json(record), indent=1, allow_nan=False) + "\n"
    try:
        if out == "-":
            sys.stdout.write(text)
        else:
            Path(out).write_text(text, encoding="utf-8")
    except OSError as error:
        _complain(f"{out} could not be written: {error.strerror}.", UNUSABLE)
        return False
    return True


def _measure(runner: Runner, spec: Wanted, screen: TextIO) -> tuple[Snapshot, bool]:
    """Run it and show how it goes. Returns its end and whether the person ended it."""
    ticket = None
    show = terminal.display(screen)
    try:
        with _uninterrupted():
            ticket = runner.start(spec, "command line")
        snapshot = runner.snapshot(ticket.run_id)
        while snapshot.state == "running":
            show.show(snapshot)
            time.sleep(POLL_S)
            snapshot = runner.snapshot(ticket.run_id)
        show.show(snapshot)
        return snapshot, False
    except KeyboardInterrupt:
        if ticket is None:  # it was not even asked for
            raise
        runner.cancel(ticket)
        return runner.snapshot(ticket.run_id), True
    finally:
        runner.stop()
        show.end()


@contextlib.contextmanager
def _uninterrupted() -> Iterator[None]:
    """Ctrl-C during this is obeyed right after it: a run that has only half begun could not be ended and kept."""
    asked: list[int] = []
    signals = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, lambda number, _: asked.append(number)) for number in signals]
    try:
        yield
    finally:
        for number, handler in zip(signals, before, strict=True):
            signal.signal(number, handler)
    if asked:
        raise KeyboardInterrupt


def _judge(snapshot: Snapshot) -> int:
    """Exit status of a run that ended by itself; says on standard error why it is not 0."""
    rows = snapshot.rows
    if snapshot.state != "finished":
        return _complain(snapshot.error or f"The run ended as {snapshot.state}.", FAILED)
    if missing := max(0, snapshot.planned - len(rows)):
        return _complain(f"{missing} of {snapshot.planned} cases have no result.", FAILED)
    unexplained = [row for row in rows if row["status"] == "skipped" and not row.get("reason")]
    return FAILED if unexplained or any(row["status"] == "failed" for row in rows) else OK


def _unwritable(out: str) -> str:
    """Why the results cannot be written there, found before they are measured; empty if they can."""
    path = Path(out)
    if out == "-":
        return ""
    if path.is_dir():
        return f"{out} is a folder. Give --out the name of a file."
    if not path.parent.is_dir():
        return f"The folder {path.parent} does not exist. Make it first, or choose another --out."
    if not os.access(path.parent, os.W_OK):
        return f"You may not write to the folder {path.parent}. Choose another --out."
    return ""


def _keep(snapshot: Snapshot, out: str | None, screen: TextIO) -> bool:
    """Write the results where they were asked for, and say where they are; False if that did not work."""
    log = RUNNER.log_path(snapshot.run_id)
    if not snapshot.rows:
        print("There is no result to write.", file=screen)
        return True
    if not out:
        print(f"The results are kept in {log}. With --out FILE.csv they are written as CSV.", file=screen)
        return True
    try:
        _write(out, results.to_csv(snapshot.rows))
    except BrokenPipeError:
        raise
    except OSError as error:
        _complain(f"{out} could not be written: {error.strerror}. The results are kept in {log}.", UNUSABLE)
        return False
    if out != "-":
        print(f"Written to {out}.", file=screen)
    return True


def _unsendable(url: str, code: str) -> str:
    """Why nothing can be sent there, found before it is measured; empty if it may be tried."""
    try:
        post.address(url, code)
    except post.NotSent as problem:
        return str(problem)
    return ""


def _post(snapshot: Snapshot, options: argparse.Namespace, screen: TextIO) -> bool:
    """Send the results to the board; False, with the way to send them again, if it did not take them."""
    csv = results.to_csv(snapshot.rows)
    url, code = options.board
    try:
        print(post.send(url, code, csv), file=screen)
        return True
    except post.NotSent as problem:
        _complain(str(problem), UNUSABLE)
    file = options.out
    if not file or file == "-":
        file = str(RUNNER.log_path(snapshot.run_id).with_suffix(".csv"))
        try:
            _write(file, csv)
        except OSError as error:
            _complain(f"{file} could not be written: {error.strerror}.", UNUSABLE)
            return False
    _complain(f"To send the results again: {PROGRAM} send {shlex.join([file, url, code])}", UNUSABLE)
    return False


def _write(out: str, text: str) -> None:
    """Replace the file in one stroke, so that nobody ever reads half of it. Raises OSError."""
    if out == "-":
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    path = Path(out).resolve()
    if path.exists() and not path.is_file():  # a device or a pipe: there is nothing to replace
        path.write_text(text, encoding="utf-8", newline="")
        return
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        fresh.write_text(text, encoding="utf-8", newline="")
        fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise


# --- cuda ---


def _cuda(options: argparse.Namespace) -> int:
    from compute.cuda import record, report, runs

    if problem := runs.size_problem(options.size) or (_unwritable(options.out) if options.out else ""):
        return _complain(problem, UNUSABLE)
    screen = sys.stderr if options.out == "-" else sys.stdout
    try:
        snapshot, interrupted = _measure(runs.RUNNER, runs.Kernels(size=options.size), screen)
    except Busy as busy:
        return _complain(str(busy), BUSY)
    except NotStarted as error:
        return _complain(str(error), UNUSABLE)
    found = runs.of(snapshot)
    if found:
        print("\n".join(report.lines(found)), file=screen)
    if found and options.out:
        try:
            _write(options.out, record.to_csv(found) if options.out.endswith(".csv") else record.to_json(found))
        except OSError as error:
            return _complain(f"{options.out} could not be written: {error.strerror}.", UNUSABLE)
    if interrupted:
        return _complain("The run was ended by Ctrl-C.", INTERRUPTED)
    if snapshot.state != "finished" or not found:
        return _complain(snapshot.error or f"The run ended as {snapshot.state}.", FAILED)
    return FAILED if record.failures(found.rows) else OK


# --- gallery ---


def _gallery(options: argparse.Namespace) -> int:
    from compute.lecture import gallery

    wanted = gallery.Gallery(seconds=options.seconds, shrink=options.shrink)
    try:
        snapshot, interrupted = _measure(gallery.RUNNER, wanted, sys.stdout)
        found = gallery.of(snapshot)
    except Busy as busy:
        return _complain(str(busy), BUSY)
    except NotStarted as error:
        return _complain(str(error), UNUSABLE)
    except gallery.RecordError as error:
        return _complain(str(error), FAILED)
    if found:
        print("\n".join(gallery.lines(found)))
    if interrupted:
        return _complain("The run was ended by Ctrl-C.", INTERRUPTED)
    if snapshot.state != "finished" or not found:
        return _complain(snapshot.error or f"The run ended as {snapshot.state}.", FAILED)
    return FAILED if any(row.reason for row in found.rows) else OK


# --- lecture ---


def _lecture(options: argparse.Namespace) -> int:
    from compute.lecture import record

    folder = Path(options.out) if options.out else record.FOLDER
    if not folder.is_dir():
        return _complain(f"The folder {folder} does not exist. Make it first, or choose another --out.", UNUSABLE)
    try:
        return FAILED if record.all_figures(folder, print) else OK
    except OSError as error:
        return _complain(f"{folder} could not be written to: {error.strerror}.", UNUSABLE)
    finally:
        record.stop()


# --- devices ---


def _devices(options: argparse.Namespace) -> int:
    deadline = time.monotonic() + DEVICES_PATIENCE_S
    while (found := RUNNER.devices()) is None:
        if time.monotonic() > deadline:
            return _complain("A run is being measured on this machine. Try again when it has ended.", BUSY)
        time.sleep(POLL_S)
    if options.json:
        print(json.dumps(found, indent=2))
    else:
        print("\n".join(_machine_lines(found["machine"], found["devices"])))
    if found["note"]:
        print(terminal.plain(found["note"]), file=sys.stderr)
    return OK if found["devices"] else FAILED


def _machine_lines(here: dict[str, Any], devices: Sequence[dict[str, Any]]) -> list[str]:
    def known(name: str) -> str:
        return terminal.plain(str(here.get(name) or "unknown"))

    lines = [
        f"platform  {known('platform')}",
        f"system    {known('os')}",
        f"CPU       {known('cpu_model')}, {here.get('cpu_count') or 0:g} usable",
        f"memory    {_gib(here.get('memory_gib'))}",
        f"software  Python {known('python')}, JAX {known('jax')}, jaxlib {known('jaxlib')}",
    ]
    if here.get("driver"):
        lines.append(f"driver    {known('driver')}")
    return lines + [_device_line(device, here.get("cpu_model") or "") for device in devices]


def _device_line(device: dict[str, Any], cpu_model: str) -> str:
    kind = device.get("kind") or "unknown"
    line = f"device    {terminal.plain(kind)} on {device.get('platform')}"
    if device.get("memory_gib"):
        line += f", {_gib(device['memory_gib'])}"
    if chip := hardware.find(kind, cpu_model):
        peaks = [(dtype, chip.peak(dtype)) for dtype in ("fp32", "bf16")]
        line += f", known as {chip.name}" + "".join(
            f", peak {si(peak, 'FLOP/s')} in {dtype}" for dtype, peak in peaks if peak
        )
    return line


def _gib(amount: float | None) -> str:
    return gib(None if amount is None else amount * 2**30)


# --- prices ---


def _prices_check(options: argparse.Namespace) -> int:
    from compute.money import prices

    path = Path(options.file) if options.file else prices.DATA
    try:
        offers = prices.load(path)
    except prices.PriceError as error:
        print("\n".join(map(terminal.plain, error.problems)))
        return FAILED
    except (OSError, UnicodeDecodeError) as error:
        return _complain(f"{path} could not be read: {error}.", UNUSABLE)
    old = f"{int(offers['stale'].sum())} prices are older than {prices.STALE_DAYS} days"
    print(f"{path.name} is valid. Offers: {len(offers)}, of which {len(prices.current(offers))} can be taken; {old}.")
    return OK


def _prices_refresh(options: argparse.Namespace) -> int:
    from compute.money import prices, refresh

    path = Path(options.file) if options.file else prices.DATA
    try:
        found = refresh.ask(
            path, options.source, options.region, large=options.large,
            azure_url=options.azure_url or refresh.AZURE_URL, gpuhunt_url=options.gpuhunt_url or refresh.GPUHUNT_URL,
        )  # fmt: skip
        print("\n".join(map(terminal.plain, _refresh_lines(found))))
        if options.dry_run or found.new == found.old or not (options.yes or _agreed()):
            print("Nothing was written.")
            return OK
        copy = refresh.write(found, path)
    except refresh.RefreshError as error:
        return _complain(f"{error} {path.name} is as it was.", FAILED)
    except prices.PriceError as error:
        return _complain(f"{error.problems[0]} Mend the file first: python -m compute prices check", FAILED)
    except (OSError, UnicodeDecodeError) as error:
        return _complain(f"{path.name} could not be read or written, and is as it was: {error}.", UNUSABLE)
    print(f"Written to {path.name}. The old file is {copy}.")
    return OK


def _refresh_lines(found: "Refresh") -> list[str]:
    """What the sources said, in lines: the odd things, what vanished, what changes."""
    lines = [f"! {remark}" for remark in found.remarks]
    lines += [f"? {place}: not in the answer, stays as it is. Is it still offered?" for place in found.vanished]
    lines += [f"* {change}" for change in found.changes]
    return [*lines, f"{len(found.changes)} prices changed; {found.confirmed} offers read today."]


def _agreed() -> bool:
    """Whether the person at the terminal wants it written; without a terminal nobody does."""
    if not sys.stdin.isatty():
        print("Add --yes to write this without being asked.")
        return False
    return input("Write it? [y/N] ").strip().lower() in ("y", "yes")


# --- check, send ---


def _read(name: str) -> results.Reading:
    """What a file holds; - is standard input. Raises OSError."""
    # No more than is needed to judge it: a longer file is refused for its size.
    with contextlib.nullcontext(sys.stdin.buffer) if name == "-" else open(name, "rb") as file:
        return results.read(file.read(results.MAX_BYTES + 1), name)


def _check(options: argparse.Namespace) -> int:
    name = options.file
    try:
        reading = _read(name)
    except OSError as error:
        return _complain(f"{name} could not be read: {error.strerror}.", UNUSABLE)
    for problem in reading.problems:
        print(problem)
    rows, runs = len(reading.rows), len({row["run_id"] for row in reading.rows})
    if reading.problems:
        print(f"{name} is not valid. Good rows: {rows}.")
        return FAILED
    print(f"{name} is valid. Rows: {rows}, runs: {runs}.")
    if reading.extra:
        print(f"Columns that Many Hands does not know, and keeps: {', '.join(map(terminal.plain, reading.extra))}.")
    return OK


def _send(options: argparse.Namespace) -> int:
    try:
        reading = _read(options.file)
    except OSError as error:
        return _complain(f"{options.file} could not be read: {error.strerror}.", UNUSABLE)
    if reading.problems:
        return _complain(f"Nothing was sent. {reading.problems[0]}", FAILED)
    try:
        print(post.send(options.url, options.code, results.to_csv(reading.rows)))
    except post.NotSent as problem:
        return _complain(f"{problem} The file is still there to be sent again.", UNUSABLE)
    return OK


# --- bundle, notebook, docs ---


def _bundle(options: argparse.Namespace) -> int:
    from compute.share import bundle

    try:
        size = bundle.write(Path(options.file))
    except OSError as error:
        return _complain(f"{options.file} could not be written: {error.strerror}.", UNUSABLE)
    print(f"Written to {options.file}: {size / 1000:.0f} kB. On another machine: python {Path(options.file).name} run")
    return OK


def _notebook(options: argparse.Namespace) -> int:
    from compute.share import notebook

    path = Path(options.file) if options.file else notebook.SHIPPED
    try:
        path.write_text(notebook.build(), encoding="utf-8", newline="\n")
    except OSError as error:
        return _complain(f"{path} could not be written: {error.strerror}.", UNUSABLE)
    print(f"Written to {path}.")
    return OK


def _docs(options: argparse.Namespace) -> int:
    from compute.documentation import README, write_data_readme

    try:
        write_data_readme()
    except (OSError, ValueError) as error:
        return _complain(f"{README} could not be rewritten: {error}", UNUSABLE)
    print(f"Written to {README}.")
    return OK


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # "kill" keeps the results, as Ctrl-C does
    sys.exit(main())
