"""What a derivative says of itself: help, repr, and the page in a notebook."""

import inspect
import pydoc
from html.parser import HTMLParser

import pytest

from srcgrad import grad, jvp, value_and_grad, vjp


def area(w, x, scale=1.0):
    """The area <of> something."""
    return w * x * scale if w < x else 0.0


def square(x):
    return x * x


LINE = inspect.getsourcelines(area)[1]


def helped(thing):
    return pydoc.plain(pydoc.render_doc(thing))


@pytest.mark.parametrize(
    "made, expected",
    [
        (grad(area), ["The gradient of `area`", "Seed: 1.0", "Returns: (dw, dx), in the order of `w`, `x`"]),
        (grad(area, wrt="x"), ["Returns: dx, with the structure of `x`"]),
        (grad(area, wrt=("x",)), ["Returns: (dx,), with"]),
        (grad(area, wrt=("x", "w")), ["Returns: (dx, dw), in the order of `x`, `w`"]),
        (value_and_grad(area), ["The value and gradient of `area`", "Seed: 1.0", "Returns: (value, (dw, dx)), the gradients"]),
        (value_and_grad(area, wrt="w"), ["Returns: (value, dw), the gradient with"]),
        (vjp(area), ["value and pullback", "Seed: what the pullback is called with", "returns (dw, dx)"]),
        (jvp(area), ["directional derivative", "Seed: the tangents of `w`, `x`", "Returns: (value, tangent)"]),
        (grad(grad(square)), ["The gradient of the gradient of `square`"]),
    ],
)  # fmt: skip
def test_help_states_origin_seed_and_layout(made, expected):
    text = helped(made)
    for part in expected:
        assert part in text
    assert "(tests/test_display.py:" in text


def test_help_has_the_signature_and_the_docstring():
    text = helped(grad(area))
    assert f"(tests/test_display.py:{LINE})" in text
    assert "area(w, x, scale=1.0)" in text
    assert "The area <of> something." in text


def test_help_of_the_generated_function():
    g = grad(area)
    g(1.0, 2.0)
    text = helped(g.compiled)
    assert "area_grad(w, x, scale=1.0)" in text
    assert f"The gradient of `area` (tests/test_display.py:{LINE})" in text
    assert "Returns: (dw, dx)" in text


def test_repr():
    assert repr(grad(area)) == "<grad of area by w, x>"
    assert repr(vjp(area, wrt="x")) == "<vjp of area by x>"


class Page(HTMLParser):
    """Checks that every tag is closed, and gathers what is in <code>."""

    def __init__(self, text):
        super().__init__()
        self.open, self.seen, self.styles, self.code = [], set(), [], []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        self.seen.add(tag)
        self.styles += [value for name, value in attrs if name == "style"]
        assert not [name for name, _ in attrs if name.startswith("on")]
        if tag == "code":
            self.code.append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "code" in self.open:
            self.code[-1] += data


def test_page_has_both_sides():
    g = grad(area)
    assert "not called yet" in Page(g._repr_html_()).code[1]
    g(1.0, 2.0)
    page = Page(g._repr_html_())
    assert page.code == [inspect.getsource(area).strip("\n"), g.source.strip("\n")]
    assert "<of>" not in g._repr_html_() and "w < x" not in g._repr_html_()
    assert not page.seen & {"script", "style", "link", "img", "iframe"}


def test_page_suits_light_and_dark():
    g = grad(area)
    g(1.0, 2.0)
    for style in Page(g._repr_html_()).styles:
        rules = dict(map(str.strip, rule.split(":", 1)) for rule in style.split(";"))
        assert rules.get("color", "inherit") == "inherit"
        assert rules.get("background", "transparent").startswith(
            ("transparent", "rgba(127, 127, 127, 0.1")
        )


def test_page_of_several_kinds():
    g = grad(square)
    g(1.0)
    g(2)
    page = Page(g._repr_html_())
    assert page.code[1] == g.source.strip("\n")
    assert len(page.code) == 1 + len(g.sources)


def test_page_of_what_has_no_source():
    scope = {}
    exec(compile("def hidden(x):\n    return x", "<made>", "exec"), scope)
    assert "not to be had" in grad(scope["hidden"])._repr_html_()


def test_in_ipython():
    pretty = pytest.importorskip("IPython.lib.pretty").pretty
    g = grad(square)
    assert pretty(g) == "<grad of square by x>"
    g(1.0)
    assert pretty(g) == f"<grad of square by x>\n\n{g.source.rstrip()}"
