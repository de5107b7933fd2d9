"""The command line: a file a command, and what several of them share.

A command reads its arguments, calls the library and returns one JSON-ready object; `ranp.__main__` prints it. stdout
carries nothing else, so logs and progress go to stderr.
"""
