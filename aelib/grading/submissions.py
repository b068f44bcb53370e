"""Finds what was handed in, whose it is and which task it answers, and reads it; nothing is run or judged here."""

import collections
import io
import os
import pathlib
import re
import stat
import unicodedata
from typing import NamedTuple

from aelib.grading import containers, file_style

FILES = {
    "0-vanilla.py": "vanilla",
    "1-sparse.py": "sparse",
    "2-convolutional.py": "convolutional",
    "3-variational.py": "variational",
}
NAMES = {task: name for name, task in FILES.items()}
EXPECTED = f"files named {', '.join(FILES)}"
NESTED = 2  # archives in each other that are opened
DEEP = 100  # folders in each other that are opened
NAMED = 100  # of what is not graded, each learner's first ones are named
UNOPENED = r"\.(rar|7z|gz|bz2|xz|zst|lzma|z|tbz2?|txz|iso|dmg|cab|jar|whl)$"

# What systems and editors leave in folders, and nobody hands in.
LITTER = {"__MACOSX", "__pycache__", ".git", ".hg", ".svn", ".idea", ".vscode", ".ipynb_checkpoints", ".pytest_cache"}
LITTER |= {".DS_Store", ".gitignore", ".gitattributes", ".gitkeep", ".localized", "Thumbs.db", "desktop.ini", "Icon\r"}
LITTER |= {".mypy_cache", ".ruff_cache", ".venv", "venv", ".Rhistory", ".python-version"}

# How learning platforms name the files and folders of a download: Moodle, Blackboard and Canvas.
PLATFORMS = (
    r"(?P<who>.+_\d+)_assignsubmission_(?:file|onlinetext)(?:_(?P<rest>.*))?",
    r".+_(?P<who>[^_]+)_attempt_\d{4}(?:-\d\d){5}_(?P<rest>.+)",
    r"(?P<who>[^_]+)_(?:LATE_)?(?P<id>\d+)_\d+_(?P<rest>.+)",
)
# What browsers, systems and learners make of a name such as 0-vanilla.py.
COPY = "copy|copie|kopie|copia|cópia"
NAME = re.compile(
    rf"(?:(?:{COPY}) (?:\d+ )?(?:of|de|von|di|do|van) )*"
    r"(?P<number>\d)?[-_. ]*(?P<task>vanilla|sparse|convolutional|variational)(?:[-_. ]*(?:autoencoder|ae))?"
    rf"(?P<rest>\d{{0,4}}(?:[-_. ]+(?:{COPY}|final|v?\d{{1,4}})|[-_. ]*\(\d{{1,4}}\))*) ?"
    r"\.(?P<kind>py|ipynb)(?P<more>(?:\.py|\.txt|\.json|\.\d{1,3}| ?\(\d{1,4}\))*)"
)


class Submission(NamedTuple):
    """One file that is graded, as it was when it was read."""

    learner: str
    task: str
    path: pathlib.Path  # in an archive: goes on behind the archive's name
    data: bytes  # what is run
    mode: int | None  # None where the file's rights are unknown
    notebook: bool  # whether `data` was taken from a notebook
    folder: str  # on the disk
    remarks: tuple = ()


class Ungraded(NamedTuple):
    """One thing that was found and is not graded; `learner` and `task` are "" where they are not known."""

    learner: str
    task: str
    path: pathlib.Path
    text: str  # what it is, and what to do


class _Found(NamedTuple):
    """One thing that was found: a file as it was read, or why it is not graded."""

    path: pathlib.Path  # as it is shown
    parts: tuple  # of its true path, from the root of the disk; the last one is "" for a folder as a whole
    top: int  # so many of them are those of the folder or archive that was named
    archives: tuple = ()  # which of them are archives
    alone: bool = False  # by itself no cohort: an empty folder, or a file that was named by itself
    mode: int | None = None
    task: str = ""
    data: bytes = b""
    notebook: bool = False
    why: str = ""  # it is not graded, as the rest of a sentence

    def folders(self):
        """Return the parts of the folder that holds it; archives count as folders, and lose their ending."""
        return tuple(_stem(part) if at in self.archives else part for at, part in enumerate(self.parts[:-1]))


