"""The dashboard as it is, except that it measures with the scripted worker. Run by path, never imported.

scripted.py "OPTIONS OF THE WORKER" -m streamlit run app.py …
"""

import shlex
import sys
from pathlib import Path

from streamlit.web import cli

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from compute.lecture import live
from compute.measure import runner

_, worker, _, *streamlit = sys.argv
FAKE = str(runner.ROOT / "tests" / "measure" / "fake_worker.py")
COMMAND = [sys.executable, FAKE, *shlex.split(worker)]
runner.RUNNER = runner.Runner(command=COMMAND)
live.RUNNER = runner.Runner(command=COMMAND, shelf="lecture")
sys.argv = streamlit
sys.exit(cli.main())
