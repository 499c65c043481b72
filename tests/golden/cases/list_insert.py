"""Elements put into a list and taken out of it anywhere: the cotangents' list is undone alike."""

MODES = ("grad", "vjp", "jvp")
ORDER = 2
ARGS = ([0.7, -1.2, 1.5],)
POINTS = [([0.3, 0.4],)]


def list_insert(x):
    queue = [v * v for v in x]
    queue.insert(0, x[0] * x[1])
    total = 0.0
    for k in range(4):
        first = queue.pop(0)
        total += first * (k + 1)
        if first > 1.0:
            queue.insert(1, first * x[1])
        else:
            queue.append(first - x[0])
    del queue[-2]
    queue.reverse()
    return total * queue[0] + sum(queue)
