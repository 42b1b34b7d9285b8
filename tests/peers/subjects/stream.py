"""STREAM's triad in C with OpenMP: what this machine's memory delivers to a compiled loop."""

from __future__ import annotations

import re
import subprocess
from typing import Any

from compute.workloads import Case
from tests.peers.child import Subject
from tests.peers.subjects.peak import compiled


def prepare(case: Case, how: dict[str, Any]) -> Subject:
    """As many elements as the case has; ``how["arrays"]`` is ``apart`` or ``place``, see the source.

    Raises:
        FileNotFoundError: there is no C compiler.
    """
    program = compiled("stream.c", "-fopenmp")

    def batch(calls: int) -> float:
        command = [program, str(case.size), how["arrays"]]
        said = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
        found = re.search(r"seconds=([\d.]+)", said)
        assert found
        return calls * float(found[1])

    return Subject(batch, calls=1)
