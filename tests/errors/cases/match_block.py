from srcgrad import grad


def f(x, kind):
    match {"kind": kind, "x": x}:
        case {"kind": "square", **rest}:
            return rest["x"] * rest["x"]
        case _:
            return x


def mistake():
    grad(f, wrt="x")(1.5, "square")
