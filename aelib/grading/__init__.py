"""The graded exercises judged and graded, one module for each step; what they all share is here, and nothing else."""

from typing import NamedTuple


class Verdict(NamedTuple):
    """What is said of one criterion: `ok` is True, False, or None where it could not be judged; `text` says why."""

    ok: bool | None
    text: str
