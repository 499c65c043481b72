


from srcgrad.targets import find


def neuron(w, x):
    return w * x


def mistake():
    find(f"{__name__}.py:nueron")