def as_text(path):
    """Return a path or name as a text that any file and any terminal can hold."""
    return str(path).encode("utf-8", "backslashreplace").decode()


def find(paths):
    """Return what is graded and what is not.

    Args:
        paths: Files, archives, or folders, which are searched `DEEP` folders deep. The learner is the folder that
            holds the files, as seen from the folder that was named, and from further up where two are called the same.

    Returns:
        A list of `Submission`, one for each learner and task, and a list of `Ungraded`. A file that was named twice
        is there once.

    Raises:
        ValueError: if a path does not exist, or there is nothing that could have been handed in.
    """
    found = {}
    for path in paths:
        for one in sorted(_under(path), key=lambda one: one.parts):
            found.setdefault((one.parts, one.task), one)
    places = _places(found.values())
    names = _names(places.values())
    answers, ungraded = collections.defaultdict(list), []
    for one in found.values():
        learner = names.get(places.get(one.parts), "")
        if not one.why:
            answers[learner, one.task].append(one)
        elif one.parts in places:
            ungraded.append(Ungraded(learner, one.task, one.path, f"{_shown(one.path)} {one.why}"))
    if not answers and all(one.alone for one in found.values()):
        raise ValueError(" ".join(one.text for one in ungraded[:3]))
    submissions = []
    for (learner, task), several in answers.items():
        several.sort(key=_preference)
        submissions.append(_submission(learner, several))
        for other in several[1:]:
            if other.data != several[0].data:
                said = f"{_shown(other.path)} lies beside {_shown(several[0].path)}, which is graded: "
                said += f"hand in one file for each task, named {NAMES[task]}."
                ungraded.append(Ungraded(learner, task, other.path, said))
    return submissions, _first_ones(ungraded)


def _submission(learner, several):
    """Return the first of several answers of a learner to the same task, with remarks on its name and the others."""
    one, *others = several
    expected, remarks = NAMES[one.task], []
    if one.notebook:
        remarks.append(f"{one.path.name} is a notebook, from which the function {containers.FUNCTION} is graded.")
    elif _handed(one.path.name)[1] != expected:
        remarks.append(f"{one.path.name} is graded as {expected}, which should be its name.")
    if others:
        listed = ", ".join(_shown(other.path) for other in others[:5])
        listed += f" and {len(others) - 5} more" if len(others) > 5 else ""
        if all(other.data == one.data for other in others):
            remarks.append(f"The same text is handed in twice: {_shown(one.path)} is graded, and counts for {listed}.")
        else:
            remarks.append(
                f"Of {len(several)} files for this task {_shown(one.path)} is graded: the exact name counts first, "
                f"then the highest number. Not graded: {listed}."
            )
    folder = os.path.join(*one.parts[: min(one.archives, default=len(one.parts) - 1)])
    return Submission(
        learner, one.task, one.path, one.data, one.mode, one.notebook, folder, tuple(as_text(text) for text in remarks)
    )


def _preference(one):
    """Return what sorts answers to the same task: the exact name, a file, the highest number come first."""
    name = _handed(one.path.name)[1]
    number = 0
    if match := _match(name):
        number = max(map(int, re.findall(r"\d+", match["rest"] + match["more"])), default=0)
    return name not in FILES, one.notebook, -number, len(one.archives), len(name), one.parts


def _first_ones(ungraded):
    """Return the first ones of each learner, and one sentence for all others."""
    kept, counts = [], collections.Counter()
    for one in ungraded:
        counts[one.learner] += 1
        if counts[one.learner] <= NAMED:
            kept.append(one)
    for learner, count in counts.items():
        if count > NAMED:
            last = [one for one in kept if one.learner == learner][-1]
            text = f"{count - NAMED:,} more were found beside {_shown(last.path)}, and are not graded, either."
            kept.append(Ungraded(learner, "", last.path.parent, text))
    return kept


