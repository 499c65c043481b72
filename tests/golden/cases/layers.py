"""A loop over objects is written out; an object is called, and read for its attributes."""

import math

WRT = "x"
ORDER = 2


class Tanh:
    def __call__(self, x):
        return math.tanh(x)


class Square:
    def __call__(self, x):
        return x * x


class Layer:
    def __init__(self, weight, act):
        self.weight, self.act = weight, act

    def forward(self, x):
        return self.act(self.weight * x)


class Net:
    def __init__(self, *layers):
        self.layers = layers

    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x


ARGS = (Net(Layer(0.5, Tanh()), Layer(2.0, Square())), 0.7)


def layers(net, x):
    return net.forward(x)
