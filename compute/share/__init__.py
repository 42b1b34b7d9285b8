"""Taking the measurement elsewhere, and the results back."""
