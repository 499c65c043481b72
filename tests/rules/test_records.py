"""The texts of the tables read only what their rules define."""

import pytest

from srcgrad.rules import with_libraries
from srcgrad.rules.record import TABLE, check

with_libraries()


@pytest.mark.parametrize("name", sorted(TABLE))
def test_texts(name):
    check(TABLE[name])
