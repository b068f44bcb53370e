"""The command `aelib` of the terminal: calls what does the work and tells how it ended; no work is done here."""

import argparse
import os
import sys

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # a submission that is graded gets the other core

from aelib import course  # noqa: E402  OpenBLAS reads its setting when NumPy is imported
from aelib.exercises import graded  # noqa: E402
from aelib.grading import command as grading  # noqa: E402
from aelib.reproducing import command as reproducing  # noqa: E402


def main(arguments=None):
    """Run the command; return its exit code: 0 all right, 1 something not right, 2 unusable call, 130 interrupted."""
    parser = argparse.ArgumentParser(prog="aelib", description="Autoencoders, hands on: the course's commands.")
    parser.set_defaults(exercises=graded.TASKS)  # which stand a floor above grading
    commands = parser.add_subparsers(dest="command", required=True)
    for room in (course, grading, reproducing):
        room.add_parser(commands)
    options = parser.parse_args(arguments)
    try:
        return options.work(options)
    except (ValueError, OSError, RuntimeError) as error:
        print(f"aelib {options.command}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"\nStopped. {options.on_interrupt.format(**vars(options))}", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
