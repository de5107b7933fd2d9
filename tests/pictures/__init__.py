"""The README's pictures, taken of the running app, by `python -m tests.pictures.taking`."""
