"""The command `aelib reproduce`: its arguments, and what it prints while the runs go on; nothing is measured here."""

import os

MODELS = ("vanilla", "sparse", "convolutional", "variational")


def add_parser(commands):
    """Add `reproduce` to the commands of `aelib`."""
    parser = commands.add_parser(
        "reproduce",
        help="train the four models on all of MNIST, beside the published results",
        description="Train the four models at the published sizes on the 60,000 training images of MNIST, measure "
        "them on the 10,000 test images, and print a table beside the published results. A call that was cut off goes "
        "on where it stopped, if it is repeated.",
    )
    parser.add_argument(
        "--models", nargs="+", choices=MODELS, default=MODELS, metavar="NAME", help="some of: %(choices)s"
    )
    parser.add_argument("--epochs", type=int, default=50, metavar="N", help="passes through the images (default: 50)")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0], metavar="N", help="one run a seed (default: 0)")
    parser.add_argument("--quick", action="store_true", help="2 epochs, to see that all works")
    parser.add_argument("--compare", action="store_true", help="train each model by a plain auto.fit, too")
    parser.add_argument("--out", default="reproduced", metavar="FOLDER", help="for the results (default: reproduced)")
    parser.add_argument("--install", action="store_true", help="put the weights of the first seed into the package")
    parser.add_argument("--download", action="store_true", help="let Keras fetch MNIST if AELIB_MNIST names no copy")
    parser.set_defaults(work=reproduce, on_interrupt="What is trained is kept in {out}: repeat the call to go on.")


def reproduce(options):
    """Train, print and write; return the exit code."""
    if min(options.epochs, *(seed + 1 for seed in options.seeds)) < 1:
        raise ValueError("--epochs is a whole number from 1, --seeds are whole numbers from 0.")
    if "KERAS_DISTRIBUTION_NUM_PROCESSES" not in os.environ:  # several processes have to meet before they compute
        from aelib import lesson

        lesson.start()
    from aelib import training
    from aelib.reproducing import report, runs

    report.refuse(options.out)
    runs.join()
    epochs = 2 if options.quick else options.epochs
    wanted = [(name, seed, False) for name in options.models for seed in options.seeds]
    wanted += [(name, options.seeds[0], True) for name in options.models if options.compare]
    records = []
    for name, seed, plain in wanted:
        record = runs.train(name, seed, epochs, options.out, options.download, plain)
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
            runs.install(record, options.out, options.download)
    if not training.process()[0]:
        print(f"\n{report.table(records)}", end="")
        report.write(records, options.out)
    return 0
