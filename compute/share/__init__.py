"""Taking Many Hands elsewhere and bringing results home: the bundle, the notebook, and the board's two ends."""
