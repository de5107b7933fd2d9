"""Reweighting: layers made comparable, then the expensive ones made less important.

Importance falls and rises by orders of magnitude from layer to layer, so that one threshold would empty some of them;
and it does not know what a neuron costs. RANP (arXiv 2010.02488, section 4.2) mends both, in this order:

    balance      s[l] <- s[l] * max over layers k of mean(s[k]) / mean(s[l])
    resources    s[l] <- s[l] * (1 + lambda * softmax over layers of (-R)[l]),      R[l] = cost[l] / max_k cost[k]

With MACs as the cost this is RANP-f, with output elements (activations) RANP-m, with seconds on a machine RANP-t;
without resources it is weighted neuron pruning. Costs are those of the full layers, in any unit.
"""

import math

import torch

from ranp.types import Costs, Scores


def reweight(
    scores: Scores, costs: Costs | None, lam: float = 11.0, balance: bool = True, largest: float | None = None
) -> Scores:
    """Balance the layers' scores and weigh them by what the layers cost; new tensors in the order of `scores`.

    `costs` may be None, for balance alone. `largest` is the cost that counts as R = 1: the largest one among the scored
    layers, unless given; a blend is relative already and wants ``largest=1.0``. A layer whose neurons all score zero
    stays at zero. Raises `ValueError` for scores that cannot be ranked, for a cost that is missing, negative or not
    finite, and for a negative lambda.

    >>> scores = {"narrow": torch.tensor([1.0, 3.0]), "wide": torch.tensor([4.0, 4.0])}
    >>> reweight(scores, None)
    {'narrow': tensor([2., 6.]), 'wide': tensor([4., 4.])}
    >>> reweight(scores, {"narrow": 5.0, "wide": 5.0}, lam=2.0)  # equal costs: a factor of 1 + 2 * 1/2 for both
    {'narrow': tensor([ 4., 12.]), 'wide': tensor([8., 8.])}
    """
    check_scores(scores)
    factors = balance_factors(scores) if balance else dict.fromkeys(scores, 1.0)
    if costs is not None:
        resources = _resource_factors({name: costs.get(name, math.nan) for name in scores}, lam, largest)
        factors = {name: factors[name] * resources[name] for name in scores}
    return {name: score * factors[name] for name, score in scores.items()}


def blend_costs(
    macs: Costs, activations: Costs, alpha: float, seconds: Costs | None = None, time_share: float = 0.0
) -> Costs:
    """R of the slider between RANP-f (`alpha` = 1) and RANP-m (`alpha` = 0), for ``reweight(..., largest=1.0)``.

    R[l] = alpha * macs[l] / max macs + (1 - alpha) * activations[l] / max activations; and with a `time_share` that is
    not 0, the share of R that is seconds[l] / max seconds, up to RANP-t (`time_share` = 1), and the rest as without.
    Raises `ValueError` for an alpha or a share outside 0..1, for layers that are not the same in all, and for a share
    without seconds.

    >>> blend_costs({"a": 4.0, "b": 1.0}, {"a": 1.0, "b": 2.0}, alpha=0.5)
    {'a': 0.75, 'b': 0.625}
    >>> blend_costs({"a": 4.0, "b": 1.0}, {"a": 1.0, "b": 2.0}, 0.5, seconds={"a": 0.2, "b": 0.4}, time_share=0.5)
    {'a': 0.625, 'b': 0.8125}
    """
    if not 0 <= alpha <= 1:
        raise ValueError(f"alpha must be between 0 (memory only) and 1 (MACs only), not {alpha}")
    if not 0 <= time_share <= 1:
        raise ValueError(f"time_share must be between 0 (no time) and 1 (time only), not {time_share}")
    if macs.keys() != activations.keys():
        raise ValueError(f"MACs and activations are of different layers: {sorted(macs.keys() ^ activations.keys())}")
    most_macs, most_activations = max(macs.values()), max(activations.values())
    two = {name: alpha * macs[name] / most_macs + (1 - alpha) * activations[name] / most_activations for name in macs}
    if time_share == 0:
        return two
    if seconds is None or seconds.keys() != macs.keys() or not max(seconds.values()) > 0:
        raise ValueError("a blend with a share of time needs the seconds of every layer, not all of them 0")
    most_seconds = max(seconds.values())
    return {name: time_share * seconds[name] / most_seconds + (1 - time_share) * two[name] for name in macs}


def balance_factors(scores: Scores) -> dict[str, float]:
    """What makes all layers' mean scores equal: layer -> max over layers k of mean(s[k]) / mean(s[l]).

    >>> balance_factors({"narrow": torch.tensor([1.0, 3.0]), "wide": torch.tensor([4.0, 4.0])})
    {'narrow': 2.0, 'wide': 1.0}
    """
    means = {name: score.mean(dtype=torch.float64).item() for name, score in scores.items()}
    highest = max(means.values())
    return {name: highest / mean if mean else 1.0 for name, mean in means.items()}


def check_scores(scores: Scores) -> None:
    """Raise `ValueError` unless the scores can rank neurons: some layer, all finite, not all zero."""
    if not scores:
        raise ValueError("there are no scores; score the network first")
    for name, score in scores.items():
        if score.ndim != 1 or score.numel() == 0:
            raise ValueError(f"layer {name!r} must have one score a neuron, not a tensor of shape {tuple(score.shape)}")
    pool = torch.cat([*scores.values()])
    if not pool.isfinite().all():
        name = next(name for name, score in scores.items() if not score.isfinite().all())
        raise ValueError(f"scores of layer {name!r} hold nan or infinity; score the network again on finite inputs")
    if not pool.any():
        raise ValueError("every neuron scores zero, so nothing can be ranked; score on other batches or another seed")


def _resource_factors(costs: Costs, lam: float, largest: float | None) -> dict[str, float]:
    if not (math.isfinite(lam) and lam >= 0):
        raise ValueError(f"lambda must be a number of at least 0, not {lam}")
    for name, cost in costs.items():
        if not (math.isfinite(cost) and cost >= 0):
            raise ValueError(f"the cost of layer {name!r} must be a number of at least 0; it is missing, or {cost}")
    unit = max(costs.values()) if largest is None else largest
    if not unit > 0:
        raise ValueError("every scored layer costs nothing, so costs cannot weigh them; use balance alone (costs=None)")
    exponentials = {name: math.exp(-cost / unit) for name, cost in costs.items()}
    total = sum(exponentials.values())
    return {name: 1 + lam * exponential / total for name, exponential in exponentials.items()}
