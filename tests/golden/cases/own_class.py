"""Objects made inside: methods, properties and operators inlined, attributes carried by a loop."""

import math

ARGS = (0.7, 1.3)
MODES = ("grad", "vjp", "jvp")
POINTS = ((1.5, -0.4),)
PASSES = "stage"
ORDER = 2


class Vector:
    def __init__(self, x, y=1.0):
        self.x = x
        self.y = y

    def __add__(self, other):
        return Vector(self.x + other.x, self.y + other.y)

    def __rmul__(self, factor):
        return Vector(factor * self.x, factor * self.y)

    @property
    def length(self):
        return math.sqrt(self.x * self.x + self.y * self.y)


class Ball:
    drag = 0.1

    def __init__(self, place, speed):
        self.place, self.speed = place, speed

    def step(self, dt):
        self.speed = (1.0 - self.drag * dt) * self.speed
        self.place = self.place + dt * self.speed


def own_class(x, y):
    ball = Ball(Vector(x), Vector(y, x))
    for _ in range(3):
        ball.step(0.5)
    return ball.place.length
