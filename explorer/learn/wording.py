"""What lesson links and the Learn page say, but for the tours themselves (`explorer.tours`)."""

SHARE_HELP = "A link to what you see, and for a class: a lesson, whose link hides or fixes controls."
LINK = "The whole state is in this link, as in the address bar."
LESSON = """**Make it a lesson.** What is hidden or fixed stays as it is now. That keeps a class on track; it is no
lock: whoever changes the link can change it back."""
HIDE = "Hide"
FIX = "Show, but fix"
ALPHA_TOO = "α is fixed too: moving it would change the method."

CONTROLS = {
    "architecture": "Network",
    "preset": "Size",
    "criterion": "Importance of a neuron",
    "reduce": "Over its weights",
    "seed": "Seed",
    "method": "Method",
    "target": "What is prescribed",
    "sparsity": "Sparsity",
    "budget": "Budget",
    "alpha": "α: memory or MACs",
    "lambda": "λ: reweighting",
    "coupling": "Tied layers",
    "min_neurons": "Fewest neurons a layer",
    "protect": "Protected layers",
    "cap": "Caps of layers",
}
"""The controls that a lesson may hide or fix, by their name in links."""

TITLE = "Short tours over the live charts. Each step sets the controls, shows one thing and asks one question."
PREVIOUS = "Back"
NEXT = "Next"
ALL = "All tours"
RESET = "Set the controls again"
RESET_HELP = "Put the controls where this step began."
HOW = """In a tour the keys N and B lead on and back. The address bar has a link to the very step that you see;
**Share** makes a lesson of it."""
RIGHT = "**Yes.** {}"
WRONG = "**Not quite:** {}"
UNSCORED = "This step needs every neuron's importance; it shows the charts once that is computed."


def heading(tour: str, step: str, number: int, of: int) -> str:
    """Which tour this is, and how far."""
    return f"#### {step}  :gray[:small[{tour}  ·  step {number} of {of}]]"


def progress(number: int, of: int) -> str:
    """The steps as dots, those seen filled."""
    return f":primary[{'●' * number}]:gray[{'○' * (of - number)}]" if number < of else f":primary[{'●' * number}]"
