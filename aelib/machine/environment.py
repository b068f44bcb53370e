"""What is wrong with the computer's Python, packages and Keras, and what to type; nothing is started or mended here."""

import contextlib
import faulthandler
import importlib.machinery
import importlib.metadata
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import traceback

import packaging.requirements
import packaging.specifiers
import platformdirs

from aelib.machine import sharing

CHECKOUT = (pathlib.Path(__file__).parents[2] / "Makefile").exists()
REPAIR = (
    "Repair: type 'make setup' in a terminal in the course's folder (without make: see the README)."
    if CHECKOUT
    else "Repair: install the course again as you did the first time (in a notebook: by the line with %pip), and "
    "restart the kernel."
)
MEMORY = "Most likely the memory is used up: shut down other kernels and programs, and run the cell again."
PROCESSOR = (
    "This processor lacks an instruction that the backend was built with: take a newer computer, or another backend "
    "(type '%pip install torch' in a cell, and set the environment variable KERAS_BACKEND to torch)."
)
DEATHS = {-4: PROCESSOR, 0xC000001D: PROCESSOR, -9: MEMORY, 0xC0000017: MEMORY}  # by exit code; Windows has large ones
BACKENDS = ("tensorflow", "jax", "torch")
GREEN = pathlib.Path(__file__).with_name("green.json")  # what `python -m tools.green` writes
DELETE = "delete it (Keras writes a new one) and restart the kernel."
DEFAULTS = {"nnx_enabled": False, "max_epochs": None, "max_steps_per_epoch": None}
DEFAULTS |= {"floatx": "float32", "epsilon": 1e-07, "backend": "tensorflow", "image_data_format": "channels_last"}
TRIAL = """
try:
    import keras
    keras.ops.convert_to_numpy(keras.ops.ones(1) + 1)
except BaseException:
    pass  # what can be raised is told where it is raised
print("alive")
"""


def python_problem():
    """Return what is wrong with the running Python, as one sentence, or None."""
    try:
        wanted = importlib.metadata.metadata("aelib")["Requires-Python"]
    except importlib.metadata.PackageNotFoundError:
        return f"in this Python, {sys.executable}, the course is not installed. {REPAIR}"
    version = "{}.{}.{}".format(*sys.version_info)
    if packaging.specifiers.SpecifierSet(wanted).contains(version):
        return None
    return f"this is {version} and the course needs {wanted}. {REPAIR}"


def packages_problem():
    """Return which package is missing or too old, as one sentence, or None."""
    try:
        lines = importlib.metadata.requires("aelib")
    except importlib.metadata.PackageNotFoundError:
        return f"which ones the course needs is not known, as it is not installed. {REPAIR}"
    for line in lines:
        requirement = packaging.requirements.Requirement(line)
        if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
            continue
        try:
            found = importlib.metadata.version(requirement.name)
        except importlib.metadata.PackageNotFoundError:
            found = None
        if found is None or not requirement.specifier.contains(found, prereleases=True):
            needs = f"{requirement.name}{requirement.specifier}"
            return f"{requirement.name} {found or 'is missing'} and the course needs {needs}. {REPAIR}"
    return None


def last_green():
    """Return the sentences on the versions with which all lessons last passed, and when."""
    notes = json.loads(GREEN.read_text("utf-8")) if GREEN.exists() else []
    return [
        f"All lessons last passed on {note['date']}, with Python {note['python']}, TensorFlow {note['tensorflow']}, "
        f"Keras {note['keras']} and NumPy {note['numpy']}."
        for note in notes
    ]


def shadow(reason):
    """Return which file in this folder was imported for a module of its name, as one sentence, or None.

    Args:
        reason: The exception, which comes from the file or names its module.
    """
    with contextlib.suppress(OSError):  # this folder is deleted
        here = os.path.realpath(os.curdir)
        others = [folder for folder in sys.path if os.path.realpath(folder or os.curdir) != here]
        raised = [frame.filename for frame in traceback.extract_tb(reason.__traceback__)]
        raised.append(getattr(reason, "filename", None) or "")  # of a SyntaxError
        for file in sorted(pathlib.Path(here).glob("*.py")):
            loaded = getattr(sys.modules.get(file.stem), "__file__", None)
            if loaded and re.search(rf"'{file.stem}[.']", str(reason)):
                raised.append(loaded)
            mine = any(os.path.realpath(path) == os.fspath(file) for path in raised if path)
            if mine and importlib.machinery.PathFinder.find_spec(file.stem, others):
                return (
                    f"Your file {file} has the name of a module, and Python takes it in the module's place: rename it "
                    "and restart the kernel."
                )
    return None


def settings_file():
    """Return the path of Keras's settings file, as Keras finds it."""
    home = os.path.expanduser("~")
    folder = os.environ.get("KERAS_HOME", os.path.join(home if os.access(home, os.W_OK) else "/tmp", ".keras"))
    return pathlib.Path(os.path.expanduser(os.path.join(folder, "keras.json")))


