"""The project's own order: import arrows, first sentences, pins that agree, lint, and what an import costs."""

import ast
import pathlib
import re
import shutil
import subprocess
import sys
import tomllib

import packaging.requirements
import pytest

ROOT = pathlib.Path(__file__).parent.parent
SOLUTIONS = ROOT / "aelib" / "exercises" / "solutions"  # files as learners hand them in
MODULES = sorted(path for path in (ROOT / "aelib").rglob("*.py") if path.parent != SOLUTIONS)
TESTS = sorted(path for path in (ROOT / "tests").rglob("*.py") if "submissions" not in path.parts)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
GIT = shutil.which("git") and (ROOT / ".git").exists()

# What a module imports when it is imported, and what only where it needs it.
ARROWS = {
    "__init__": (set(), {"aelib.weights"}),
    "__main__": (
        {"aelib.grading.grade", "aelib.grading.sandbox"},
        {"aelib.lesson", "aelib.reproduce", "aelib.training"},
    ),
    "coding": ({"numpy"}, set()),
    "data": ({"numpy", "platformdirs"}, {"keras", "mlxtend"}),
    "exercises/__init__": (set(), {"aelib.exercises.exercise"}),
    "exercises/exercise": ({"numpy"}, {"aelib.progress"}),
    "exercises/graded": ({"aelib.exercises.exercise", "aelib.grading.examination", "aelib.grading.patient"}, set()),
    "exercises/lesson_00": ({"aelib.exercises.exercise", "numpy"}, set()),
    "exercises/lesson_01": ({"aelib.exercises.exercise", "numpy"}, set()),
    "exercises/lesson_02": ({"aelib.exercises.exercise", "numpy"}, set()),
    "exercises/lesson_03": ({"aelib.exercises.exercise", "numpy"}, set()),
    "exercises/lesson_04": ({"aelib.exercises.exercise", "numpy"}, set()),
    "exercises/lesson_05": ({"aelib.exercises.exercise", "numpy"}, set()),
    "exercises/lesson_06": ({"aelib.exercises.exercise", "numpy"}, set()),
    "exercises/lesson_07": ({"aelib.exercises.exercise", "numpy"}, set()),
    "exercises/lesson_08": ({"aelib.exercises.exercise", "numpy"}, set()),
    "exercises/lesson_09": ({"aelib.exercises.exercise", "numpy"}, set()),
    "exercises/lesson_10": ({"aelib.exercises.exercise", "numpy"}, set()),
    "exercises/project": ({"aelib.exercises.exercise", "numpy"}, {"sklearn"}),
    "explorers": ({"aelib.plots", "numpy"}, {"aelib.data", "keras", "sklearn"}),
    "factories": ({"keras"}, set()),
    "grading/__init__": (set(), set()),
    "grading/examination": (
        {"numpy", *(f"aelib.grading.{name}" for name in ("layers", "learning", "patient", "recipe", "sampling"))},
        set(),
    ),
    "grading/form": ({"pycodestyle"}, set()),
    "grading/grade": ({"aelib.grading.examination", "aelib.grading.form", "aelib.grading.sandbox"}, {"distributed"}),
    "grading/layers": ({"aelib.grading.recipe"}, set()),
    "grading/learning": ({"aelib.grading.objective", "aelib.grading.recipe", "numpy"}, set()),
    "grading/objective": ({"numpy"}, set()),
    "grading/patient": ({"numpy"}, set()),
    "grading/recipe": ({"numpy"}, set()),
    "grading/sampling": ({"aelib.grading.objective", "aelib.grading.recipe", "numpy"}, set()),
    "grading/sandbox": ({"aelib.grading.patient"}, {"tensorflow"}),
    "install": (set(), set()),
    "lesson": ({"packaging"}, {"aelib.data", "keras"}),
    "notebooks": ({"nbclient", "nbformat"}, set()),
    "plots": ({"PIL", "matplotlib", "numpy"}, set()),
    "progress": ({"aelib.exercises", "aelib.quiz", "platformdirs"}, set()),
    "quiz": (set(), {"aelib.progress", "anywidget", "fastjsonschema", "latex2mathml", "traitlets"}),
    "reproduce": (
        {"aelib.data", "aelib.factories", "aelib.plots", "aelib.training", "aelib.weights", "keras", "numpy"},
        set(),
    ),
    "training": ({"keras", "numpy"}, {"anywidget", "tensorflow", "traitlets"}),
    "weights": ({"aelib.factories", "keras", "numpy"}, set()),
}


def name_of(path):
    """A module's name as in ARROWS: its path in the package, without the ending."""
    return path.relative_to(ROOT / "aelib").with_suffix("").as_posix()


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_follow_the_arrows(path):
    tree = ast.parse(path.read_text("utf-8"))
    at_import, later = ARROWS[name_of(path)]
    assert imported(tree.body) == at_import
    assert imported(ast.walk(tree)) == at_import | later


