"""The report of a cohort: a page for each learner and one for the teacher, as HTML files; nothing is judged here.

What a page shows comes from strangers: Jinja escapes all of it, and a page runs no script.
"""

import collections
import datetime
import functools
import hashlib
import pathlib
import re
import statistics
import tempfile
import unicodedata

import jinja2

from aelib import files
from aelib.exercise import MARKS
from aelib.grading import cohort, likeness

COHORT = "cohort.html"
MOST = 40  # rows of the tables of faults and of files that are alike
STATES = {True: "right", False: "not yet right", None: "not judged"}
LESSONS = {
    "01": "What is an autoencoder?",
    "04": "Sparsity",
    "05": "Convolution",
    "07": "Generative models and the KL divergence",
    "08": "Variational autoencoders",
}
EXERCISES = {  # where the course sets each task: the lesson, and the heading there
    "vanilla": ("01", "Graded exercise 0 · Your own factory"),
    "sparse": ("04", "Graded exercise 1 · Your own sparse factory"),
    "convolutional": ("05", "Graded exercise 2 · Your own convolutional autoencoder"),
    "variational": ("08", "Graded exercise 3 · Your own variational autoencoder"),
}
TAUGHT = {  # and where it teaches what a criterion asks for; what is not here, the exercise itself says
    **dict.fromkeys(("encoder_io", "decoder_io", "auto_io", "composition"), ("01", "Each half on its own")),
    **dict.fromkeys(("encoder_layers", "decoder_layers", "activations", "optimizer"), ("01", "Two functions")),
    "loss": ("01", "How wrong is a reconstruction?"),
    "trains": ("01", "The target is the input"),
    **dict.fromkeys(("l1_activity", "l1_not_on_weights"), ("04", "The same in formulas")),
    **dict.fromkeys(("kernels", "channels"), ("05", "From image to code and back")),
    **dict.fromkeys(("padding", "pooling", "upsampling"), ("05", "The algebra of shapes")),
    "output_order": ("08", "Assemble it"),
    "reparameterisation": ("08", "A layer that draws and charges"),
    "kl": ("07", "The closed form"),
    "kl_balance": ("08", "The loss in the code's letters"),
}


# The folder


def prepare(folder, paths, submissions):
    """Make the folder of the pages, or refuse it before anything is examined.

    Args:
        folder: Where the pages will be.
        paths: Files and folders that are graded, as they were named.
        submissions: `submissions.Submission`, what was found there.

    Raises:
        ValueError: if the folder is part of what is handed in, holds a file that is in the way of a page, or can't be
            made or written.
    """
    if not folder:
        raise ValueError("--report names no folder: expected one for the pages, new or old.")
    folder = pathlib.Path(folder)
    named = {path.resolve() for path in map(pathlib.Path, paths)}
    handed_in = named | {pathlib.Path(submission.folder).resolve() for submission in submissions}
    try:
        place = folder.resolve()
        if handed_in & {place, *place.parents}:
            raise ValueError(
                f"{folder} belongs to what is handed in: expected a folder for the pages alone, such as "
                f'--report "{_beside(handed_in, place)}"'
            )
        for path in [folder / COHORT, *(folder / page(submission.learner) for submission in submissions)]:
            _refuse(path)
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        why = "it is no folder" if isinstance(error, (FileExistsError, NotADirectoryError)) else error.strerror
        raise ValueError(
            f"No page can be written into {folder} ({why}): name another folder after --report."
        ) from error


def _beside(taken, place):
    """Return a folder beside the outermost of those that are taken around a place."""
    outermost = min((path for path in taken if path in (place, *place.parents)), key=lambda path: len(path.parts))
    return outermost.parent / f"{outermost.name}-report"


def _refuse(path):
    """Raise ValueError if something is in the way that is no page as an earlier call wrote it."""
    if path.is_symlink() or (path.exists() and not _ours(path)):
        raise ValueError(
            f"{path} is in the way: it is no page of an earlier report, or was changed since. Move it, or name "
            "another folder after --report."
        )


def _sealed(text):
    """Return a page with a last line by which a later call knows that it may write over it."""
    return f"{text}<!-- aelib {hashlib.sha256(text.encode()).hexdigest()} -->\n"


