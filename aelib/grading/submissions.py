"""Finds and reads what was handed in, in folders, archives and notebooks; nothing is run or judged here."""

import collections
import io
import os
import pathlib
import re
import stat
from typing import NamedTuple

from aelib.grading import containers, file_style, naming

NESTED = 2  # archives in each other that are opened
DEEP = 100  # folders in each other that are opened
NAMED = 100  # of what is not graded, each learner's first ones are named


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
        return tuple(naming.stem(part) if at in self.archives else part for at, part in enumerate(self.parts[:-1]))


def find(paths, ours=()):
    """Return what is graded and what is not.

    Args:
        paths: Files, archives, or folders, which are searched `DEEP` folders deep. The learner is the folder that
            holds the files, as seen from the folder that was named, and from further up where two are called the same.
        ours: Files that the grader itself writes at the top of a folder that was named; they and those that it has
            set aside there were not handed in.

    Returns:
        A list of `Submission`, one for each learner and task, and a list of `Ungraded`. A file that was named twice
        is there once.

    Raises:
        ValueError: if a path does not exist, or there is nothing that could have been handed in.
    """
    found = {}
    for path in paths:
        for one in sorted(_under(path), key=lambda one: one.parts):
            if _is_ours(os.path.join(*one.parts), ours):
                continue
            found.setdefault((one.parts, one.task), one)
    places = naming.places(found.values())
    names = naming.called(places.values())
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
                said += f"hand in one file for each task, named {naming.NAMES[task]}."
                ungraded.append(Ungraded(learner, task, other.path, said))
    return submissions, _first_ones(ungraded)


def is_handed_in(path):
    """Return whether a path is named as what learners hand in: an answer, a notebook or an archive."""
    name = os.path.basename(path)
    return bool(naming.match(naming.handed(name)[1])) or name.lower().endswith(".ipynb") or _is_archive(name)


def _is_ours(path, ours):
    """Return whether the grader wrote or set aside what is found at a path."""
    return any(path == own or path.startswith(f"{own}.") for own in ours)


def _submission(learner, several):
    """Return the first of several answers of a learner to the same task, with remarks on its name and the others."""
    one, *others = several
    expected, remarks = naming.NAMES[one.task], []
    if one.notebook:
        remarks.append(f"{one.path.name} is a notebook, from which the task's function is graded.")
    elif naming.handed(one.path.name)[1] != expected:
        remarks.append(f"{one.path.name} is graded as {expected}, which should be its name.")
    if others:
        listed = ", ".join(_shown(other.path) for other in others[:5])
        listed += f" and {len(others) - 5} more" if len(others) > 5 else ""
        if all(other.data == one.data for other in others):
            remarks.append(
                f"The same text is handed in more than once: {_shown(one.path)} is graded, and counts for {listed}."
            )
        else:
            remarks.append(
                f"Of {len(several)} files for this task {_shown(one.path)} is graded: "
                + "the last attempt counts, of one attempt " * any(naming.attempt(each.parts) for each in several)
                + f"the exact name counts first, then the highest number. Not graded: {listed}."
            )
    folder = os.path.join(*one.parts[: min(one.archives, default=len(one.parts) - 1)])
    return Submission(
        learner,
        one.task,
        one.path,
        one.data,
        one.mode,
        one.notebook,
        folder,
        tuple(naming.as_text(text) for text in remarks),
    )


def _preference(one):
    """Return what sorts answers to a task: the last attempt, the exact name, a file, the highest number come first."""
    name = naming.handed(one.path.name)[1]
    number = 0
    if match := naming.match(name):
        number = max(map(int, re.findall(r"\d+", match["rest"] + match["more"])), default=0)
    copies = [int(copy) for at in one.archives for copy in re.findall(r"\((\d{1,4})\)", one.parts[at])]
    newest = -number, len(one.archives), -max(copies, default=0)
    return -naming.attempt(one.parts), name not in naming.FILES, one.notebook, *newest, len(name), one.parts


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


def _shown(path):
    """Return a path as it fits into a sentence."""
    text = naming.as_text(path)
    return text if len(text) <= 160 else f"{text[:60]}...{text[-97:]}"


# What lies where


def _under(path):
    """Return all that is found under one path."""
    if not os.fspath(path):
        raise ValueError('"" names nothing: expected files or folders of submissions, "." for this folder.')
    path, full = pathlib.Path(path), os.path.abspath(path)
    if not os.path.lexists(full):
        raise ValueError(f"{naming.as_text(path)} does not exist: expected files or folders of submissions.")
    if os.path.isdir(full):
        return _in_folder(path, pathlib.Path(os.path.realpath(full)).parts)
    parts = pathlib.Path(os.path.realpath(os.path.dirname(full)), os.path.basename(full)).parts
    found = _on_disk(_Found(path, parts, len(parts) - 1))
    return [one._replace(alone=one.why.startswith("is not named")) for one in found]


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
            with os.scandir(os.path.join(*folder)) as entries:
                names = [entry.name for entry in entries if not naming.is_litter(entry.name)]
        except OSError as error:
            why = f"can't be read ({error.strerror}): hand in a folder that can be."
            found.append(_Found(here, (*folder, ""), len(top), why=why))
            continue
        for name in names:
            one = _Found(here / name, (*folder, name), len(top))
            full = os.path.join(*one.parts)
            if not os.path.isdir(full) or naming.match(naming.handed(name)[1]):
                found += _on_disk(one)
            elif os.path.islink(full):
                why = "is a link to a folder, which is not followed: hand in the folder itself."
                found.append(one._replace(parts=(*one.parts, ""), why=why))
            else:
                waiting.append(one.parts)
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
    why = f"holds no submission: expected {naming.EXPECTED}, at any depth."
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
            match = naming.match(naming.handed(name)[1])
            why = f"{kinds.get(kind, 'is no ordinary file')}: hand in an ordinary file."
            return [one._replace(task=match["task"] if match else "", why=why)]
        if _is_archive(name):
            with open(full, "rb") as stream:
                return _opened(one, stream, [containers.UNPACKED, containers.LISTED])
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
        if not names or any(map(naming.is_litter, names)):
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
        return [archive._replace(why=f"holds no submission: expected {naming.EXPECTED}, at any depth.")]
    return found + _empty(folders, found)


def _answers(one, read, why=""):
    """Return the answers to tasks that a file holds, or why there are none; `read` returns its bytes and mode."""
    name = naming.handed(one.path.name)[1]
    match = naming.match(name)
    task = match["task"] if match else ""
    one = one._replace(task=task)
    notebook = match["kind"] == "ipynb" if match else name.lower().endswith(".ipynb")
    try:
        if why:
            raise containers.Refused(why)
        if not match and not notebook:
            return [one._replace(why=naming.misnamed(name))]
        data, mode = read(containers.NOTEBOOK if notebook else file_style.LARGEST_FILE)
        if not notebook:
            return [one._replace(data=data, mode=mode)]
        answers = {}
        for title, source in containers.programs(data).items():
            written = naming.match(pathlib.PurePosixPath(title).name) if title else match
            if written:
                answers[written["task"]] = one._replace(task=written["task"], data=source, notebook=True)
        return list(answers.values()) or [one._replace(why=naming.misnamed(name))]
    except (OSError, ValueError) as error:
        return [one._replace(why=_unreadable(error))]


def _unreadable(error):
    """Return why something is not graded, as the rest of a sentence, with what to do."""
    if isinstance(error, containers.Refused):
        return f"{error}."
    if isinstance(error, OSError):
        return f"can't be read ({error.strerror or error}): hand in a file that can be."
    return f"can't be graded ({error}): hand in the program alone."
