"""What names say: which task a file answers, and whose it is; no file is opened or looked for here."""

import collections
import difflib
import re
import unicodedata
import urllib.parse

FILES = {
    "0-vanilla.py": "vanilla",
    "1-sparse.py": "sparse",
    "2-convolutional.py": "convolutional",
    "3-variational.py": "variational",
}
NAMES = {task: name for name, task in FILES.items()}
EXPECTED = f"files named {', '.join(FILES)}"
UNOPENED = r"\.(rar|7z|gz|bz2|xz|zst|lzma|z|tbz2?|txz|iso|dmg|cab|jar|whl)$"

# What systems and editors leave in folders, and nobody hands in.
LITTER = {"__MACOSX", "__pycache__", ".git", ".hg", ".svn", ".idea", ".vscode", ".ipynb_checkpoints", ".pytest_cache"}
LITTER |= {".DS_Store", ".gitignore", ".gitattributes", ".gitkeep", ".localized", "Thumbs.db", "desktop.ini", "Icon\r"}
LITTER |= {".mypy_cache", ".ruff_cache", ".python-version"}

# How learning platforms name the files and folders of a download: Moodle, Blackboard and Canvas.
TIME = r"\d{4}(?:-\d\d){5}"
PLATFORMS = (
    r"(?P<who>.+_\d+)_assignsubmission_(?:file|onlinetext)(?:_(?P<rest>.*))?",
    rf".+_(?P<who>[^_]+)_attempt_{TIME}(?:_(?P<rest>.+)|\.txt)",
    r"(?P<who>[^_]+)_(?:LATE_)?(?P<id>\d+)_\d+_(?P<rest>.+)",
)
# What browsers, systems and learners make of a name such as 0-vanilla.py.
COPY = "copy|copie|kopie|copia|cópia"
BRACKETS = rf"\((?:\d{{1,4}}|(?:another )?(?:{COPY})(?: \d{{1,4}})?)\)"
NAME = re.compile(
    rf"(?:(?:{COPY}) (?:\d+ )?(?:of|de|von|di|do|van) )*"
    r"(?P<number>\d)?[-_. ]*(?P<task>vanilla|sparse|convolutional|variational)(?:[-_. ]*(?:autoencoder|ae))?"
    rf"(?P<rest>\d{{0,4}}(?:[-_. ]+(?:{COPY}|final|v?\d{{1,4}})|[-_. ]*{BRACKETS})*) ?"
    r"\.(?P<kind>py|ipynb)(?P<more>(?:\.py|\.txt|\.json|\.\d{1,3}| ?\(\d{1,4}\))*)"
)


def as_text(path):
    """Return a path or name as a text that any file and any terminal can hold."""
    return str(path).encode("utf-8", "backslashreplace").decode()


def stem(name):
    """Return an archive's name without its ending, and without what tells a copy of it from the first one."""
    name = re.sub(r"(\.tar)?\.\w+$", "", name, flags=re.I) or name
    return re.sub(rf"( - ({COPY})| ?{BRACKETS})+$", "", name, flags=re.I) or name


def handed(name):
    """Return whose a file or folder is, if a learning platform wrote that into its name, and the rest of the name."""
    for pattern in PLATFORMS:
        found = re.fullmatch(pattern, name, re.S)
        if found and not match(f"{found['who']}.py"):  # which is a task with a date behind it
            user = found.groupdict().get("id")
            return found["who"] + (f"_{user}" if user else ""), found["rest"] or ""
    return "", name


def attempt(parts):
    """Return when an attempt was handed in, as a number that grows, if Blackboard wrote it into a name, else 0."""
    times = [re.sub(r"\D", "", found[1]) for part in parts if (found := re.match(f".+_attempt_({TIME})", part, re.S))]
    return int(times[-1]) if times else 0


def match(name):
    """Return how a name names a task, or None if it names none, or two."""
    plain = re.sub("[\u2010-\u2015\u2212]", "-", unicodedata.normalize("NFKC", urllib.parse.unquote(name)))
    found = NAME.fullmatch(plain.strip().casefold())
    if found and found["number"] in (None, NAMES[found["task"]][0]):
        return found
    return None


def is_litter(name):
    """Return whether something is of the kind that systems and editors leave behind."""
    return name in LITTER or name.startswith(("._", "~$")) or re.fullmatch(r"\..*\.sw\w", name) is not None


def misnamed(name):
    """Return why a file with this name is not graded, as the rest of a sentence."""
    if re.search(UNOPENED, name, re.I):
        return "can't be opened here: hand in the files themselves, or a .zip of them."
    near = [task for task in NAMES if task in name.casefold()]
    near = near or [FILES[file] for file in difflib.get_close_matches(name.casefold(), FILES, 1, 0.8)]
    if len(near) == 1:
        whose = ", in a folder of its learner" if name.casefold().endswith(NAMES[near[0]]) else ""
        return f"is not named as a task is: if it answers the task {near[0]}, name it {NAMES[near[0]]}{whose}."
    return f"is not named as a task is: expected one of {', '.join(FILES)}."


# Learners


def places(found):
    """Return {parts: (parts of the learner's folder, how many of them are shown)}; an empty folder may have none.

    Args:
        found: What `submissions` has found, with the parts of its true path and its task, if it answers one.
    """
    answers = [one for one in found if one.task]
    direct = {one.folders() for one in answers if not _outer(one)}
    inside = collections.defaultdict(lambda: collections.defaultdict(set))  # {archive: {task: folders in it}}
    for one in answers:
        if at := _outer(one):
            inside[one.parts[: at + 1]][one.task].add(one.parts[at + 1 : -1])
    single = {archive for archive, tasks in inside.items() if max(map(len, tasks.values())) == 1}
    titles = collections.defaultdict(set)
    for *folder, name in single:
        for task in inside[*folder, name]:
            titles[*folder, task].add(stem(name))
    crowded = {
        tuple(folder) for *folder, task in titles if len(titles[*folder, task]) > 1
    }  # with several learners' archives
    found_at = {}
    for one in answers:
        folders, at = one.folders(), _outer(one)
        if whose := _by_platform(one):
            found_at[one.parts] = whose
        elif at is None:
            found_at[one.parts] = folders, len(folders) - one.top
        elif one.parts[: at + 1] not in single:  # an archive of several learners' folders
            found_at[one.parts] = folders, len(folders) - at - 1
        elif one.parts[:at] not in direct and (
            one.parts[:at] in crowded or (at == one.top and not match(f"{folders[at]}.py"))
        ):
            found_at[one.parts] = folders[: at + 1], at + 1 - one.top
        else:
            found_at[one.parts] = folders[:at], at - one.top
    return found_at | _other_places(
        [one for one in found if not one.task], {place for place, _ in found_at.values()}, inside
    )


def _other_places(found, known, archives):
    """Return what `places` returns for what answers no task.

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
            folders = (*folders, stem(one.parts[-1]))
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
        whose, rest = handed(one.parts[at])
        if whose and (not rest or at in one.archives or at == len(one.parts) - 1):
            return (*one.folders()[:at], whose), max(at + 1 - one.top, 1)


def called(places):
    """Return {(place, number of parts): name}; two places that would be called the same get names from further up."""
    shown = {}
    for place, number in places:
        shown[place] = max(shown.get(place, 1), number)
    while True:
        places_of = collections.defaultdict(list)
        for place, number in shown.items():
            places_of[place[-number:]].append(place)
        same = [place for several in places_of.values() if len(several) > 1 for place in several]
        if not same:
            break
        for place in same:
            shown[place] += 1
    return {(place, number): as_text("/".join(place[-shown[place] :])) for place, number in places}
