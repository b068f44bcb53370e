"""What the full-size runs gave, beside the published results: table, curves and the page; nothing is trained here."""

import pathlib
import statistics

import numpy as np

from aelib import files, plots
from aelib.reproducing.runs import RUNS

PAGE, TITLE = "README.md", "# The four models on all of MNIST"


def table(records):
    """Return a Markdown table of runs: published, ours over the seeds, difference, seconds, plain fit's seconds."""
    lines = [
        "| model | epochs | published | ours | difference | spread | seeds | seconds | plain `fit`: loss | seconds |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for name, published in RUNS.items():
        for epochs in sorted({r["epochs"] for r in records if r["model"] == name and not r["plain"]}):
            ours = [r for r in records if (r["model"], r["epochs"], r["plain"]) == (name, epochs, False)]
            plain = [r for r in records if (r["model"], r["plain"]) == (name, True)]
            losses = [record["test_loss"] for record in ours]
            digits = 2 if name == "variational" else 4
            mean = statistics.fmean(losses)
            cells = [name, epochs, f"{published.loss:.{digits}f}", f"{mean:.{digits}f}"]
            cells += [f"{mean - published.loss:+.{digits}f}", f"{max(losses) - min(losses):.{digits}f}", len(ours)]
            cells += [_seconds(ours)]
            cells += [f"{plain[0]['test_loss']:.{digits}f}", _seconds(plain)] if plain else ["-", "-"]
            lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(lines) + "\n"


def figure(records, name):
    """Return the learning curves of a model's runs: the loss on the test images after each epoch."""
    ours = [record for record in records if record["model"] == name]
    most = max(record["epochs"] for record in ours)
    curves = {}
    for record in ours:
        values = record["history"]["val_loss"]
        label = f"{'plain fit' if record['plain'] else 'ours'}, {record['epochs']} epochs, seed {record['seed']}"
        curves[label] = values + [np.nan] * (most - len(values))
    return plots.lines(range(1, most + 1), curves, "epoch", f"loss on the test images ({RUNS[name].unit})", name)


def refuse(folder):
    """Raise ValueError if a folder has a page named as the report's, but of something else."""
    page = pathlib.Path(folder) / PAGE
    if page.exists() and not page.read_bytes().startswith(TITLE.encode()):
        raise ValueError(f"{page} is in the way: it is no earlier report. Name another folder after --out.")


def write(records, folder):
    """Keep the table, what it was made with, and each model's learning curves beside the runs' own files."""
    folder = pathlib.Path(folder)
    names = list(dict.fromkeys(record["model"] for record in records))
    worlds = {", ".join(f"{name} {version}" for name, version in record["versions"].items()) for record in records}
    seeds = sorted({record["seed"] for record in records})
    lines = [
        TITLE,
        "Trained on the 60,000 training images, measured on the 10,000 test images, which nothing was chosen by. The "
        "loss of the variational model is the mean of ten evaluations, each with new codes. *Spread* is the largest "
        "minus the smallest loss over the seeds; seconds are medians of the runs that were not interrupted, with "
        "compiling and the test after each epoch.",
        table(records).rstrip(),
        f"Made by `aelib reproduce` with seeds {', '.join(map(str, seeds))} ({'; '.join(sorted(worlds))}). Each run's "
        "settings and losses are in the JSON files beside this page.",
    ]
    for name in names:
        drawn = figure(records, name)
        lines.append(f"![{drawn.alt}]({name}.png)")
        files.write(folder / f"{name}.png", drawn.png())
    files.write(folder / PAGE, "\n\n".join(lines) + "\n")


def _seconds(records):
    """Return the median of the seconds that were measured, as text."""
    known = [record["seconds"] for record in records if record["seconds"] is not None]
    return f"{statistics.median(known):.0f}" if known else "-"
