"""The project's own order: layers, sizes, first sentences, pins that agree, lint, and what an import costs."""

import ast
import os
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
OTHERS = [ROOT / "conftest.py"] + sorted(
    path
    for folder in ("site", "tests", "tools")
    for path in (ROOT / folder).rglob("*.py")
    if "submissions" not in path.parts
)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
GIT = shutil.which("git") and (ROOT / ".git").exists()

# From the ground up. Whoever stands on one of these floors may import what stands on a floor below.
FLOORS = (
    {"files"},
    {"evidence", "figures", "machine"},
    {"data", "entropy_coding", "factories", "ledger", "plots"},
    {"drawings", "exercise", "lesson", "quiz", "training", "weights"},
    {"grading"},
    {"exercises", "explorers", "reproducing"},
    {"classroom", "overview"},
    {"__main__"},
    {"__init__"},  # the package's face, which imports only when it is called
)
LIBRARY = {"lines": 2500, "files": 15}  # at most: what can be read in one sitting


def room(module):
    """The file or folder of the package in which a module stands: aelib.grading.judge stands in grading."""
    return (module.split(".") + ["__init__"])[1]


def module_of(path):
    """A file's name as Python imports it, e.g. aelib.grading.judge."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imported(path):
    """The modules of this package that a file imports, wherever in the file the statement stands."""
    names = {module_of(module) for module in MODULES}
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names if name.name.split(".")[0] == "aelib"}
        elif isinstance(node, ast.ImportFrom) and node.module.split(".")[0] == "aelib":
            whole = {f"{node.module}.{name.name}" for name in node.names}
            found |= {name if name in names else node.module for name in whole}
    return found - {module_of(path)}


@pytest.mark.parametrize("path", MODULES, ids=module_of)
def test_a_module_imports_only_from_the_floors_below_or_its_own_room(path):
    height = {name: number for number, floor in enumerate(FLOORS) for name in floor}
    mine = room(module_of(path))
    assert not {module for module in imported(path) if room(module) != mine and height[room(module)] >= height[mine]}


def test_no_modules_import_each_other_in_a_circle():
    left = {module_of(path): imported(path) for path in MODULES}
    del left["aelib"]  # its imports wait in functions
    while free := {name for name, needs in left.items() if not needs & left.keys()}:
        left = {name: needs for name, needs in left.items() if name not in free}
    assert not left


def test_the_library_can_be_read_in_one_sitting():
    files = [path for path in MODULES if path.parent == ROOT / "aelib"] + [ROOT / "aelib" / "data" / "__init__.py"]
    assert len(files) <= LIBRARY["files"]
    assert sum(len(path.read_text("utf-8").splitlines()) for path in files) <= LIBRARY["lines"]


@pytest.mark.parametrize("path", MODULES + OTHERS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_file_opens_with_one_sentence_that_says_what_belongs_there(path):
    first = ast.get_docstring(ast.parse(path.read_text("utf-8"))).split("\n\n")[0]
    assert "\n" not in first and first.endswith(".") and len(first.split()) >= 8
    if path in MODULES:
        assert re.search(r"\b(no|nothing|not|elsewhere)\b", first), "the sentence also says what is not there"


@pytest.mark.parametrize("path", MODULES, ids=module_of)
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
from aelib import data, drawings, explorers, ledger, lesson, overview, plots, quiz
from tools import install, notebooks
from aelib.exercises import graded, lesson_01
print(sorted({"tensorflow", "keras", "jax", "torch", "mlxtend", "sklearn"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.splitlines() == ["['aelib']", "[]"]


def pins(name="requirements.lock"):
    """A lock's (name, version, marker) lines."""
    lock = (ROOT / name).read_text("utf-8")
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


@pytest.mark.parametrize("name, extra", [("requirements.lock", "test"), ("site/requirements.lock", "site")])
def test_a_lock_pins_each_direct_dependency_within_its_bounds_and_names_no_index(name, extra):
    pinned = pins(name)
    own = {line.name for line in direct()} if extra == "site" else set()
    for requirement in [line for line in direct(extra) if line.name not in own]:
        versions = [version for name, version, _ in pinned if name == requirement.name.lower().replace("_", "-")]
        assert versions, requirement.name
        assert all(requirement.specifier.contains(version) for version in versions), requirement.name
    assert not re.search(r"https?:|--(?:extra-)?index|--find-links", (ROOT / name).read_text("utf-8"))


def test_the_sites_lock_agrees_with_the_courses_on_what_both_pin():
    course = {(name, version) for name, version, _ in pins()}
    names = {name for name, _ in course}
    both = {(name, version) for name, version, _ in pins("site/requirements.lock") if name in names}
    assert both and both <= course


def test_environment_yml_has_the_locks_versions_of_what_the_lessons_and_their_comparison_need():
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
    names = [requirement.name for requirement in direct()] + ["jupyterlab", "nbval", "pytest"]
    assert stated == {name: pinned[name.lower().replace("_", "-")] for name in names}
    assert "pip" in lines and "-e ." in (ROOT / "environment.yml").read_text("utf-8")


def test_the_lessons_can_be_compared_with_what_environment_yml_has_and_no_other_test_tool():
    others = {requirement.name.replace("-", "_") for requirement in direct("test")} - {r.name for r in direct()}
    others -= {"jupyterlab", "nbval", "pytest", "nbformat", "nbclient", "fastjsonschema", "pyyaml"}
    assert {"hypothesis", "playwright", "pytest_xdist"} <= others
    missing = {name: None for name in [*others, "xdist", "yaml"]}
    arguments = ["-p", "nbval.plugin", "-p", "no:cacheprovider", "--nbval", "notebooks", "--collect-only", "-q"]
    program = f"import sys; sys.modules.update({missing}); import pytest; sys.exit(pytest.main({arguments}))"
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0 and re.search(r"\d+ tests collected", done.stdout), done.stdout + done.stderr


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
        *(".ci", ".github", ".gitignore", "CHANGELOG.md", "CITATION.cff", "CONTRIBUTING.md", "LICENSE", "Makefile"),
        *(
            "README.md",
            "aelib",
            "conftest.py",
            "docker",
            "environment.yml",
            "notebooks",
            "pyproject.toml",
            "quizzes",
            "requirements.lock",
        ),
        *("results", "site", "tests", "tools"),
    }


@pytest.mark.slow
def test_the_readmes_program_runs_as_typed(tmp_path):
    (program,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.S)
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True, capture_output=True)
    assert (tmp_path / "digits.png").read_bytes().startswith(b"\x89PNG")
