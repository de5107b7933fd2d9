"""What the terminal says of differences between networks."""

from ranp.checks import Entry, compare
from ranp.cli.differences import differences_table


def test_every_pair_has_its_line_with_the_seeds_that_it_takes() -> None:
    scores = {"full": (0.9, 0.8, 0.9), "ranp-f": (0.8, 0.7, 0.7), "vanilla": (None, None, None)}
    entries = [
        Entry(place, name, seed, score=score, reason="a layer is empty" if score is None else None)
        for place, (name, found) in enumerate(scores.items())
        for seed, score in enumerate(found)
    ]
    lines = differences_table([each.as_dict() for each in compare(entries, True, wish=0.1)]).splitlines()
    assert [" ".join(line.split()) for line in lines] == [
        "network difference seeds for ± 0.1 verdict",
        "ranp-f beside full -0.133 ± 0.143 4 no difference is shown; one larger than 0.277 can be excluded",
        "vanilla beside full – 3 of 3 runs failed",
        "vanilla beside ranp-f – 3 of 3 runs failed",
        "paired by seed, with the 95% interval by Student's t; verdicts consider all pairs (Holm)",
    ]
    assert differences_table([]) == ""