# Names


def _shown(path):
    """Return a path as it fits into a sentence."""
    text = as_text(path)
    return text if len(text) <= 160 else f"{text[:60]}...{text[-97:]}"


def _stem(name):
    """Return an archive's name without its ending."""
    return re.sub(r"(\.tar)?\.\w+$", "", name) or name


def _handed(name):
    """Return whose a file or folder is, if a learning platform wrote that into its name, and the rest of the name."""
    for pattern in PLATFORMS:
        if match := re.fullmatch(pattern, name, re.S):
            user = match.groupdict().get("id")
            return match["who"] + (f"_{user}" if user else ""), match["rest"] or ""
    return "", name


def _match(name):
    """Return how a name names a task, or None if it names none, or two."""
    plain = re.sub("[\u2010-\u2015\u2212]", "-", unicodedata.normalize("NFKC", name))
    match = NAME.fullmatch(plain.strip().casefold())
    if match and match["number"] in (None, NAMES[match["task"]][0]):
        return match


def _litter(name):
    """Return whether something is of the kind that systems and editors leave behind."""
    return name in LITTER or name.startswith(("._", "~$")) or name.endswith((".pyc", ".swp"))


def _misnamed(name):
    """Return why a file with this name is not graded, as the rest of a sentence."""
    if re.search(UNOPENED, name, re.I):
        return "can't be opened here: hand in the files themselves, or a .zip of them."
    words = [task for task in NAMES if task in name.casefold()]
    if len(words) == 1:
        return f"is not named as a task is: if it answers the task {words[0]}, name it {NAMES[words[0]]}."
    return f"is not named as a task is: expected one of {', '.join(FILES)}."


# Learners


def _places(found):
    """Return {parts: (parts of the learner's folder, how many of them are shown)}; an empty folder may have none."""
    answers = [one for one in found if one.task]
    direct = {one.folders() for one in answers if not _outer(one)}
    inside = collections.defaultdict(lambda: collections.defaultdict(set))  # {archive: {task: folders in it}}
    for one in answers:
        if at := _outer(one):
            inside[one.parts[: at + 1]][one.task].add(one.parts[at + 1 : -1])
    single = {archive for archive, tasks in inside.items() if max(map(len, tasks.values())) == 1}
    counts = collections.Counter((archive[:-1], task) for archive in single for task in inside[archive])
    crowded = {folder for (folder, _), count in counts.items() if count > 1}  # archives of several learners
    places = {}
    for one in answers:
        folders, at = one.folders(), _outer(one)
        if whose := _by_platform(one):
            places[one.parts] = whose
        elif at is None:
            places[one.parts] = folders, len(folders) - one.top
        elif one.parts[: at + 1] not in single:  # an archive of several learners' folders
            places[one.parts] = folders, len(folders) - at - 1
        elif one.parts[:at] not in direct and (
            one.parts[:at] in crowded or (at == one.top and not _match(f"{folders[at]}.py"))
        ):
            places[one.parts] = folders[: at + 1], at + 1 - one.top
        else:
            places[one.parts] = folders[:at], at - one.top
    return places | _other_places(
        [one for one in found if not one.task], {place for place, _ in places.values()}, inside
    )


def _other_places(found, known, archives):
    """Return what `_places` returns for what answers no task.

    Args:
        found: What answers no task.
        known: The folders of learners, to which those of this are added.
        archives: The archives in which answers were found.
    """
    places = {}
    for one in sorted(found, key=lambda one: (len(one.parts) == one.top + 1, one.parts[-1] == "", len(one.parts))):
        folders, at, hidden = one.folders(), _outer(one), 0
        near = [folders[:end] for end in range(len(folders), one.top - 1, -1) if folders[:end] in known]
        if near and one.alone and one.parts[-1] == "":
            continue  # an empty folder of somebody who has handed in something
        if near:
            folders = near[0]
        elif at is not None and one.parts[: at + 1] not in archives:
            folders = folders[: max(at, one.top + 1)]
        elif at is not None:
            hidden = at + 1 - one.top
        elif len(folders) == one.top and re.search(rf"{UNOPENED}|\.(zip|tar|tgz)$", one.parts[-1], re.I):
            folders = (*folders, _stem(one.parts[-1]))
        elif len(folders) == one.top and known and one.parts[-1] != "":
            folders, hidden = (), -one.top  # nobody's
        places[one.parts] = _by_platform(one) or (folders, len(folders) - one.top - hidden)
        known.add(places[one.parts][0])
    return places


