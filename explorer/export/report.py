"""The present plan as one HTML file that needs nothing else: drawing, charts, tables, settings, conventions, versions.

plotly.js is in the file, and a content policy forbids it to load anything. All text is escaped; figures travel as JSON
in which no tag can begin.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from plotly.graph_objects import Figure

from explorer import ASSETS, wording
from explorer.charts import (
    DARK,
    LIGHT,
    Palette,
    importance,
    importance_in_words,
    resources,
    resources_in_words,
    retention,
    retention_in_words,
)
from explorer.compute import Outcome, Seconds
from explorer.export.network_picture import in_words, picture
from explorer.facts import NetworkFacts
from explorer.live import PICTURES, PLOTLY
from explorer.page import timing
from explorer.units import BYTES_PER_ELEMENT, count, duration, percent
from ranp.inputs import format_inputs, from_document
from ranp.plan import PLANNED

_POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:"


@dataclass(frozen=True)
class Story:
    """What the report says beside the plan's file: plain text, seconds of a step by kind, and what races found.

    ``drawing`` is that of the full network, as `explorer.packets.draw` makes it.
    """

    title: str
    sentence: str
    link: str
    shell: str
    python: str
    made_on: str
    seconds: Mapping[str, Seconds] | None = None
    source: str = ""
    trained: "Trained | None" = None
    raced: Sequence[str] = ()
    drawing: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Trained:
    """What networks of a check made of test examples: what is drawn of it, the same in words, and their scores."""

    drawing: Mapping[str, Any]
    words: str
    scores: str


def report(
    outcome: Outcome, network: NetworkFacts, document: Mapping[str, Any], story: Story, stale: Sequence[str] = ()
) -> bytes:
    """The whole file; `document` is what the plan's own `plan.json` says, `stale` which attributes may be old."""
    charts = _charts(outcome)
    drawn = "".join(
        f'<h2>{escape(title)}</h2><figure aria-label="{escape(words)}"><div class="chart" id="chart-{index}"></div>'
        f"<figcaption>{escape(words)}</figcaption></figure>"
        for index, (title, words, _) in enumerate(charts)
    )
    data = ",".join(f'{{"light":{light},"dark":{dark}}}' for _, _, (light, dark) in charts)
    body = (
        f"<h1>{escape(story.title)}</h1><p class=lead>{escape(story.sentence)}</p>"
        + _network(story, outcome)
        + _costs(document, story)
        + drawn
        + _trained(story.trained)
        + _layers(document, story)
        + _section("Settings", _pairs(_settings(document)))
        + _section("Where it comes from", _pairs(_provenance(document, story)))
        + _section("Trained, in races that were run before", _listed(story.raced))
        + _section("What cannot be pruned, and why", _listed(_held(network)))
        + _section("Attributes that equal a width from before, and may be stale in the shrunk network", _listed(stale))
        + _section("Not counted", _listed([*network.uncounted, *network.notes]))
        + _section("Conventions", _pairs(document["conventions"].items()))
        + f"<h2>Make it again</h2><h3>From a shell</h3><pre>{escape(story.shell)}</pre>"
        + f"<h3>In Python</h3><pre>{escape(story.python)}</pre>"
        + f"<footer>{escape(story.made_on)}</footer>"
    )
    plotly = PLOTLY.read_text(encoding="utf-8")
    style, script = ((ASSETS / f"report.{kind}").read_text(encoding="utf-8") for kind in ("css", "js"))
    if story.trained is not None:
        style += PICTURES["css"].read_text(encoding="utf-8")
    page = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(story.title)}</title>'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="color-scheme" content="light dark"><style>{style}</style></head><body><main>{body}</main>'
        f"<script>{plotly}</script><script>const CHARTS=[{data}];\n{script}</script>{_pictures(story.trained)}"
        "</body></html>\n"
    )
    return page.encode()


def _network(story: Story, outcome: Outcome) -> str:
    """The drawing that the report opens with."""
    if story.drawing is None:
        return ""
    layers = outcome.plan.layers
    drawn = picture(story.drawing, layers)
    return f'<figure><div class="wide">{drawn}</div><figcaption>{escape(in_words(layers))}</figcaption></figure>'


def _charts(outcome: Outcome) -> list[tuple[str, str, tuple[str, str]]]:
    """Title, the chart in words, and its figure in both themes."""
    layers, curve, neurons, sparsity = (
        outcome.plan.layers, outcome.curve, outcome.neurons, outcome.plan.requested_sparsity,
    )  # fmt: skip
    return [
        ("Neurons kept by layer", retention_in_words(layers), _both(lambda colours: retention(layers, colours))),
        (
            "What is left at every sparsity",
            resources_in_words(curve, sparsity),
            _both(lambda colours: resources(curve, sparsity, colours)),
        ),
        (
            "Importance of every neuron",
            importance_in_words(neurons),
            _both(lambda colours: importance(neurons, colours)),
        ),
    ]


def _both(draw: Callable[[Palette], Figure]) -> tuple[str, str]:
    """A figure in both themes, as JSON that can stand in a script element."""
    light, dark = (_json(draw(palette), palette) for palette in (LIGHT, DARK))
    return light, dark


def _json(figure: Figure, colours: Palette) -> str:
    figure.update_layout(
        template="none",
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"color": colours.text, "family": "system-ui, sans-serif"},
    )
    figure.update_yaxes(gridcolor=colours.empty_bar, zerolinecolor=colours.empty_bar)
    apart = {"ticks": "outside", "ticklen": 6, "tickcolor": "rgba(0,0,0,0)"}  # the two zeros at the corner
    figure.update_xaxes(gridcolor=colours.empty_bar, zerolinecolor=colours.empty_bar, **apart)
    return _quoted(str(figure.to_json()))


