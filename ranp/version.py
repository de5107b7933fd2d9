"""The version of the library: what plan files and cache keys record."""

__version__ = "0.1.0"