def _outer(one):
    """Return which part is the outermost archive below what was named, or None."""
    return next((at for at in one.archives if at >= one.top), None)


def _by_platform(one):
    """Return the learner's folder, and how much of it is shown, as a learning platform's names have it, or None."""
    for at in range(one.top - 1, len(one.parts)):
        whose, rest = _handed(one.parts[at])
        if whose and (not rest or at in one.archives or at == len(one.parts) - 1):
            return (*one.folders()[:at], whose), max(at + 1 - one.top, 1)


def _names(places):
    """Return {(place, number of parts): name}; two places that would be called the same get names from further up."""
    shown = {}
    for place, number in places:
        shown[place] = max(shown.get(place, 1), number)
    while True:
        called = collections.defaultdict(list)
        for place, number in shown.items():
            called[place[-number:]].append(place)
        same = [place for several in called.values() if len(several) > 1 for place in several]
        if not same:
            break
        for place in same:
            shown[place] += 1
    return {(place, number): as_text("/".join(place[-shown[place] :])) for place, number in places}


# What lies where


def _under(path):
    """Return all that is found under one path."""
    path, full = pathlib.Path(path), os.path.abspath(path)
    if not os.path.lexists(full):
        raise ValueError(f"{as_text(path)} does not exist: expected files or folders of submissions.")
    if os.path.isdir(full):
        return _in_folder(path, pathlib.Path(os.path.realpath(full)).parts)
    parts = pathlib.Path(os.path.realpath(os.path.dirname(full)), os.path.basename(full)).parts
    found = _on_disk(_Found(path, parts, len(parts) - 1))
    return [one._replace(alone=one.why == _misnamed(path.name)) for one in found]


def _in_folder(path, top):
    """Return all that is found in a folder, at any depth; nothing in it is an error."""
    found, folders, waiting = [], [], [top]
    while waiting:
        folder = waiting.pop()
        here = path.joinpath(*folder[len(top) :])
        folders.append(_Found(here, folder, len(top)))
        if len(folder) - len(top) > DEEP:
            first = len(top) + 1
            why = f"holds more than {DEEP} folders in each other, which are not all opened: hand in fewer."
            found.append(_Found(path / folder[first - 1], (*folder[:first], ""), len(top), why=why))
            continue
        try:
            with os.scandir(os.path.join(*folder)) as inside:
                entries = [entry for entry in inside if not _litter(entry.name)]
            for entry in entries:
                one = _Found(here / entry.name, (*folder, entry.name), len(top))
                if entry.is_symlink() and entry.is_dir():
                    why = "is a link to a folder, which is not followed: hand in the folder itself."
                    found.append(one._replace(parts=(*one.parts, ""), why=why))
                elif entry.is_dir(follow_symlinks=False) and not _match(_handed(entry.name)[1]):
                    waiting.append(one.parts)
                else:
                    found += _on_disk(one)
        except OSError as error:
            why = f"can't be read ({error.strerror}): hand in a folder that can be."
            found.append(_Found(here, (*folder, ""), len(top), why=why))
    return found + _empty(folders, found)


def _empty(folders, found):
    """Return those of some folders in which nothing was found, without those that lie in such a folder."""
    full = set()
    for one in found:
        parts = one.parts[:-1]
        while parts and parts not in full:
            full.add(parts)
            parts = parts[:-1]
    hollow = {one.parts: one for one in folders if one.parts not in full}
    why = f"holds no submission: expected {EXPECTED}, at any depth."
    return [
        one._replace(parts=(*parts, ""), alone=True, why=why)
        for parts, one in hollow.items()
        if parts[:-1] not in hollow
    ]


