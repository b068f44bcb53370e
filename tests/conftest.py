"""What holds for all tests: how many examples hypothesis tries, 30 or as many as AELIB_EXAMPLES says."""

import os

from hypothesis import settings

settings.register_profile("course", max_examples=int(os.environ.get("AELIB_EXAMPLES", 30)), deadline=None)
settings.load_profile("course")
