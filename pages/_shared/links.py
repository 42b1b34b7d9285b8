"""Where the pages are, for links that work whichever file the server was started with."""

from pathlib import Path

PAGES = Path(__file__).resolve().parents[1]
HOME = str(PAGES / "home.py")
CNN = str(PAGES / "cnn.py")
COSTS = str(PAGES / "costs.py")
AZURE = str(PAGES / "azure.py")
COMPARE = str(PAGES / "compare.py")
BOARD = str(PAGES / "board.py")
LECTURE = str(PAGES / "lecture.py")
