"""What helps with a question before its answer is given: two hints for each, the second closer than the first.

They say where to look or how to think, and hold for every network; no hint names an option.
"""

HINTS: dict[str, tuple[str, str]] = {
    "count_neurons": (
        "A layer has many neurons, and a neuron has many weights. Look for a number between the two.",
        "Add up the output channels of all layers. A few dozen in each of them makes hundreds or thousands.",
    ),
    "half_of_neurons": (
        "A weight stays only if the neuron that makes it stays, and the neuron whose channel it reads.",
        "Where both ends of a weight lose half of their neurons, the shares multiply. Few layers have one end only.",
    ),
    "most_sensitive_layer": (
        "Look at the importance chart: which layer has the mark that stands highest?",
        "It is about the single best neuron, not about the layer's mean. Rest on a mark to read its value.",
    ),
    "spread_of_scores": (
        "The importance chart is logarithmic: one line up is ten times as much.",
        "Find the layer whose marks lie highest and the one whose marks lie lowest, and count the lines between them.",
    ),
    "first_to_empty": (
        "A layer is empty once its best neuron is below the line. Look at each layer's highest mark.",
        "Drag the sparsity up until a cross stands below a layer in the chart *Layers*.",
    ),
    "goes_furthest": (
        "A layer empties early where its scores are much lower than the others'. Which method brings them together?",
        "Set each method and drag the sparsity up until the page says that a layer is empty. Note where.",
    ),
    "balance_saves": (
        "*Weighted* multiplies each layer, and most of all one whose mean is low.",
        "Switch the method at the same sparsity and watch this layer's bar in the chart *Layers*.",
    ),
    "lambda_saves": (
        "The number of neurons that go stays the same. Which ones go changes.",
        "Move λ between its ends and read the MACs below the chart.",
    ),
    "who_pays": (
        "The factor of *RANP-f* raises cheap layers. Those that are raised least lose most.",
        "Switch the method and watch the bars in the chart *Layers*; the chart *MACs* says which layers are expensive.",
    ),
    "largest_output": (
        "An output is channels × depth × height × width. Where are the volumes still large?",
        "Layers at the full resolution hold most. Among them, the one with the most channels.",
    ),
    "alpha_macs": (
        "At one end the layers that compute most lose most; at the other, those that hold most.",
        "Set α to both ends and read the MACs below the chart.",
    ),
    "alpha_reach": (
        "The end that presses hardest on single layers empties one of them sooner.",
        "Set α to one end and drag the sparsity up until a layer is empty; then the same at the other end.",
    ),
    "dearest_at_equal_sparsity": (
        "A method that does not look at cost may well spare the expensive layers.",
        "Choose each method and read the MACs below the chart.",
    ),
    "how_unequal": (
        "Compare what is left of the MACs, not the sparsity, which is the same.",
        "Read the MACs with *Vanilla*, then with *RANP-f*, and divide the one by the other.",
    ),
    "sparsity_at_equal_macs": (
        "Removing an expensive neuron saves more MACs than removing a cheap one.",
        "Choose each method and read the sparsity that stands below the slider.",
    ),
    "seconds_at_half_the_macs": (
        "Part of a step has no MACs at all, and a layer's time does not fall in proportion to its width.",
        "Think of what does not get faster: it stays whole, whatever is left of the MACs.",
    ),
    "seconds_without_macs": (
        "Memory is slow: reading and writing every value once costs about as much as many multiplications.",
        "Count the passes over a layer's output: a norm and an activation function read and write it, "
        "forward and backward.",
    ),
    "seconds_of_half_a_layer": (
        "A processor computes several channels at once; a width that fills no such group wastes the rest.",
        "How many neurons are left, and do they fall into a smaller group than before?",
    ),
    "fastest_at_equal_macs": (
        "It depends on where the MACs went: large volumes cost more seconds for each of them.",
        "Look at the chart *MACs*: which method takes them away at the full resolution?",
    ),
    "beside_full": (
        "Classroom tasks are easy for these networks; how much room do they have to spare?",
        "The answer is what the races show, with their intervals, and that may be that nobody knows.",
    ),
    "beside_thin": (
        "All networks start from new weights, so only how many neurons each layer keeps can matter.",
        "A difference counts where its interval does not hold zero. Think of how few seeds there are.",
    ),
    "beside_full_at_the_least": (
        "A twentieth of the MACs is much less than a quarter. Has anybody trained that yet?",
        "If it was run, the loss is larger than at a quarter, or else the task was very easy.",
    ),
    "bill_before": (
        "Every step is one of the small network: what holds for a forward pass holds for all of them.",
        "Read in the chart *MACs* what is left of a forward pass. The number of steps is the same.",
    ),
    "gradual_or_after": (
        "Draw the network's size over the steps, once as a staircase and once as a single drop, and compare the areas.",
        "The ramp removes more than half of what goes in its first round. When is that, and when does the other drop?",
    ),
    "dearest_age": (
        "What counts is how large the network is at every step, not how large it is in the end.",
        "One of them keeps the weights of all neurons until the last step, so that any may come back.",
    ),
    "after_beside_init": (
        "More training as a large network may help, and fewer steps may hurt. Only trained networks can tell.",
        "A difference counts where its interval leaves out zero; and a race that nobody ran says nothing.",
    ),
    "tied_layers": (
        "Channels are tied where outputs are added, and in depthwise layers, which follow the layer that feeds them.",
        "Click a few layers' bars: a layer that is tied says to which ones.",
    ),
    "any_or_all": (
        "*all* asks every tied layer to keep the channel, *any* asks for one.",
        "Switch it in **Options** and compare the bars in the chart *Layers*.",
    ),
    "asked_and_achieved": (
        "Some neurons are below the threshold and stay all the same.",
        "With *any*, one layer that keeps a channel keeps it for all that are tied to it; the output layer is whole.",
    ),
}
"""question, as `explorer.learn.questions.QUESTIONS` names it -> first and second hint."""
