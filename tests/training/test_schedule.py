"""The learning rate beside torch's own one-cycle schedule."""

import torch

from ranp.training.schedule import END, START, WARM_UP, one_cycle


def test_it_is_torchs_where_that_knows_the_number_of_steps() -> None:
    weight = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.AdamW([weight], lr=1.0)
    total = 41
    theirs = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=0.3, total_steps=total, pct_start=WARM_UP, div_factor=START, final_div_factor=END
    )
    # torch counts to total - 1 and peaks one step early; the same ramps meet where both are stretched alike.
    peak = WARM_UP * total - 1
    for step in range(total):
        (group,) = optimizer.param_groups
        share = step / peak * WARM_UP if step <= peak else WARM_UP + (step - peak) / (total - 1 - peak) * (1 - WARM_UP)
        ours = one_cycle(share)
        torch.testing.assert_close((0.3 * ours.rate, ours.momentum), (group["lr"], group["betas"][0]))
        optimizer.step()
        if step + 1 < total:
            theirs.step()
