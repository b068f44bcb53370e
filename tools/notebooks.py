"""The only writer of the lessons' outputs: runs each in a fresh kernel and normalises it; no lesson is written here.

`python -m tools.notebooks [FILE ...]` executes the named notebooks, or all lessons. A notebook
is written only if it ran to its end and its outputs may be published. The folder `pictures`
holds the first figure of the lessons that other pages show; it is written here, too. Where
`pyproject.toml` names the project's repository on GitHub, a line below each lesson's title
leads to places in the cloud.
"""

import base64
import os
import pathlib
import re
import sys
import time
import tomllib

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from aelib import files

FOLDER = pathlib.Path(__file__).parent.parent / "notebooks"
PROJECT = tomllib.loads((FOLDER.parent / "pyproject.toml").read_text("utf-8"))["project"]
REPOSITORY = PROJECT.get("urls", {}).get("Repository", "").rstrip("/")  # its address on GitHub, or ""
LAUNCH = re.compile(r"\n\n\*In the cloud:\*[^\n]*")  # the line below a lesson's title
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
UNPUBLISHABLE = {
    "a machine path": re.compile(r"/(?:home|root|tmp|Users|usr|var|work|opt|mnt|srv|media)/\S|\b[A-Z]:\\\w"),
    "an object's address": re.compile(r"\b0x[0-9a-fA-F]{6,}"),
    "a timing": re.compile(r"\d ?(?:ms|µs|s|sec|seconds|minutes)\b"),
}
OFFLINE = {name: "http://127.0.0.1:9" for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY")}
OFFLINE |= {"no_proxy": "", "NO_PROXY": ""}


def normalised(book):
    """Return a copy of a notebook with nothing in it that depends on who ran it, or when.

    Metadata is reduced to the kernel's name and the cells' tags; pieces of one output stream
    are joined; execution counts run from 1; a quiz no longer names its model in the kernel. Cell
    ids are kept.
    """
    cells = []
    count = 0
    for cell in book.cells:
        tags = cell.metadata.get("tags", [])
        kept = {
            "id": cell.id,
            "cell_type": cell.cell_type,
            "metadata": {"tags": tags} if tags else {},
            "source": cell.source,
        }
        if cell.get("attachments"):
            kept["attachments"] = cell.attachments
        if cell.cell_type == "code":
            executed = cell.execution_count is not None
            count += executed
            kept["execution_count"] = count if executed else None
            kept["outputs"] = _outputs(cell.outputs, kept["execution_count"])
        cells.append(kept)
    return nbformat.from_dict({"cells": cells, "metadata": METADATA, "nbformat": 4, "nbformat_minor": 5})


def places(name):
    """Return the addresses at which a lesson runs in the cloud, {"Colab": ...}; none where GitHub doesn't have it."""
    project = REPOSITORY.partition("github.com/")[2]
    if not project:
        return {}
    file = f"{project}/blob/main/notebooks/{name}"
    return {
        "Colab": f"https://colab.research.google.com/github/{file}",
        "Kaggle": f"https://kaggle.com/kernels/welcome?src=https://github.com/{file}",
        "Binder": f"https://mybinder.org/v2/gh/{project}/HEAD?urlpath=lab%2Ftree%2Fnotebooks%2F{name}",
    }


def install():
    """Return what installs the course where it is missing, as it is typed in a cell."""
    return f'%pip install -q "aelib @ git+{REPOSITORY}"'


def launched(book, name):
    """Return a copy of a lesson with the line below its title that leads to the cloud, if there is an address."""
    links = [f"[{place}]({address})" for place, address in places(name).items()]
    line = f"\n\n*In the cloud:* {', '.join(links)}. Colab and Kaggle need this in a first cell: `{install()}`"
    book = nbformat.from_dict(book)
    for cell in book.cells:
        if cell.get("id") == "title":
            cell.source = LAUNCH.sub("", cell.source) + (line if links else "")
    return book


def faults(book):
    """Return the sentences that say why a notebook can't be published as it is; an empty list if it can."""
    found = []
    if book != normalised(book):
        found.append("is not as 'make notebooks' writes it")
    ids = [cell.get("id") for cell in book.cells]
    if None in ids or len(set(ids)) < len(ids):
        found.append("has cells without an id of their own")
    for i, cell in enumerate(book.cells):
        if cell.cell_type != "code":
            continue
        where = f"cell {i} ({cell.get('id')})"
        if cell.source.strip() and cell.execution_count is None:
            found.append(f"{where} was not executed")
        for output in cell.outputs:
            text = "\n".join(_texts(output))
            for what, pattern in UNPUBLISHABLE.items():
                if pattern.search(text):
                    found.append(f"{where} prints {what}: {pattern.search(text).group()}")
            if output.get("name") == "stderr":
                found.append(f"{where} writes to standard error: {text.strip()[:80]}")
            if output.output_type == "error" and "raises-exception" not in cell.metadata.get("tags", []):
                found.append(f"{where} ends in {output.ename}")
            if "application/vnd.jupyter.widget-view+json" in output.get("data", {}):
                found.append(f"{where} holds a widget that only a running kernel can draw")
    return found


def read(path):
    """Return the notebook in a file, as nbformat 4.5."""
    book = nbformat.read(path, as_version=4)
    return book if book.nbformat_minor >= 5 else nbformat.v4.upgrade(book)


def run(book, path, **environment):
    """Execute a notebook's cells in a fresh kernel with no network and no progress; their outputs go into `book`.

    Args:
        book: The notebook, as `read` returns it.
        path: Its file, in whose folder it runs.
        **environment: Variables that the kernel gets besides.

    Returns:
        Seconds that each code cell took.
    """
    seconds = []
    client = NotebookClient(
        book,
        timeout=120,
        kernel_name="python3",
        store_widget_state=False,
        extra_arguments=["--IPKernelApp.log_level=ERROR"],
        resources={"metadata": {"path": str(path.parent)}},
        on_cell_execute=lambda cell, cell_index: seconds.append(-time.monotonic()),
        on_cell_executed=lambda cell, cell_index, execute_reply: seconds.append(seconds.pop() + time.monotonic()),
    )
    inherited = {name: value for name, value in os.environ.items() if name != "AELIB_MNIST"}
    client.execute(env={**inherited, **OFFLINE, "AELIB_PROGRESS": "off", **environment})
    return seconds


def execute(path):
    """Execute a notebook in a fresh kernel with no network and no progress, and write it back normalised.

    Returns:
        Seconds that each code cell took.

    Raises:
        nbclient.exceptions.CellExecutionError: if a cell fails.
        ValueError: if the outputs may not be published, with the reasons.
    """
    book = read(path)
    seconds = run(book, path)
    book = launched(normalised(book), path.name)
    problems = faults(book)
    if problems:
        raise ValueError("; ".join(problems))
    picture = path.parent / "pictures" / f"{path.stem}.png"
    first = first_picture(book) if picture.exists() else None
    files.write(path, nbformat.writes(book) + "\n")
    if first is not None:
        files.write(picture, first)
    return seconds


def number(path):
    """Return a lesson's number, with the letter of a side trip, e.g. "03b"."""
    return path.stem.partition("_")[0]


def first_picture(book):
    """Return the bytes of a notebook's first figure, a PNG."""
    outputs = (output for cell in book.cells if cell.cell_type == "code" for output in cell.outputs)
    pictures = (output.data["image/png"] for output in outputs if "image/png" in output.get("data", {}))
    first = next(pictures, None)
    if first is None:
        raise ValueError("it has no figure for its picture on the site")
    return base64.b64decode(first)


def main(arguments):
    """Execute the named notebooks, or all, and print each one's time; return 1 if any could not be written."""
    failed = False
    for path in [pathlib.Path(name) for name in arguments] or sorted(FOLDER.glob("*.ipynb")):
        try:
            seconds = execute(path)
            print(f"{path.name}: {sum(seconds):.1f} s, slowest cell {max(seconds, default=0):.1f} s", flush=True)
        except (
            CellExecutionError,
            CellTimeoutError,
            DeadKernelError,
            OSError,
            ValueError,
            nbformat.ValidationError,
        ) as error:
            failed = True
            print(f"{path.name} was not written: {error}", flush=True)
    return int(failed)


def _outputs(outputs, count):
    """Return the outputs with pieces of a stream joined, the cell's execution count, and no name of a quiz's model."""
    kept = []
    for output in outputs:
        output = dict(output)
        if "execution_count" in output:
            output["execution_count"] = count
        if "text/html" in output.get("data", {}):
            text = re.sub(' data-model="[^"]*"', "", output["data"]["text/html"])
            output["data"] = {**output["data"], "text/html": text}
        if "metadata" in output:
            output["metadata"] = {kind: value for kind, value in output["metadata"].items() if value}
        if kept and output["output_type"] == "stream" == kept[-1]["output_type"] and output["name"] == kept[-1]["name"]:
            kept[-1]["text"] += output["text"]
        else:
            kept.append(output)
    return kept


def _texts(output):
    """Return what a person could read in an output."""
    if output.output_type == "stream":
        return [output.text]
    if output.output_type == "error":
        return [output.ename, output.evalue, *output.traceback]
    shown = [str(value) for kind, value in output.data.items() if not kind.startswith("image/")]
    return [re.sub('<script.*?</script>|src="data:[^"]*"', "", text, flags=re.DOTALL) for text in shown]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
