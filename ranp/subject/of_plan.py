"""What a plan says of its subject: names, which lead to code only where the person who started the process named it."""

from ranp.inputs import format_inputs
from ranp.plan import Plan
from ranp.subject.metric import parse_metric
from ranp.subject.subject import Subject


def subject_of_plan(plan: Plan) -> Subject:
    """The subject that a plan was made for, without its checkpoint, of which a plan keeps the name and hash alone.

    Raises ``ValueError`` where the plan does not say which network it is for, or names what makes no sense.
    """
    known, optimizer = plan.provenance, plan.provenance.optimizer_path
    if known.import_path is None:
        return Subject(known.architecture, known.preset, dict(known.arguments), init=known.init, optimizer=optimizer)
    return Subject(
        model=known.import_path,
        inputs=tuple(format_inputs(plan.inputs)),
        data=known.data_path,
        loss=known.loss_path,
        metrics=tuple(map(parse_metric, known.metric_paths)),
        optimizer=optimizer,
        init=known.init,
    )
