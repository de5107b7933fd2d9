"""A plan for other tools: one file a format, each from a plan and the full network to the bytes of a file.

`ranp.export` lists them. Every one is checked in ``tests/test_formats.py`` with the tool that it is for.
"""
