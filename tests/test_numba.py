"""Generated text is plain enough for other compilers: Numba takes it as it is."""

import numpy as np
import pytest
from golden import BY_NAME

from srcgrad import grad

numba = pytest.importorskip("numba")


@pytest.mark.parametrize(
    "name, args",
    [
        ("overwritten_operand", (0.7,)),
        ("sum_of_squares", (np.array([1.0, -2.0, 0.5]),)),
        ("newton_sqrt", (3.0,)),
        ("shift", BY_NAME["shift"].args),
        ("heat", BY_NAME["heat"].args),
    ],
)
def test_compiled_by_numba(name, args):
    case = BY_NAME[name]
    function = grad(case.function, wrt=case.WRT)
    expected = function(*args)
    found = numba.njit(function.compiled)(*args)
    for a, b in (
        zip(found, expected, strict=True) if isinstance(expected, tuple) else [(found, expected)]
    ):
        np.testing.assert_allclose(a, b, rtol=1e-14)
