"""When to prune early: once the gradient's flow has settled.

The flow of the gradient, its squared length |dL/dw|^2 over all weights, is how fast the loss falls to first order along
gradient descent. It changes quickly while the network still decides what to learn, and slowly afterwards: from then on
the network behaves nearly like its linearisation, so that what is pruned by gradients stays true (EarlyCroP, Rachwan et
al., ICML 2022, arXiv 2206.10451). Pruning is due when

    |flow of this window - flow of the window before| <= change x flow of the first window

where a window is so many training steps, and its flow their mean. Simplified: the flow is that of the batches that are
trained on, not of all data, and windows stand for the paper's epochs.
"""


class GradientFlow:
    """Watches the norms of gradients, step by step.

    >>> flow = GradientFlow(change=0.1, window=2)
    >>> [flow.settled(norm) for norm in (4.0, 4.0, 2.0, 2.0, 1.9, 1.9)]
    [False, False, False, False, False, True]
    """

    def __init__(self, change: float, window: int) -> None:
        self._change, self._window = change, window
        self._squares: list[float] = []
        self._means: list[float] = []

    def settled(self, norm: float) -> bool:
        """Whether it has, now that a step's gradient had that norm."""
        self._squares.append(norm**2)
        if len(self._squares) < self._window:
            return False
        self._means.append(sum(self._squares) / self._window)
        self._squares = []
        return len(self._means) > 1 and abs(self._means[-1] - self._means[-2]) <= self._change * self._means[0]
