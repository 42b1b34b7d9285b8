"""Results beside each other: the best of each machine, and ratios to a baseline with their confidence."""
