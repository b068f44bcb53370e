"""The command `aelib` of the terminal: calls what does the work and tells how it ended; no work is done here."""

import sys

if __name__ == "__main__" and not sys.flags.safe_path:
    del sys.path[0]  # the folder where python -m is called: a learner's argparse.py may lie there

import argparse  # noqa: E402
import os  # noqa: E402

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # a submission that is graded gets the other core

try:
    from aelib.classroom import certificate, course  # OpenBLAS reads its setting when NumPy is imported
    from aelib.exercises import graded
    from aelib.grading import command as grading
    from aelib.reproducing import command as reproducing
except KeyboardInterrupt:  # which comes early if somebody has mistyped
    sys.exit(130)


def main(arguments=None):
    """Run the command; return its exit code: 0 all right, 1 something not right, 2 unusable call, 130 interrupted."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # as a notebook's has not
            stream.reconfigure(errors="replace")  # letters that a terminal lacks
    parser = argparse.ArgumentParser(
        prog="aelib",
        description="Autoencoders, hands on: the course's commands.",
        epilog="In a folder with strangers' files type aelib, or python -P -m aelib: else Python itself, before any of "
        "this runs, takes a file such as aelib.py there for what it looks for.",
    )
    parser.set_defaults(exercises=graded.tasks)  # which stand a floor above grading
    commands = parser.add_subparsers(dest="command", required=True)
    for room in (course, grading, reproducing, certificate):
        room.add_parser(commands)
    options = argparse.Namespace()
    try:
        try:
            return parser.parse_args(arguments, options).work(options)
        finally:
            print(end="", flush=True)  # also where there is no output
    except BrokenPipeError:  # nobody reads any more, as after | head
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except (ValueError, OSError, RuntimeError) as error:
        print(f"aelib {options.command}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"\nStopped. {options.on_interrupt.format(**vars(options))}", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
