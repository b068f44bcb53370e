"""The form of handed-in files: each rule with a right file and several wrong ones, and any bytes whatever."""

import os
import re
import subprocess
import sys

import pycodestyle
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from aelib.grading import file_style

NAMES = ["shebang", "newline", "executable", "pycodestyle", "docstrings", "imports"]
RIGHT = '''#!/usr/bin/env python3
"""Build an autoencoder."""
import tensorflow.keras as keras


def autoencoder(input_dims, hidden_layers, latent_dims):
    """Build it."""

    class Code(keras.layers.Layer):
        """Pass on what comes."""

        async def call(self, inputs):
            """Pass it on."""
            return inputs

    def loss(image, decoded):
        """Compare two images."""
        return keras.losses.binary_crossentropy(image, decoded)

    return Code(), loss, lambda image: image
'''


def judged(path, content=RIGHT, mode=0o755):
    """The six criteria of a file with this content."""
    path.unlink(missing_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    path.chmod(mode)
    return file_style.criteria(path)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "0-vanilla.py"


def changed(old, new):
    """The right file with one change, which is there."""
    assert old in RIGHT
    return RIGHT.replace(old, new, 1)


def test_a_right_file_is_right_in_all_six_and_a_path_may_be_a_string(path):
    found = judged(path)
    assert list(found) == NAMES
    assert [ok for ok, _ in found.values()] == [True] * 6
    assert file_style.criteria(str(path)) == found


@pytest.mark.parametrize(
    "name, content, words",
    [
        ("shebang", changed("python3", "python"), "Line 1 is '#!/usr/bin/env python': expected exactly #!/usr/bin/env"),
        ("shebang", changed("#!", "#! "), "'#! /usr/bin/env python3'"),
        ("shebang", changed("python3\n", "python3 \n"), "'#!/usr/bin/env python3 '"),
        ("shebang", changed("env ", "env  "), "'#!/usr/bin/env  python3'"),
        ("shebang", changed("env ", "env\u00a0"), "'#!/usr/bin/env\\xa0python3'"),
        ("shebang", changed("env python3", "python3"), "'#!/usr/bin/python3'"),
        ("shebang", "\n" + RIGHT, "Line 1 is ''"),
        ("shebang", "", "empty"),
        ("shebang", "\ufeff" + RIGHT, "byte order mark"),
        ("shebang", RIGHT.replace("\n", "\r\n"), "python3\\r:"),
        ("shebang", RIGHT.replace("\n", "\r"), "python3\\r:"),
        ("shebang", "x" * 500, "xxx..."),
        ("newline", RIGHT[:-1], "Line 20, the last,"),
        ("newline", RIGHT + "    ", "Line 21, the last,"),
        ("newline", RIGHT.replace("\n", "\r"), "Line 1, the last,"),
        ("newline", "", "Line 1, the last,"),
        ("pycodestyle", RIGHT + "\n\n", "line 22: W391 blank line at end of file."),
        ("pycodestyle", RIGHT[:-1], "line 20: W292 no newline at end of file."),
        ("pycodestyle", changed("it.", "it" + "." * 70), "line 7: E501 line too long (88 > 79 characters)."),
        ("pycodestyle", changed("it.", "it" + "." * 999), "line 7: E501 line too long (1017 > 79 characters)."),
        ("pycodestyle", changed("    return Code()", "\treturn Code()"), "line 20: W191"),
        (
            "pycodestyle",
            RIGHT + "a=1;b=2;c=3\n",
            "; line 21: E231 missing whitespace after ';'; and 5 more.",
        ),
        ("docstrings", changed('"""Build an autoencoder."""\n', ""), "statement: line 1: the module."),
        ("docstrings", changed('"""Build it."""', '"""  """'), "statement: line 6: the function autoencoder."),
        ("docstrings", changed('"""Build it."""', 'f"""Build it."""'), "statement: line 6: the function autoencoder."),
        ("docstrings", changed('"""Build it."""', 'b"""Build it."""'), "statement: line 6: the function autoencoder."),
        ("docstrings", changed('"""Build it."""', "# Build it."), "statement: line 6: the function autoencoder."),
        ("docstrings", changed('"""Pass on what comes."""', "pass"), "statement: line 9: the class Code."),
        ("docstrings", changed('"""Pass it on."""', "pass"), "statement: line 12: the function call."),
        ("docstrings", changed('"""Compare two images."""', "pass"), "statement: line 16: the function loss."),
        (
            "docstrings",
            "def a(): pass\n" * 5,
            "line 1: the function a; line 1: the module; line 2: the function a; and 3",
        ),
        ("docstrings", "", "statement: line 1: the module."),
        ("imports", "'''Nothing.'''\n", "Nothing is imported: expected the line import tensorflow.keras as keras"),
        ("imports", RIGHT + "import os\n", "keras: line 21: import os."),
        ("imports", RIGHT + "from __future__ import annotations\n", "line 21: from __future__ import annotations."),
        ("imports", RIGHT + "def f():\n    import pdb; pdb.set_trace()\n", "line 22: import pdb."),
        ("imports", RIGHT + "np = __import__('numpy')\n", "line 21: __import__."),
        ("imports", RIGHT + "np = __builtins__.__import__('numpy')\n", "line 21: __builtins__."),
        ("imports", RIGHT + "exec('import numpy as np')\n", "line 21: exec."),
        ("imports", RIGHT + "run = eval\n", "line 21: eval."),
        (
            "imports",
            RIGHT + "import a\nimport b\nimport c\nfrom d import e\n",
            "import b; line 23: import c; and 1 more.",
        ),
        *(
            ("imports", changed("import tensorflow.keras as keras", other), f"keras: line 3: {other}.")
            for other in (
                "import keras",
                "import tensorflow as tf",
                "from tensorflow import keras",
                "import tensorflow.keras as K",
                "import tensorflow.keras",
                "import tensorflow.keras as keras, os",
                "from tensorflow.keras import layers",
                "from importlib import import_module",
            )
        ),
    ],
)
def test_a_wrong_file_is_told_what_was_found_and_where(path, name, content, words):
    ok, sentence = judged(path, content)[name]
    assert ok is False
    assert words in sentence and sentence.count("\n") == 0


@pytest.mark.parametrize(
    "name, content",
    [
        ("shebang", "#!/usr/bin/env python3"),
        ("newline", RIGHT.replace("\n", "\r\n")),
        ("newline", RIGHT + "\n\n"),
        ("pycodestyle", RIGHT.replace("\n", "\r\n")),
        ("pycodestyle", "\ufeff" + RIGHT),
        ("pycodestyle", "\ufeff" + RIGHT.replace("\n", "\r\n")),
        *((name, changed("\n", "\n# coding: latin-1\n").encode() + b"# caf\xe9\n") for name in NAMES),
        ("imports", changed("\n", "\n# vim: set fileencoding=cp1252 :\n").replace("\n", "\r").encode() + b"# \x80\r"),
        ("docstrings", RIGHT.replace("\n\n\n", "\n\f\n\n")),
        ("pycodestyle", ""),
        ("pycodestyle", "#" * 79 + "\n"),
        ("docstrings", "\ufeff'''One.'''\nf = lambda: 0\n"),
        ("docstrings", changed('"""Build it."""', '"Build" " it."')),
        ("docstrings", RIGHT.replace("\n", "\r")),
        ("imports", "def f():\n    import  tensorflow.keras  as  keras\n"),
        ("imports", RIGHT + "\n\nimport tensorflow.keras as keras\n"),
        ("imports", RIGHT + "keras.Model().eval()\nkeras.backend.eval = 0\n# import numpy\n'import numpy'\n"),
    ],
)
def test_what_is_allowed_is_not_refused(path, name, content):
    assert judged(path, content)[name][0] is True


@pytest.mark.skipif(os.name == "nt", reason="Windows has no executable bit")
@pytest.mark.parametrize("mode, ok", [(0o755, True), (0o700, True), (0o500, True), (0o644, False), (0o655, False)])
def test_the_owner_may_execute_the_file(path, mode, ok):
    found, sentence = judged(path, mode=mode)["executable"]
    assert found is ok
    assert ok or (f"mode {mode:o})" in sentence and sentence.endswith("type chmod u+x 0-vanilla.py"))


@pytest.mark.skipif(os.name == "nt", reason="Windows has no executable bit")
def test_an_archive_without_modes_is_not_judged_by_them():
    found = file_style.judged(RIGHT.encode(), None, "0-vanilla.py")
    assert found.pop("executable").ok is None and all(ok for ok, _ in found.values())


def test_windows_has_no_executable_bit(path, monkeypatch):
    judged(path, mode=0o644)
    with monkeypatch.context() as windows:
        windows.setattr(os, "name", "nt")
        ok, sentence = file_style.criteria(str(path))["executable"]
    assert ok is None and sentence.endswith("type chmod u+x 0-vanilla.py")


@pytest.mark.parametrize(
    "content, words",
    [
        (changed("loss, lambda", "loss, lamda").replace("async ", "async def "), "line 12 (invalid syntax)"),
        (RIGHT + "  x = 1\n", "line 21 (unindent does not match"),
        (RIGHT + "print 'x'\n", "line 21 (Missing parentheses in call to 'print'"),
        (RIGHT + "return 0\n" + "(" * 5000, "(too many nested parentheses)"),
        (RIGHT + "x = " + "-" * 50000 + "1\n", "too deeply (MemoryError)"),
        (RIGHT + "x = " + "1+" * 50000 + "1\n", "too deeply (RecursionError)"),
        (RIGHT + "x = " + "9" * 5000 + "\n", "line 21 (Exceeds the limit (4300"),
    ],
)
def test_what_python_cannot_read_is_not_judged_and_says_why(path, content, words):
    found = judged(path, content)
    assert [ok for ok, _ in found.values()][:3] == [True, content.endswith("\n"), True]
    for name in ("docstrings", "imports"):
        assert found[name][0] is None and words in found[name][1]


@pytest.mark.parametrize(
    "content, words",
    [
        (RIGHT.encode() + b"# caf\xe9\n", "Line 21 holds the byte 0xe9, which is not UTF-8"),
        (RIGHT.encode("utf-16"), "Line 1 holds the byte 0xff"),
        (
            changed("\n", "\n# coding: ascii\n").encode() + b"# caf\xe9\n",
            "Line 22 holds the byte 0xe9, which is not ascii",
        ),
        (changed("\n", "\n# coding: klingon\n").encode(), "can't use (unknown encoding: klingon)"),
        (changed("\n", "\n# coding: rot13\n").encode(), "can't use ('rot13' is not a text encoding"),
        (b"\xef\xbb\xbf" + changed("\n", "\n# coding: latin-1\n").encode(), "can't use (encoding problem"),
        (RIGHT.encode() + b"x = '\0'\n", "Line 21 holds a NUL byte"),
    ],
)
def test_what_is_no_text_is_judged_by_its_bytes_alone(path, content, words):
    found = judged(path, content)
    assert None not in [found[name][0] for name in ("shebang", "newline", "executable")]
    for name in ("pycodestyle", "docstrings", "imports"):
        assert found[name][0] is None and words in found[name][1]


def test_what_is_no_ordinary_file_is_not_judged(tmp_path, path):
    (tmp_path / "big.py").write_bytes(b"\n" * (2**20 + 1))
    cases = [
        (tmp_path, "folder"),
        (path, "No such file"),
        (path / "\0", "null"),
        (os.devnull, "ordinary"),
        (tmp_path / "big.py", "1,048,576"),
    ]
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.py")
        cases.append((tmp_path / "pipe.py", "ordinary"))
    for place, words in cases:
        found = file_style.criteria(place)
        assert list(found) == NAMES
        assert all(ok is None and words in sentence for ok, sentence in found.values()), place


ODD = [
    RIGHT + "\n\n",
    RIGHT.replace("\n", "\r\n"),
    "\ufeff" + RIGHT.replace("    ", "\t"),
    "x = 1\f\n\f\ny = '\x1c\u2028'\n\v\n",
    "def f( a,b ):\n  return(a)\nif f == None :\n\n\n\n    pass ;\n\n",
    "x = (1,\n  2\n",
    "'''never closed\n",
    "x = [1,\n2]\nprint(x) # noqa\nimport os, sys # " + "a" * 80 + "\n",
    "if True:\n    x = '\\d'\n  y = 2\n",
    "#!x\n#comment\nl = 0  # https://" + "a" * 90 + "\n",
]


def test_the_complaints_are_those_of_the_command(tmp_path):
    for i, content in enumerate(ODD):
        (tmp_path / f"{i}.py").write_bytes(content.encode())
    done = subprocess.run(
        [sys.executable, "-m", "pycodestyle", "."],
        cwd=tmp_path,
        env={**os.environ, "XDG_CONFIG_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    for i in range(len(ODD)):
        printed = re.findall(rf"^\.[\\/]{i}\.py:(\d+):\d+: (.*)", done.stdout, re.M)
        complaints = [f"line {line}: {text}" for line, text in printed]
        ok, sentence = file_style.criteria(tmp_path / f"{i}.py")["pycodestyle"]
        assert ok is (not complaints)
        assert all(complaint in sentence for complaint in complaints[:3])
        assert (f"; and {len(complaints) - 3} more." in sentence) is (len(complaints) > 3)


def test_the_users_own_settings_do_not_matter(path, tmp_path, monkeypatch, capsys):
    (tmp_path / "settings").write_text("[pycodestyle]\nmax-line-length = 20\nignore = W391\nverbose = 3\n")
    (tmp_path / "setup.cfg").write_text("[pycodestyle]\nmax-line-length = 20\n")
    monkeypatch.setattr(pycodestyle, "USER_CONFIG", str(tmp_path / "settings"))
    monkeypatch.chdir(tmp_path)
    assert judged(path)["pycodestyle"][0] is True
    assert "W391" in judged(path, RIGHT + "\n")["pycodestyle"][1]
    assert capsys.readouterr() == ("", "")


WORDS = st.sampled_from(
    [
        *RIGHT.split(" "),
        "def f():",
        "class",
        '"""',
        "'",
        'f"{',
        "}",
        "(",
        ")",
        "\\\n",
        "\n",
        "\r",
        "\t",
        "    ",
        "\f",
        ":",
    ]
    + [
        "#",
        "import",
        "exec",
        "lambda",
        "async",
        "0x",
        "é",
        "\ufeff",
        "\0",
        "\u2028",
        "=",
        ",",
        ";",
        "@",
        "if 1:\n",
        "# noqa",
    ]
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(st.binary(), st.text().map(str.encode), st.lists(WORDS, max_size=60).map(lambda w: " ".join(w).encode()))
)
@example(b"r")
@example(b"\\")
@example(b"\xef\xbb\xbf")
def test_any_bytes_get_six_criteria(tmp_path, content):
    found = judged(tmp_path / "any.py", content)
    assert list(found) == NAMES
    for ok, sentence in found.values():
        assert ok in (True, False, None) and isinstance(sentence, str)
        assert len(sentence) > 10 and sentence.isprintable()
    assert found["shebang"][0] is (content.split(b"\n")[0] == b"#!/usr/bin/env python3")
    assert found["newline"][0] is (content[-1:] == b"\n")


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, len(RIGHT)), st.integers(0, 30), st.lists(WORDS, max_size=3).map("".join))
def test_a_right_file_with_one_spot_changed_gets_six_criteria(tmp_path, start, length, words):
    found = judged(tmp_path / "any.py", RIGHT[:start] + words + RIGHT[start + length :])
    assert list(found) == NAMES and found["executable"][0] is (True if os.name != "nt" else None)
    assert all(sentence.isprintable() for _, sentence in found.values())