def settings_problem():
    """Return which setting of a Keras that works changes what the lessons give, as one sentence, or None."""
    import keras

    if (backend := keras.backend.backend()) not in BACKENDS:
        cure = "Set the environment variable KERAS_BACKEND to tensorflow and start JupyterLab again."
        return f"the backend {backend!r} trains no models. {cure}"
    found = {"floatx": keras.config.floatx(), "image_data_format": keras.config.image_data_format()}
    found |= {name: getattr(keras.config, name, lambda: None)() for name in ("max_epochs", "max_steps_per_epoch")}
    says = ", ".join(f"{name} {value!r}" for name, value in found.items() if value != DEFAULTS[name])
    where = f"Look into Keras's settings file {settings_file()}: {DELETE}"
    return f"it is set to {says}, and the lessons' numbers come from other settings. {where}" if says else None


def cure(reason):
    """Return what to type after Keras raised an exception at its start."""
    if isinstance(reason, MemoryError):
        return MEMORY
    if words := shadow(reason):
        return words
    backend = os.environ.get("KERAS_BACKEND") or "tensorflow"
    file, cures = settings_file(), []
    if backend != "tensorflow":
        cures.append(
            f"The environment variable KERAS_BACKEND asks for the backend {backend!r}: {_way(backend)}; or unset the "
            "variable and start JupyterLab again."
        )
    try:
        settings = json.loads(file.read_bytes())
        if not isinstance(settings, dict):
            raise ValueError("expected names and values in braces")
        asked = {name: value for name, value in settings.items() if DEFAULTS.get(name, value) != value}
        if os.environ.get("KERAS_BACKEND"):
            asked.pop("backend", None)
        if asked:
            says = ", ".join(f"{name} {value!r}" for name, value in asked.items())
            way = f"{_way(asked['backend'])}; or " if "backend" in asked else ""
            cures.append(f"Keras's settings file {file} asks for {says}: {way}{DELETE}")
    except FileNotFoundError:
        pass
    except (OSError, ValueError, RecursionError) as error:
        cures.append(f"Keras's settings file {file} can't be used ({error}): {DELETE}")
    return " ".join([*cures, f"If that does not help, {REPAIR.removeprefix('Repair: ')}" if cures else REPAIR])


def _way(backend):
    """Return what to do to get a backend."""
    known = backend in BACKENDS
    return (
        f"type '%pip install {backend}' in a cell and restart the kernel" if known else "take tensorflow, jax or torch"
    )


def death():
    """Import Keras in a process of its own; return what kills it, as one sentence, or None if nothing does."""
    command = [sys.executable, "-X", "faulthandler", "-c", TRIAL]
    quiet = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"}  # but for what TensorFlow says before it ends the process
    try:
        trial = subprocess.run(command, env=quiet, stdin=subprocess.DEVNULL, capture_output=True)
    except OSError as error:
        return f"Keras can't be tried in a process of its own ({error}). {MEMORY}"
    if trial.stdout.split()[-1:] == [b"alive"]:
        return None
    said, code = trial.stderr.decode(errors="replace"), trial.returncode
    sys.stderr.write(said)
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"exit code {code:#x}" if code > 255 else f"exit code {code}"
    other = (
        PROCESSOR
        if "available on your machine" in said
        else f"Native libraries don't fit each other or are damaged. {REPAIR}"
    )
    return f"Keras can't start: to import it kills the whole process ({name}). {DEATHS.get(code, other)}"


@contextlib.contextmanager
def marked():
    """Import Keras within, where a death can be told at the next try: by a mark that stays only if the process dies.

    The mark is a file that has content though no process has its lock. It proves nothing: somebody may have shut the
    kernel down. So where one is found Keras is first tried in a process of its own.

    Raises:
        RuntimeError: if that process dies, with the reason and what to type.
    """
    with contextlib.ExitStack() as stack:
        mark, before = None, []
        if "keras" not in sys.modules:
            with contextlib.suppress(OSError, RuntimeError):  # there is no home, or nothing can be written there
                folder = pathlib.Path(platformdirs.user_cache_dir("aelib")).expanduser()  # fails for an unknown ~
                folder.mkdir(parents=True, exist_ok=True)
                mark = stack.enter_context(sharing.held(folder / "start"))
                if mark:  # or another kernel is starting
                    mark.seek(0)
                    before = mark.read().decode(errors="replace").splitlines()
        if before and (reason := death()):
            raise RuntimeError(reason)
        if before[1:]:
            print(f"The last start of Keras killed its kernel ({before[1]}); in a process of its own Keras works.")
            print("If that happens again, restart the kernel, and run this cell before any other.")
        if mark:
            mark.truncate(0)
            with contextlib.suppress(OSError):  # the disk is full
                mark.write(b"start\n")
        traced = mark and not faulthandler.is_enabled()
        if traced:
            faulthandler.enable(mark)
        try:
            yield
        finally:
            if traced:
                faulthandler.disable()
            if mark:
                mark.truncate(0)
