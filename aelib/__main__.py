"""The command `aelib` of the terminal: reads arguments, calls what does the work, prints; nothing is graded here."""

import argparse
import os
import sys

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # the other core belongs to the submission

from aelib.grading import command as grading  # noqa: E402  OpenBLAS reads its setting when NumPy is imported


def main(arguments=None):
    """Run the command; return its exit code: 0 all right, 1 something not right, 2 unusable call."""
    parser = argparse.ArgumentParser(prog="aelib", description="Autoencoders, hands on: the course's commands.")
    commands = parser.add_subparsers(dest="command", required=True)
    grading.add_parser(commands)
    runs = commands.add_parser(
        "reproduce",
        help="train the four models on all of MNIST, beside the published results",
        description="Train the four models at the published sizes on the 60,000 training images of MNIST, measure "
        "them on the 10,000 test images, and print a table beside the published results. A call that was cut off goes "
        "on where it stopped, if it is repeated.",
    )
    names = ("vanilla", "sparse", "convolutional", "variational")
    runs.add_argument("--models", nargs="+", choices=names, default=names, metavar="NAME", help="some of: %(choices)s")
    runs.add_argument("--epochs", type=int, default=50, metavar="N", help="passes through the images (default: 50)")
    runs.add_argument("--seeds", type=int, nargs="+", default=[0], metavar="N", help="one run a seed (default: 0)")
    runs.add_argument("--quick", action="store_true", help="2 epochs, to see that all works")
    runs.add_argument("--compare", action="store_true", help="train each model by a plain auto.fit, too")
    runs.add_argument("--out", default="reproduced", metavar="FOLDER", help="for the results (default: reproduced)")
    runs.add_argument("--install", action="store_true", help="put the weights of the first seed into the package")
    runs.add_argument("--download", action="store_true", help="let Keras fetch MNIST if AELIB_MNIST names no copy")
    options = parser.parse_args(arguments)
    work, kept = {
        "grade": (grading.run, lambda: f"What is graded is kept in {options.json}: repeat the call with --resume."),
        "reproduce": (_reproduce, lambda: f"What is trained is kept in {options.out}: repeat the call to go on."),
    }[options.command]
    try:
        return work(options)
    except (ValueError, OSError, RuntimeError) as error:
        print(f"aelib {options.command}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"\nStopped. {kept()}", file=sys.stderr)
        return 130


def _reproduce(options):
    """Train, print and write; return the exit code."""
    if min(options.epochs, *(seed + 1 for seed in options.seeds)) < 1:
        raise ValueError("--epochs is a whole number from 1, --seeds are whole numbers from 0.")
    if "KERAS_DISTRIBUTION_NUM_PROCESSES" not in os.environ:  # several processes have to meet before they compute
        from aelib import lesson

        lesson.start()
    from aelib import reproducing, training

    reproducing.join()
    epochs = 2 if options.quick else options.epochs
    runs = [(name, seed, False) for name in options.models for seed in options.seeds]
    runs += [(name, options.seeds[0], True) for name in options.models if options.compare]
    records = []
    for name, seed, plain in runs:
        record = reproducing.run(name, seed, epochs, options.out, options.download, plain)
        took = "taken up again" if record["seconds"] is None else f"{record['seconds']:.0f} s"
        how = "plain fit, " if plain else ""
        records.append(record)
        if training.process()[0]:
            continue  # the first process of several prints and keeps everything
        print(
            f"{name}, {how}seed {seed}, {epochs} epochs: {record['test_loss']:.5g} on the test images, {took}",
            flush=True,
        )
        if options.install and (seed, plain) == (options.seeds[0], False):
            reproducing.install(record, options.out, options.download)
    if not training.process()[0]:
        print(f"\n{reproducing.table(records)}", end="")
        reproducing.write(records, options.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
