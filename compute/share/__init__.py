"""Taking Many Hands elsewhere and bringing results home: bundle, notebook, board, ZIPs and shared comparisons."""
