"""What the dashboard costs the machine that it measures: `python -m tests.bench [a] [b] [c] [d] [e]`."""