def imported(nodes):
    """The packages, and modules of this package, that some statements import from outside the standard library."""
    names = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {name.name.split(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            own = node.module if node.module.startswith("aelib") else node.module.split(".")[0]
            package = (ROOT / node.module.replace(".", "/")).is_dir() and own == node.module
            names |= {f"{own}.{name.name}" for name in node.names} if package else {own}
    return names - set(sys.stdlib_module_names)


@pytest.mark.parametrize("path", MODULES + TESTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_file_opens_with_one_sentence_that_says_what_belongs_there(path):
    first = ast.get_docstring(ast.parse(path.read_text("utf-8"))).split("\n\n")[0]
    assert "\n" not in first and first.endswith(".") and len(first.split()) >= 8
    if path in MODULES:
        assert re.search(r"\b(no|nothing|not|elsewhere)\b", first), "the sentence also says what is not there"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_public_functions_have_docstrings(path):
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
            assert ast.get_docstring(node), node.name


def test_import_aelib_loads_nothing_else_and_most_of_it_no_backend():
    program = """
import sys
before = set(sys.modules)
import aelib
print(sorted(set(sys.modules) - before))
import aelib.__main__
from aelib import data, explorers, install, lesson, notebooks, plots, progress, quiz
from aelib.exercises import graded, lesson_01
print(sorted({"tensorflow", "keras", "jax", "torch", "mlxtend", "sklearn"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.splitlines() == ["['aelib']", "[]"]


def pins():
    """The lock's (name, version, marker) lines."""
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    found = re.findall(
        r"^([a-z0-9.-]+)==(\S+)(?: ; ([^\\\n]+))? \\\n((?:    --hash=sha256:\S+(?: \\)?\n)+)", lock, re.M
    )
    assert len(found) == len(re.findall(r"^[a-z0-9]", lock, re.M)), "each line of the lock is a pin with hashes"
    return [(name, version, marker) for name, version, marker, _ in found]


def direct(*extras):
    requirements = PROJECT["dependencies"] + [
        line for extra in extras for line in PROJECT["optional-dependencies"][extra]
    ]
    return [packaging.requirements.Requirement(line) for line in requirements]


def test_the_lock_pins_each_direct_dependency_within_its_bounds_and_names_no_index():
    pinned = pins()
    for requirement in direct("test"):
        versions = [version for name, version, _ in pinned if name == requirement.name.lower().replace("_", "-")]
        assert versions, requirement.name
        assert all(requirement.specifier.contains(version) for version in versions), requirement.name
    assert not re.search(r"https?:|--(?:extra-)?index|--find-links", (ROOT / "requirements.lock").read_text("utf-8"))


def test_environment_yml_has_the_locks_versions_of_the_direct_dependencies():
    lines = [line.strip("- ") for line in (ROOT / "environment.yml").read_text("utf-8").splitlines() if line.strip()]
    python = next(line for line in lines if line.startswith("python="))[len("python=") :]
    assert packaging.specifiers.SpecifierSet(PROJECT["requires-python"]).contains(f"{python}.0")
    environment = {"python_full_version": f"{python}.99", "python_version": python, "extra": ""}
    pinned = {
        name: version
        for name, version, marker in pins()
        if not marker or packaging.markers.Marker(marker).evaluate(environment)
    }
    stated = dict(line.split("==") for line in lines if "==" in line)
    assert stated == {r.name: pinned[r.name.lower().replace("_", "-")] for r in direct("test")}
    assert "pip" in lines and "-e ." in (ROOT / "environment.yml").read_text("utf-8")


def test_every_dependency_states_its_reason():
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    for requirement in direct(*PROJECT["optional-dependencies"]):
        (line,) = [line for line in text.splitlines() if re.search(rf'"{requirement.name}[><=]', line) and "#" in line]
        assert len(line.split("#")[1].split()) >= 3


def test_lint():
    for command in (["check", "--quiet"], ["format", "--check", "--quiet"]):
        done = subprocess.run([sys.executable, "-m", "ruff", *command, "."], cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_readme_is_short_and_its_links_and_commands_exist():
    readme = (ROOT / "README.md").read_text("utf-8")
    assert len(readme.splitlines()) < 100
    for target in re.findall(r"\]\(([^)#:]+)\)", readme):
        assert (ROOT / target).exists(), target
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.M)
    assert set(re.findall(r"`?make ([a-z]+)", readme)) <= set(targets)


@pytest.mark.skipif(not GIT, reason="not a git checkout")
def test_the_top_level_holds_what_it_should():
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True).stdout.split()
    assert {name.split("/")[0] for name in tracked} == {
        *(".ci", ".gitignore", "CONTRIBUTING.md", "LICENSE", "Makefile", "README.md", "aelib", "environment.yml"),
        *("notebooks", "pyproject.toml", "quizzes", "requirements.lock", "tests"),
    }


@pytest.mark.slow
def test_the_readmes_program_runs_as_typed(tmp_path):
    (program,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.S)
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True, capture_output=True)
    assert (tmp_path / "digits.png").read_bytes().startswith(b"\x89PNG")
