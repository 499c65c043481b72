from srcgrad import grad


async def f(x):
    return x * x


def mistake():
    grad(f)(1.5)
