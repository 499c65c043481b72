"""Options of the test suite."""

import sys
from pathlib import Path

HERE = str(Path(__file__).resolve().parent)
if HERE not in sys.path:  # tests are imported by file, and what they share lies beside them
    sys.path.insert(0, HERE)


def pytest_addoption(parser):
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="write what the compiler prints now to tests/golden/expected",
    )
