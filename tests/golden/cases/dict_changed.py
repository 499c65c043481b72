"""Stores in dicts: in one of the function's own, and in the caller's, which ends as it is left."""

MODES = ("grad", "vjp", "jvp")
ORDER = 2
ARGS = ({"x": 0.7, "v": -1.2, "trace": [0.5]}, 3)
WRT = ("state",)


def dict_changed(state, steps):
    energy = {"kinetic": 0.0, "potential": 0.0}
    for _ in range(steps):
        state["v"] -= 0.1 * state["x"]
        state["x"] += 0.1 * state["v"]
        state["trace"].append(state["x"])
        energy["kinetic"] += state["v"] ** 2
        energy["potential"] += state["x"] ** 2
    energy["total"] = energy["kinetic"] + energy.pop("potential")
    return energy["total"] * sum(state["trace"])
