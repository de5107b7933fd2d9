"""Commands that read others' files of a network, and write them with other widths: one a file.

In: the parsed arguments of one command. Out: a JSON-ready object, and how it is said as text.
Test: `pytest tests/blueprints`
"""
