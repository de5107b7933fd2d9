"""The first test examples of a check, as they are before a network has answered to them."""

import ranp.data
from ranp.checks import seeds
from ranp.checks.check import Check
from ranp.checks.pictures.pictures import Examples
from ranp.checks.pictures.taking import EXAMPLES, pictured_target
from ranp.inputs import Arguments


def before(check: Check) -> Examples | None:
    """The examples that `take` will keep of this check; None where they are read from files or made by one's own code.

    Raises ``ValueError`` where the task cannot draw any, for a package that is missing for instance.
    """
    subject = check.subject
    preset = subject.library_preset
    if preset is None or subject.data is not None:
        return None
    arguments = {**preset.arguments, **subject.arguments}
    shape, seed = preset.shapes(arguments)[0], seeds.examples_to_test(check.seeds)
    inputs, target = ranp.data.batches(preset.task, shape, arguments["classes"], EXAMPLES, 1, seed, "test")[0]
    given = Arguments(inputs if isinstance(inputs, tuple) else (inputs,))
    return pictured_target(given, target, preset.task, arguments["classes"])
