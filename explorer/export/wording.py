"""What the Export page says: of every kind of file, who reads it, and of what an upload has or has not."""

from explorer.units import count
from explorer.wording import waiting

SUBTITLE = "Take this plan with you: to train it, to show it, to make it again. Or bring one along."

PLAN = (
    "Everything that was decided, in one zip: `plan.json`, the masks as safetensors and a table of the layers. "
    "`ranp.load_plan`, `ranp verify` and this page read it."
)
REPORT = (
    "One HTML file that opens with the drawing of the pruned network; below, charts to hover over and zoom into, all "
    "tables, settings and conventions. It opens in any browser without a network, and loads nothing. After a check of "
    "this plan it shows what the networks make of a few test examples, too."
)


def trained(measure: str, scores: str, length: str, nudge: str) -> str:
    """Above the pictures of a check of this plan: by which recipe, and how much of a score a trifle makes up."""
    return f"{measure} after {length}, by the latest check of this plan: {scores}. {nudge}".rstrip()


NOTEBOOK = (
    "A Jupyter notebook that makes this very plan from nothing, a step a cell, and builds the smaller network. It "
    "needs RANP Explorer where it runs."
)


def size(text: str) -> str:
    """Below the button of a file, before it is made."""
    return f"About {text}."


REPRODUCE = "Both make this very plan: the same network, seed, data and settings, and the same neurons in the end."
STATE = (
    "Or all that you have set as one small file: every setting, the pins, and hashes of weights, scores and neurons "
    "that stay. Drop it below to go on from it, here or on another machine."
)
NOT_SCORED = "The plan needs every neuron's importance first; see above."
INFEASIBLE = (
    "There is no network to build at this sparsity, since a layer has no neuron left: choose a lower one on Explore. "
    "What describes the plan can be downloaded all the same."
)
OTHERS = "Files for other programs. Some need the smaller network: the server builds it, then the download is ready."

FORMATS = {
    "csv": (
        "Table of layers",
        "One line a layer: neurons, kept, costs before and after, and seconds where a time table tells them. Any "
        "spreadsheet reads it.",
    ),
    "masks": (
        "Masks (safetensors)",
        "Per layer one vector of true = keep. `safetensors.torch.load_file` reads it, and this page.",
    ),
    "numpy": ("Masks (numpy)", "The same as one `.npz` archive. `numpy.load` reads it, and this page."),
    "weights": (
        "Weights of the smaller network",
        "Its state dict, as safetensors, with the weights that survive. `load_state_dict` takes it.",
    ),
    "pytorch": (
        "Python source",
        "A script that cuts the network down with torch alone, for machines without this library.",
    ),
    "lightning": (
        "Lightning module",
        "A script with a LightningModule of the smaller network, for Lightning's Trainer, without this library.",
    ),
    "torch-export": (
        "torch.export program",
        "The smaller network without its class. `torch.export.load` reads it, for batches of any size where possible.",
    ),
    "onnx": ("ONNX", "The smaller network for `onnxruntime` and other runtimes that know nothing of PyTorch."),
    "torch-prune": (
        "torch.nn.utils.prune",
        "The full network's state dict with `weight_orig` and `weight_mask`, as safetensors. Masks, not a smaller "
        "network.",
    ),
    "nni": ("NNI masks", "Masks per module, by `torch.save`. NNI's `ModelSpeedup` reads them."),
    "torch-pruning": (
        "Torch-Pruning history",
        "A JSON list of what to remove. `DependencyGraph.load_pruning_history` of Torch-Pruning replays it.",
    ),
    "plan-with-weights": (
        "Plan with weights",
        "The plan's zip with the smaller network's weights in it: what is trained next, all in one file.",
    ),
}
"""Title, and a sentence on who reads it."""

TABLE = "The time table that it reads (.json)"
MASKS_CSV = ("Table of neurons", "One line a neuron: layer, neuron, 1 = keep. Any spreadsheet reads it.")

IMPORT = """A plan (`.zip`) of this app or of `ranp prune`, or masks: per layer as `.safetensors` or `.npz`, or a state
dict with `weight_mask` entries (`torch.nn.utils.prune`, NNI's masks by name) as `.safetensors`. It is checked against
the network chosen above, and nothing in it is run. Or all that was set, as this page saves it (`.json`)."""
PICKLE = (
    "This is a file that torch.save wrote, which is a pickle; a server does not open strangers' pickles. On your own "
    "machine, `ranp import FILE` reads it, and `safetensors.torch.save_file(state_dict, ...)` makes of it a file that "
    "this page takes."
)
UNKNOWN_KIND = "This is neither a plan's zip nor a file of masks (.safetensors or .npz)."
FITS = "It fits the network chosen above."
RESOLVED = "Layers that are tied must keep the same neurons, so {count} of the file's decisions were changed."
HASHED = {"weights_sha256": "the weights", "scores_sha256": "the scores", "masks_sha256": "the neurons that stay"}
SAME_STATE = "These are its settings, and weights, scores and the neurons that stay are those that were saved."
STATE_OF = "All that somebody had set: {}."
OPEN_STATE = "Go on from it"


def differing(what: list[str], by_seconds: bool) -> str:
    """That the same settings give something else here; a plan of seconds hangs on a time table, too."""
    listed = what[0] if len(what) == 1 else f"{', '.join(what[:-1])} and {what[-1]}"
    causes = f"another machine, version{', time table' if by_seconds else ''}, data or code"
    return f"These are its settings, but {listed} differ from what was saved: {causes}."


OPEN = "Open its settings in Explore"
PIN = "Pin its settings for Compare"
PINNED = "Pinned for Compare."
SAME_PLAN = "These are the neurons that Explore keeps now: the plan is the present one."
LARGER = "An upload may have {} at most."


def too_large(needed: float, spare: float) -> str:
    return (
        f"Building this network takes about {count(needed, 'B')} of memory and this machine has {count(spare, 'B')} to "
        "spare: download the plan, and build it elsewhere with `ranp export`."
    )


def missing(packages: list[str]) -> str:
    verb = "is" if len(packages) == 1 else "are"
    return f"Not possible here: {' and '.join(packages)} {verb} not installed on this server."


def making(ahead: int) -> str:
    return waiting(ahead) or "Building the smaller network, and comparing it with the masked one"


def file_of(network: str, method: str, sparsity: str) -> str:
    """Of what an uploaded plan says that it is."""
    return f"The file says: {network}, {method}, sparsity {sparsity}."


def overlap(both: int, kept: int, present: int) -> str:
    return f"It keeps {kept:,} neurons, the present plan {present:,}; {both:,} of them are the same."


FIGURES_DIFFER = "The costs in the file differ from those worked out here, which are the ones shown."
OTHER_SETTINGS = (
    "It was made with other arguments, initial weights or data than Explore offers, so it cannot open there."
)
OUT_OF_RANGE = "Its settings lie outside what Explore's controls reach, so it cannot open there."


def emptied(layer: str | None) -> str:
    return f"These masks leave no neuron of `{layer}`, so there is no network to build from them."
