"""Makes the course's environment, the folder `.venv`, from `requirements.lock`; nothing of the course itself is here.

It runs before anything is installed, under whatever Python the machine has: standard library
only, and syntax that an old Python can read, so that it can say that it is too old.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
READY = os.path.join(VENV, "ready")  # what the environment was made from: place, then lock and project
VENV_PYTHON = os.path.join(VENV, *(["Scripts", "python.exe"] if os.name == "nt" else ["bin", "python"]))
SUPPORTED = ((3, 11), (3, 13))  # TensorFlow publishes wheels for these and the versions between
NEEDED_GB = 4.0  # the installed environment and what pip unpacks on the way

ANOTHER = "py -3.12 tools\\install.py" if os.name == "nt" else "make lab PYTHON=python3.12"

# A line of pip's output that matches gives the sentence that a user can act on.
CURES = [
    (
        r"No space left|Errno 28|not enough space",
        "The disk is full: free {0:.0f} GB and type the command again.".format(NEEDED_GB),
    ),
    (
        r"Read-only file system|Permission denied",
        "The course's folder can't be written: copy it to a folder of your own and type the command there.",
    ),
    (
        r"NewConnectionError|NameResolutionError|ConnectTimeout|ProxyError|Failed to establish|name resolution"
        r"|Network is unreachable|Read timed out|ConnectionResetError|Connection refused",
        "The package index can't be reached: the first set-up needs the internet, so go online and type the command "
        "again (behind a proxy, set HTTPS_PROXY first).",
    ),
    (
        r"No matching distribution found",
        "The package index has no package for this machine, or can't be reached: go online and type the command again "
        "(the course needs 64-bit Linux, Windows, or macOS on Apple silicon).",
    ),
    (
        r"DO NOT MATCH THE HASHES",
        "A downloaded package is not the one that requirements.lock names: clear pip's cache with "
        "'python3 -m pip cache purge' and type the command again.",
    ),
    (
        r"ensurepip is not available|No module named ensurepip|No module named venv",
        "This Python has no venv module: install it (on Debian and Ubuntu: apt install python3-venv) and type the "
        "command again.",
    ),
]


def say(text):
    """Print a line at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def python_problem(version):
    """Return why a Python `(major, minor, ...)` can't run the course, as one sentence, or None."""
    version = tuple(version[:2])
    oldest, newest = (".".join(map(str, v)) for v in SUPPORTED)
    if SUPPORTED[0] <= version <= SUPPORTED[1]:
        return None
    return (
        "This is Python {0}, too {1} for the course, which needs {2} to {3}: install one of these and name it, "
        "for example '{4}'."
    ).format(".".join(map(str, version)), "old" if version < SUPPORTED[0] else "new", oldest, newest, ANOTHER)


def space_problem(free_bytes):
    """Return why the free space is too little for the set-up, as one sentence, or None."""
    if free_bytes >= NEEDED_GB * 1e9:
        return None
    return (
        "Only {0:.1f} GB are free here and the set-up needs {1:.0f} GB: free some space and type the command again."
    ).format(free_bytes / 1e9, NEEDED_GB)


def cure(output):
    """Return the sentence for a failed command's output; its own last line where no sentence fits."""
    for pattern, sentence in CURES:
        if re.search(pattern, output):
            return sentence
    lines = [line for line in output.splitlines() if line.strip()]
    return "The set-up failed; the last line it printed: " + (lines[-1].strip() if lines else "(nothing)")


def digest(*names):
    """Return a hash of the project's place and of the named files in it."""
    result = hashlib.sha256(ROOT.encode("utf-8"))
    for name in names:
        with open(os.path.join(ROOT, name), "rb") as file:
            result.update(file.read())
    return result.hexdigest()


def usable():
    """Return whether `.venv` was made in this place and its Python still runs and is supported."""
    try:
        with open(READY) as file:
            if file.readline().strip() != digest():
                return False  # an environment does not work in another place than its own
        version = subprocess.check_output([VENV_PYTHON, "-c", "import sys; print('%d %d' % sys.version_info[:2])"])
        return python_problem([int(number) for number in version.split()]) is None
    except (EnvironmentError, ValueError, subprocess.CalledProcessError):
        return False


def run(command, doing):
    """Run a command while one line shows how far it is; end the program with one sentence if it fails."""
    alive = sys.stderr.isatty()
    count, output = 0, []
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL
    )
    for line in iter(process.stdout.readline, b""):
        line = line.decode("utf-8", "replace")
        output.append(line)
        if line.startswith("Collecting "):
            count += 1
        if alive and line.startswith(("Collecting ", "Installing ")):
            sys.stderr.write("\r\033[K{0}: {1} packages".format(doing, count))
            sys.stderr.flush()
    if alive:
        sys.stderr.write("\r\033[K")
    if process.wait():
        sys.exit(cure("".join(output)))


def main():
    """Make or update `.venv`; return at once when it is already what the lock and the project ask for."""
    os.chdir(ROOT)
    place, wanted = digest() + "\n", digest("requirements.lock", "pyproject.toml")
    if usable():
        with open(READY) as file:
            if file.read() == place + wanted:
                return
    else:
        problem = python_problem(sys.version_info) or space_problem(shutil.disk_usage(ROOT).free)
        if os.path.islink(VENV):  # making it anew would empty what it leads to
            problem = ".venv is a link: remove it and type the command again."
        if problem:
            sys.exit(problem)
        say("Setting up the course in .venv, once: some minutes, {0:.0f} GB.".format(NEEDED_GB))
        run([sys.executable, "-m", "venv", "--clear", VENV], "Making .venv")
    with open(READY, "w") as file:
        file.write(place)  # an update that fails is taken up again, here and in place
    pip = [VENV_PYTHON, "-m", "pip", "--disable-pip-version-check", "install", "--progress-bar", "off"]
    run(pip + ["--require-hashes", "-r", "requirements.lock"], "Installing")
    run(pip + ["--no-deps", "--no-build-isolation", "-e", "."], "Installing the project")
    with open(READY, "w") as file:
        file.write(place + wanted)
    say("The environment is ready.")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("Interrupted: type the command again to go on.")
    except EnvironmentError as error:  # a full disk, or a folder that can't be written
        sys.exit(cure(str(error)))
