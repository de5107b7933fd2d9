"""The commands, one a file.

In: the parsed arguments of one command. Out: a JSON-ready object, and how it is said as text. Each file ends in a
`Command`, which `ranp.cli` hands on; `COMMANDS` in `ranp.__main__` is the list.
Test: `pytest tests/cli`
"""
