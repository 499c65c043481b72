"""What type checkers are to find: `# error` stands where they must complain, and nowhere else.

A comment after `reveal_type` is the type that mypy is to name there. Nothing here is ever run.
"""

# ruff: noqa: F821

from srcgrad import grad, jvp, primitive, stop_gradient, value_and_grad, vjp


def neuron(w: list[float], x: list[float], scale: float = 1.0) -> float:
    return w[0] * x[0] * scale


g = grad(neuron)
reveal_type(g)  # srcgrad.api.Gradient[[w: list[float], x: list[float], scale: float =], float]
reveal_type(grad(neuron)([1.0], [2.0], scale=2.0))  # Any
reveal_type(value_and_grad(neuron)([1.0], [2.0]))  # tuple[float, Any]
reveal_type(vjp(neuron, wrt="w")([1.0], [2.0]))  # tuple[float, def (Any) -> Any]
reveal_type(jvp(neuron, wrt=("w", 1))(([1.0], [2.0]), ([1.0], [0.0])))  # tuple[float, Any]
reveal_type(grad(neuron).primal([1.0], [2.0]))  # float
reveal_type(grad(neuron).source)  # str

grad(neuron)()  # error
grad(neuron)(3.0, [1.0])  # error
grad(neuron)([1.0], [2.0], size=1)  # error
value_and_grad(neuron)([1.0], "x")  # error
vjp(neuron)([1.0], [2.0], [3.0], [4.0])  # error
grad(neuron, wrt=1.5)  # error
grad(neuron, "w")  # error
grad(3.0)  # error


@grad
def one(x: float) -> float:
    return x * x


@grad(wrt="x")
def two(x: float, y: str) -> float:
    return x * x


@value_and_grad(wrt=("x",))
def three(x: float, y: str) -> float:
    return x * x


reveal_type(one)  # srcgrad.api.Gradient[[x: float], float]
reveal_type(two)  # srcgrad.api.Gradient[[x: float, y: str], float]
reveal_type(three(1.0, "a"))  # tuple[float, Any]
reveal_type(grad(one))  # srcgrad.api.Gradient[[x: float], Any]
one("a")  # error
two(1.0, 2)  # error
three(1.0)  # error


class Model:
    rate: float = 1.0

    @grad
    def loss(self, x: float) -> float:
        return self.rate * x


reveal_type(Model().loss)  # def (x: float) -> Any
Model().loss(1.0)
Model.loss(Model(), 1.0)
Model().loss("a")  # error
Model().loss()  # error


@primitive(d="1.0")
def gate(x: float) -> float:
    return stop_gradient(x)


reveal_type(gate)  # def (x: float) -> float
reveal_type(stop_gradient([1.0]))  # list[float]
gate("a")  # error