def _ours(path):
    """Return whether a file is a page as it was written."""
    if not path.is_file():
        return False
    text, _, _ = path.read_bytes().decode("utf-8", "replace").rpartition("<!-- aelib ")
    return _sealed(text).encode() == path.read_bytes()


def page(learner):
    """Return the name of a learner's page, safe on every system, always the same, and no other learner's.

    What is no letter or digit becomes a dash. Unless nothing had to change, a hash of the whole name follows.
    """
    letters = unicodedata.normalize("NFKC", learner).casefold()
    parts = "".join(letter if letter.isalnum() or letter == "_" else " " for letter in letters).split()
    plain = "-".join(parts).encode()[:60].decode("utf-8", "ignore")
    if not plain or plain != learner or not plain.isascii() or re.search(r"(^|-)[0-9a-f]{12}$", plain):
        digest = hashlib.sha256(learner.encode("utf-8", "surrogatepass")).hexdigest()[:12]
        plain = f"{plain}-{digest}" if plain else digest
    return f"learner-{plain}.html"


# What the pages show


def write(folder, records, exercises=None, ungraded=(), submissions=()):
    """Write the pages; return sentences that say so.

    Args:
        folder: Where they go, after `prepare`.
        records: As `cohort.grade` returns them.
        exercises: {task: `aelib.exercise.Exercise`}, which have hints and an answer; None for neither.
        ungraded: `submissions.Ungraded`, what was found and not graded; a learner may be unknown, "".
        submissions: `submissions.Submission`, whose files are compared with each other.

    Raises:
        ValueError: if something is in the way of a page that is no page of an earlier report.
        OSError: if a page can't be written.
    """
    folder, exercises = pathlib.Path(folder), exercises or {}
    ungraded = [(one.learner, one.path, one.text) for one in ungraded]
    learners = {learner: ([], []) for learner in sorted(_learners(records, ungraded), key=_natural)}
    for record in records:
        learners[record["learner"]][0].append(record)
    for row in ungraded:
        if row[0]:
            learners[row[0]][1].append(row)
    pages = {page(name): _learner(name, *found, exercises) for name, found in learners.items()}
    pages[COHORT] = _cohort(records, learners, exercises, ungraded, submissions)
    today = datetime.date.today()
    for name in pages:
        _refuse(folder / name)
    for name, found in pages.items():
        files.write(folder / name, _sealed(_template().render(found, today=today)))
    old = sorted(path.name for path in folder.glob("learner-*.html") if path.name not in pages and _ours(path))
    said = [f"The report is in {folder}: open {COHORT}; each learner has a page there, too."]
    if old:
        more = f" and {len(old) - 3} more" if len(old) > 3 else ""
        said.append(f"Of learners of an earlier call, these pages are still there: {', '.join(old[:3])}{more}.")
    return said


@functools.cache
def _template():
    """Return the template of all pages: what fills it is escaped, and a name that is not given is an error."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(pathlib.Path(__file__).parent),
        autoescape=True,
        finalize=_plain,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.globals |= {"marks": MARKS, "states": STATES}
    environment.filters |= {
        "counted": _counted,
        "called": _called,
        "lesson": _lesson,
        "filename": _filename,
        "sentence": _sentence,
    }
    return environment.get_template("report.html")


def _plain(value):
    """Return what is shown without the characters that hide, turn around or fake others; what is escaped stays."""
    if hasattr(value, "__html__"):
        return value
    kept = "\n\t\u200c\u200d"  # the last two join letters of some scripts, or keep them apart
    return "".join(
        letter if letter.isprintable() or letter in kept else " " if unicodedata.category(letter) == "Zs" else "\ufffd"
        for letter in str(value)
    )


def _counted(number, noun):
    """Return a number with its noun."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _called(learner):
    """Return a learner's name, or words in its place where nothing would be seen."""
    return learner if learner.strip(" \u200c\u200d") else "(a name without letters)"


def _lesson(place):
    """Return in words where something is taught."""
    lesson, heading = place
    return f"lesson {lesson}, “{heading}”"


