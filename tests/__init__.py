"""Tests: a folder here is named as the folder of `ranp/` or `explorer/` that it tests; `cases` is shared."""
