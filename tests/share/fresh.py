"""A Python that has nothing but what it is given."""

from collections.abc import Callable

Fresh = Callable[..., str]
"""Installs packages into a new virtual environment and returns the path of its Python."""