def _sentence(text):
    """Return a text with a capital at its beginning and a full stop at its end."""
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith(('.', '!', '?')) else '.'}"


def _filename(path):
    """Return the last part of a path: what stands before it may name others."""
    return pathlib.PurePath(path).name


def _natural(name):
    """Return by what names are sorted: 9 comes before 10, and an accent changes nothing."""
    letters = (letter for letter in unicodedata.normalize("NFKD", name).casefold() if not unicodedata.combining(letter))
    parts = re.split(r"(\d+)", "".join(letters))
    return [part.zfill(20) if part.isdecimal() else part for part in parts], name


def _learners(records, ungraded):
    """Return the names of all learners."""
    return {record["learner"] for record in records} | {learner for learner, *_ in ungraded if learner}


def _taught(task, criterion):
    """Return where the course teaches what a criterion asks for: the lesson, and the heading there."""
    return TAUGHT.get(criterion, EXERCISES["vanilla" if criterion in cohort.FORM else task])


def _points(records):
    """Return {task: points} of one learner; of several files or versions of Keras, the best counts."""
    found = {}
    for record in records:
        found[record["task"]] = max(record["points"], found.get(record["task"], 0))
    return found


def _learner(name, records, ungraded, exercises):
    """Return what a learner's page shows."""
    handed_in = {}
    for record in records:
        handed_in.setdefault((record["task"], record["file"]), {})[record["keras"]] = record
    found = _points(records)
    tasks = []
    for file, task in cohort.FILES.items():
        paths = sorted(path for of, path in handed_in if of == task)
        for number, path in enumerate(paths, 1):
            place = {"name": file, "number": file.partition("-")[0], "place": (number, len(paths))}
            tasks.append(place | _file(task, handed_in[task, path], exercises.get(task)))
    missing = [(file, task) for file, task in cohort.FILES.items() if task not in found]
    total = sum(found.values()), sum(len(cohort.points(task)) for task in EXERCISES)
    return {"learner": name, "tasks": tasks, "missing": missing, "total": total, "ungraded": ungraded}


def _file(task, versions, exercise):
    """Return what a learner's page shows of one file: {Keras: its record} in words."""
    best = max(versions.values(), key=lambda record: record["points"])
    rows = {True: [], False: [], None: []}
    for name in best["criteria"]:
        said = {keras: record["criteria"][name] for keras, record in versions.items()}
        for verdict in dict.fromkeys(said.values()):
            which = "" if len(set(said.values())) == 1 else f"Keras {next(k for k in said if said[k] == verdict)}"
            same = [row for row in rows[None] if row["which"] == which and row["text"] == verdict.text]
            if verdict.ok is None and same:
                same[0]["names"].append(name)
            else:
                lesson = _taught(task, name)
                rows[verdict.ok].append({"names": [name], "which": which, "text": verdict.text, "lesson": lesson})
    points = {name: _state(best, names) for (_, name), names in cohort.points(task).items()}
    sound = all(map(cohort.sound, versions.values()))
    return {
        "task": task,
        "points": (best["points"], best["of"]),
        "versions": {keras: record["points"] for keras, record in versions.items()},
        "differs": cohort.differs(versions),
        "states": points,
        "rows": rows,
        "remarks": _each(versions, "remarks"),
        "left": _each(versions, "left"),
        "printed": [
            text.rstrip() for text in dict.fromkeys(record["printed"] for record in versions.values()) if text.strip()
        ],
        "sound": sound,
        "hints": exercise.hints if exercise and not sound else (),
        "home": EXERCISES[task],
        "function": exercise.name if exercise else "autoencoder",
    }


def _each(versions, key):
    """Return the sentences of all versions, each once."""
    return list(dict.fromkeys(text for record in versions.values() for text in record[key]))


def _state(record, names):
    """Return whether a point is earned: True, False, or None where nothing is wrong and something was not judged."""
    verdicts = [record["criteria"][name].ok for name in names]
    return None if None in verdicts and False not in verdicts else all(verdicts)


# What the cohort's page shows