def _quoted(text: str) -> str:
    """JSON in which no tag begins, and no line ends."""
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _trained(found: Trained | None) -> str:
    """The place of the pictures, with the scores above them."""
    if found is None:
        return ""
    return (
        f"<h2>What trained networks make of it</h2><p>{escape(found.scores)}</p>"
        f'<div class="ranp-pictures" id="pictures" role="group" aria-label="{escape(found.words)}"></div>'
    )


def _pictures(found: Trained | None) -> str:
    """The script that draws them, as the page has it: a module that imports nothing."""
    if found is None:
        return ""
    script = PICTURES["js"].read_text(encoding="utf-8")
    data = _quoted(json.dumps(found.drawing))
    return f'<script type="module">{script}\nshow(document.getElementById("pictures"), unpacked({data}));</script>'


def _costs(document: Mapping[str, Any], story: Story) -> str:
    rows = []
    for title, name, factor, unit in (
        ("MACs", "macs", 1, ""),
        ("FLOPs (2 × MACs)", "flops", 1, ""),
        ("The paper's count", "paper_macs", 1, ""),
        ("Parameters", "params", 1, ""),
        ("Activation memory", "activations", BYTES_PER_ELEMENT, "B"),
    ):
        before, after = document["full"][name], document["pruned"][name]
        share = percent(after / before) if before else "–"
        rows.append([title, count(factor * before, unit), count(factor * after, unit), share])
    for kind, found in (story.seconds or {}).items():
        after = [duration(found.after), percent(found.after / found.before)] if found.after is not None else ["–", "–"]
        rows.append([f"{timing.STEP_TITLES[kind]} of a batch", duration(found.before), *after])
    source = f"<p>{escape(story.source)}</p>" if story.seconds else ""
    return _table(["Cost of one input", "Full", "Pruned", "Left"], rows, numbers=3) + source


def _layers(document: Mapping[str, Any], story: Story) -> str:
    step = story.seconds["training"] if story.seconds else None
    rows = [
        [
            layer["name"], layer["kind"], f"{layer['neurons']:,}", f"{layer['kept']:,}",
            count(layer["macs"]), count(layer["pruned_macs"]), count(layer["params"]), count(layer["pruned_params"]),
            *_layer_times(step, layer["name"]),
        ]
        for layer in document["layers"]
    ]  # fmt: skip
    heads = ["Layer", "Kind", "Neurons", "Kept", "MACs", "after", "Parameters", "after"]
    heads += ["Training step", "after"] if step else []
    return "<h2>Layer by layer</h2>" + _table(heads, rows, numbers=len(heads) - 2)


def _layer_times(step: Seconds | None, name: str) -> list[str]:
    """What the layer's own calls take of a training step, before and after."""
    if step is None:
        return []
    after = "–" if step.layers_after is None else duration(step.layers_after.get(name, 0.0))
    return [duration(step.layers_before.get(name, 0.0)), after]


def _settings(document: Mapping[str, Any]) -> list[tuple[str, Any]]:
    names = ("budget", *(key for key in PLANNED.values() if key != "random_seed"))
    chosen = [(name, document[name]) for name in names if document[name] not in (None, [], {})]
    shares = ("requested_sparsity", "achieved_sparsity", "max_feasible_sparsity")
    return [*chosen, *((name.replace("_", " "), percent(document[name], 2)) for name in shares)]


def _provenance(document: Mapping[str, Any], story: Story) -> list[tuple[str, Any]]:
    names = (
        "architecture",
        "preset",
        "arguments",
        "import_path",
        "seed",
        "init",
        "weights_sha256",
        "checkpoint",
        "checkpoint_sha256",
    )
    known = [(name.replace("_", " "), document[name]) for name in names if document[name] not in (None, {})]
    inputs = format_inputs(from_document(document["inputs"], "the plan"))
    versions = ", ".join(f"{name} {version}" for name, version in document["versions"].items())
    return [
        *known,
        ("inputs", " and ".join(inputs)),
        ("scores from", document["scored_by"]),
        ("scored on", document["data"] or "no data"),
        ("link", story.link),
        ("versions", versions),
    ]


def _held(network: NetworkFacts) -> list[str]:
    least = wording.least(*(percent(share, 2) for share in network.least_shares)).replace("**", "")
    return [least, *(f"{name}: {reason}" for name, reason in network.held)]


def _section(title: str, content: str) -> str:
    return f"<details><summary>{escape(title)}</summary>{content}</details>" if content else ""


def _pairs(pairs: Iterable[tuple[str, Any]]) -> str:
    rows = "".join(f"<dt>{escape(str(name))}</dt><dd>{escape(str(value))}</dd>" for name, value in pairs)
    return f"<dl>{rows}</dl>" if rows else ""


def _listed(items: Sequence[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape(item)}</li>' for item in items)}</ul>" if items else ""


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]], numbers: int) -> str:
    """A table of which the last columns are numbers."""
    first = len(heads) - numbers

    def cells(tag: str, texts: Sequence[str]) -> str:
        return "".join(
            f"<{tag}{' class=number' if place >= first else ''}>{escape(text)}</{tag}>"
            for place, text in enumerate(texts)
        )

    lines = "".join(f"<tr>{cells('td', row)}</tr>" for row in rows)
    return f'<div class="wide"><table><thead><tr>{cells("th", heads)}</tr></thead><tbody>{lines}</tbody></table></div>'
