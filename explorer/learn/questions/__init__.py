"""The tours' questions, whose answers are worked out from the network at hand.

In: `Evidence`: the settings of a step, and the network, the criterion and the seed that the visitor chose; the sliders
of the page do not change it. Out: a `Question` with an answer that is right for this network. `QUESTIONS` lists them.
Test: `pytest tests/learn`
"""

from collections.abc import Callable

from explorer.learn.questions import ages, comparing, reweighting, scored, scores, seconds
from explorer.learn.questions.asking import Evidence, Question

QUESTIONS: dict[str, Callable[[Evidence], Question]] = {
    "count_neurons": scores.count_neurons,
    "half_of_neurons": scores.half_of_neurons,
    "most_sensitive_layer": scores.most_sensitive_layer,
    "spread_of_scores": scores.spread_of_scores,
    "first_to_empty": scores.first_to_empty,
    "goes_furthest": scores.goes_furthest,
    "balance_saves": reweighting.balance_saves,
    "lambda_saves": reweighting.lambda_saves,
    "who_pays": reweighting.who_pays,
    "largest_output": reweighting.largest_output,
    "alpha_macs": reweighting.alpha_macs,
    "alpha_reach": reweighting.alpha_reach,
    "dearest_at_equal_sparsity": comparing.dearest_at_equal_sparsity,
    "how_unequal": comparing.how_unequal,
    "sparsity_at_equal_macs": comparing.sparsity_at_equal_macs,
    "seconds_at_half_the_macs": seconds.seconds_at_half_the_macs,
    "seconds_without_macs": seconds.seconds_without_macs,
    "seconds_of_half_a_layer": seconds.seconds_of_half_a_layer,
    "fastest_at_equal_macs": seconds.fastest_at_equal_macs,
    "beside_full": scored.beside_full,
    "beside_thin": scored.beside_thin,
    "beside_full_at_the_least": scored.beside_full_at_the_least,
    "bill_before": ages.bill_before,
    "gradual_or_after": ages.gradual_or_after,
    "dearest_age": ages.dearest_age,
    "after_beside_init": ages.after_beside_init,
    "tied_layers": comparing.tied_layers,
    "any_or_all": comparing.any_or_all,
    "asked_and_achieved": comparing.asked_and_achieved,
}
"""name, as the steps of `explorer.learn.tours` spell it -> question."""
