"""NamedTuples in, made inside, and out."""

from typing import NamedTuple

MODES = ("vjp", "jvp")


class State(NamedTuple):
    place: float
    speed: float = 0.0

    def energy(self):
        return self.place**2 + self.speed**2


ARGS = (State(0.5, 1.0), 0.3)


def named_tuple(state, dt):
    for _ in range(2):
        place, speed = state
        state = State(place + dt * speed, speed - dt * state[0])
    return state._replace(speed=state.energy())
