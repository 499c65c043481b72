import math

from srcgrad import grad


def f(x):
    global calls
    with open("log.txt") as log:
        log.write("called")
    try:
        y = math.log(x)
    finally:
        calls = 1
    del x
    return y


def mistake():
    grad(f)(1.5)
