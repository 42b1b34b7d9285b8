"""The lecture: its steps, what its demos compute, and what ties the screens of a room together."""
