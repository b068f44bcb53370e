"""An otter test, in its OK format, for the file 0-vanilla.py that a learner's notebook writes; the grader judges it."""

OK_FORMAT = True

POINTS = ["requirement: interface", "requirement: architecture", "requirement: objective", "requirement: general"]
POINTS += ["code: form", "efficiency: trains"]

CASE = '>>> from aelib.grading import cohort\n>>> cohort.require_point("0-vanilla.py", "{}")\n'

test = {
    "name": "vanilla",
    "points": 6,
    "suites": [
        {
            "type": "doctest",
            "scored": True,
            "setup": "",
            "teardown": "",
            "cases": [
                {
                    "code": CASE.format(point),
                    "points": 1,
                    "hidden": False,
                    "locked": False,
                }
                for point in POINTS
            ],
        }
    ],
}
