"""Our engine beside its peers, in one run: `make peers`, or `python -m tests.peers --backend gpu` on a GPU machine."""
