"""`else`, `finally` and returns: what is printed is printed once, on every way."""

import math

ARGS = (0.7, 0.4)
POINTS = ((-0.7, 0.4), (0.7, 0.0))
MODES = ("grad", "jvp")


def try_finally(x, y):
    try:
        root = math.sqrt(x)
        scaled = root / y
    except ValueError:
        return x * y
    except ZeroDivisionError as error:
        print(error)
        scaled = x
    else:
        scaled *= root
    finally:
        print("done")
    return scaled * scaled