def _on_disk(one):
    """Return what a file on the disk holds."""
    full, name = os.path.join(*one.parts), one.path.name
    kinds = {stat.S_IFLNK: "is a link", stat.S_IFDIR: "is a folder"}
    try:
        kind = stat.S_IFMT(os.lstat(full).st_mode)
        if kind != stat.S_IFREG:
            match = _match(_handed(name)[1])
            why = f"{kinds.get(kind, 'is no ordinary file')}: hand in an ordinary file."
            return [one._replace(task=match["task"] if match else "", why=why)]
        if _is_archive(name):
            with open(full, "rb") as stream:
                return _opened(one, stream, [containers.UNPACKED])
    except OSError as error:
        return [one._replace(why=_unreadable(error))]
    return _answers(one, lambda most: file_style.read(full, most))


def _is_archive(name):
    """Return whether a name is one of an archive that can be opened."""
    return name.lower().endswith(containers.ARCHIVES)


def _opened(archive, stream, budget):
    """Return what an archive holds, archives in it included."""
    try:
        inside = containers.members(archive.path.name, stream, budget)
    except containers.Refused as error:
        return [archive._replace(why=f"{error}.")]
    found, folders = [], []
    counts = collections.Counter(names for names, _, why, _ in inside if not why)
    for names, mode, why, reader in inside:
        if not names or any(map(_litter, names)):
            continue
        path = pathlib.Path(f"{archive.path}/{'/'.join(names)}")
        archives = (*archive.archives, len(archive.parts) - 1)
        one = archive._replace(path=path, parts=(*archive.parts, *names), archives=archives, mode=mode)
        why = why or ("is in the archive more than once: pack one file for each task" if counts[names] > 1 else "")
        if reader is None:
            folders.append(one)
        elif why or not _is_archive(names[-1]):
            found += _answers(one, lambda most, reader=reader, mode=mode: (containers.read(reader, most), mode), why)
        elif len(one.archives) >= NESTED:
            found.append(one._replace(why=f"is an archive in {NESTED} others: hand in the files themselves."))
        else:
            try:
                found += _opened(one, io.BytesIO(containers.read(reader, containers.UNPACKED)), budget)
            except containers.Refused as error:
                found.append(one._replace(why=f"{error}."))
    if not found:
        return [archive._replace(why=f"holds no submission: expected {EXPECTED}, at any depth.")]
    return found + _empty(folders, found)


def _answers(one, read, why=""):
    """Return the answers to tasks that a file holds, or why there are none; `read` returns its bytes and mode."""
    name = _handed(one.path.name)[1]
    match = _match(name)
    task = match["task"] if match else ""
    one = one._replace(task=task)
    notebook = match["kind"] == "ipynb" if match else name.lower().endswith(".ipynb")
    try:
        if why:
            raise containers.Refused(why)
        if not match and not notebook:
            return [one._replace(why=_misnamed(name))]
        data, mode = read(containers.NOTEBOOK if notebook else file_style.LARGEST_FILE)
        if not notebook:
            return [one._replace(data=data, mode=mode)]
        answers = {}
        for title, source in containers.programs(data).items():
            written = _match(pathlib.PurePosixPath(title).name) if title else match
            if written:
                answers[written["task"]] = one._replace(task=written["task"], data=source, notebook=True)
        return list(answers.values()) or [one._replace(why=_misnamed(name))]
    except (OSError, ValueError) as error:
        return [one._replace(why=_unreadable(error))]


def _unreadable(error):
    """Return why something is not graded, as the rest of a sentence, with what to do."""
    if isinstance(error, containers.Refused):
        return f"{error}."
    if isinstance(error, OSError):
        return f"can't be read ({error.strerror}): hand in a file that can be."
    return f"can't be graded ({error}): hand in the program alone."
