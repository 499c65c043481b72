"""Arrays of subscripts: where they may repeat, what comes back is added for each of them."""

import numpy as np

MODES = ("grad", "jvp")
ARGS = (np.array([[0.3, -0.8, 1.7], [0.5, 0.2, 0.9]]), np.array([0, 1, 1]), np.array([2, 0]))
WRT = ("table",)
PASSES = "reverse own"
ORDER = 2


def gathered(table, words, labels):
    sentence = np.tanh(table[words])
    scores = sentence[1:] @ table.T + table[:, [0, 0]]
    return np.sum(scores) - np.sum(table[np.arange(len(labels)), labels] ** 2)