def _cohort(records, learners, exercises, ungraded, submissions):
    """Return what the page of the cohort shows."""
    best = cohort.best(records)
    rows = [(name, page(name), found := _points(own), sum(found.values())) for name, (own, _) in learners.items()]
    tasks = list(EXERCISES)
    of = {task: len(cohort.points(task)) for task in tasks}
    faults, lessons = _faults(best), _lessons(best)
    versions = collections.defaultdict(dict)
    for record in records:
        versions[record["learner"], record["task"], record["file"]][record["keras"]] = record
    differ = [(name, task, said) for (name, task, _), found in versions.items() if (said := cohort.differs(found))]
    return {
        "learner": None,
        "tasks": tasks,
        "files": len(best),
        "keras": sorted({record["keras"] for record in records}),
        "rows": rows,
        "of": of,
        "spread": {task: _spread([found[task] for *_, found, _ in rows if task in found], of[task]) for task in tasks},
        "mean": statistics.fmean(total for *_, total in rows) if rows else 0,
        "faults": faults[:MOST],
        "more_faults": len(faults[MOST:]),
        "lessons": lessons,
        "missing": [
            (name, [task for task in tasks if task not in found])
            for name, _, found, _ in rows
            if len(found) < len(tasks)
        ],
        "differ": differ,
        "ungraded": ungraded,
        **_alike(submissions, exercises),
        "near": likeness.NEAR,
        "shortest": likeness.SHORTEST,
    }


def _spread(points, most):
    """Return of one task how many handed it in, their mean, and how many have 0, 1, 2, ... points."""
    return {
        "handed_in": len(points),
        "mean": statistics.fmean(points) if points else None,
        "counts": [points.count(number) for number in range(most + 1)],
    }


def _faults(best):
    """Return the criteria that are wrong somewhere, the commonest first, with counts and the commonest sentence.

    The form of a file is the same matter in all exercises, so it is counted in all.
    """
    said = collections.defaultdict(list)
    for record in best:
        for name, verdict in record["criteria"].items():
            said["all" if name in cohort.FORM else record["task"], name].append(verdict)
    faults = []
    for (task, name), verdicts in said.items():
        texts = collections.Counter(verdict.text for verdict in verdicts if verdict.ok is False)
        if texts:
            faults.append(
                {
                    "task": task,
                    "name": name,
                    "wrong": texts.total(),
                    "open": sum(verdict.ok is None for verdict in verdicts),
                    "of": len(verdicts),
                    "text": texts.most_common(1)[0],
                }
            )
    return sorted(faults, key=lambda fault: -fault["wrong"])


def _lessons(best):
    """Return where the course teaches what is wrong most often: the place, the criteria, and how many learners."""
    wrong, handed_in = collections.defaultdict(dict), collections.defaultdict(set)
    for record in best:
        for name, verdict in record["criteria"].items():
            handed_in[_taught(record["task"], name)].add(record["learner"])
            if verdict.ok is False:
                wrong[_taught(record["task"], name)].setdefault(name, set()).add(record["learner"])
    found = [
        {
            "place": place,
            "title": LESSONS[place[0]],
            "criteria": {
                name: len(learners) for name, learners in sorted(names.items(), key=lambda pair: -len(pair[1]))
            },
            "learners": len(set().union(*names.values())),
            "of": len(handed_in[place]),
        }
        for place, names in wrong.items()
    ]
    return sorted(found, key=lambda row: (-row["learners"], row["place"]))


def _alike(submissions, exercises):
    """Return how alike the files of each task are, and which learners' are, those first who are it in most tasks."""
    found, together = {}, collections.defaultdict(dict)
    for task in EXERCISES:
        handed_in = [(one.learner, one.data) for one in submissions if one.task == task]
        given = [exercises[task].answer] if task in exercises and exercises[task].answer else []
        found[task] = likeness.compare(handed_in, given)
        for owners, *how in found[task].alike:
            together[tuple(owners)].setdefault(task, how)
    rows = sorted(together.items(), key=lambda row: (-len(row[1]), -max(share for _, share, _ in row[1].values())))
    return {"likeness": found, "alike": rows[:MOST], "more_alike": len(rows[MOST:])}
