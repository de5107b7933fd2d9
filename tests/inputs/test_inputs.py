"""Networks that are called in any way: traced, planned, saved, loaded, verified, shrunk, exported, scored."""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import ranp
from ranp.formats import FORMATS
from ranp.graph import VerificationError, compare_shrunk, narrow
from ranp.graph.proof.verify import masked_difference
from ranp.inputs import Arguments, InputSpec, TensorSpec, format_inputs, from_document, parse_inputs, to_document
from ranp.resources import independent_counts, time_steps
from ranp.subject import Scoring
from ranp.subject.own_data import noise_batches

VOLUME = torch.zeros(1, 1, 8, 8, 8)


class Net(nn.Module):
    """A volume, found in the arguments as the class variable says, and what is done with the rest of them."""

    def __init__(self) -> None:
        super().__init__()
        self.entry = nn.Conv3d(1, 8, 3, padding=1)
        self.norm = nn.BatchNorm3d(8)
        self.head = nn.Conv3d(8, 2, 1)

    def run(self, volume: Tensor, after: Callable[[Tensor], Tensor] = F.relu) -> Tensor:
        return self.head(after(self.norm(self.entry(volume))))


class Plain(Net):
    def forward(self, volume: Tensor) -> Tensor:
        return self.run(volume)


class Entry(Net):
    def forward(self, batch: dict[str, Tensor]) -> Tensor:
        return self.run(batch["image"])


class Listed(Net):
    def forward(self, volumes: list[Tensor]) -> Tensor:
        assert isinstance(volumes, list)
        return self.run(volumes[0] + volumes[1])


class Masked(Net):
    def forward(self, volume: Tensor, mask: Tensor) -> Tensor:
        return self.run(volume, lambda x: x.masked_fill(~mask, 0))


class Optional(Net):
    def forward(self, volume: Tensor, scale: Tensor | None, offset: Tensor) -> Tensor:
        assert scale is None
        return self.run(volume, lambda x: F.relu(x) + offset.mean())


class Scaled(Net):
    def forward(self, volume: Tensor, factor: float, mode: str = "none") -> Tensor:
        assert mode in ("none", "relu")
        return self.run(volume, lambda x: (F.relu(x) if mode == "relu" else x) * factor)


class Embedded(Net):
    """Class labels, of which 6 is the largest."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(7, 1)

    def forward(self, volume: Tensor, *, labels: Tensor) -> Tensor:
        return self.run(volume * self.embedding(labels)[:, :, None, None, None])


class Internal(Net):
    """Insists on 16 bits, whatever it is given."""

    def forward(self, volume: Tensor) -> Tensor:
        return self.run(volume.to(torch.bfloat16))


@dataclass(frozen=True)
class Call:
    model: Callable[[], nn.Module]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]


def _call(model: Callable[[], nn.Module], *args: Any, **kwargs: Any) -> Call:
    return Call(model, args, kwargs)


LABELS = torch.tensor([6])
CALLS = {
    "float64": _call(lambda: Plain().double(), VOLUME.double()),
    "bfloat16": _call(lambda: Plain().bfloat16(), VOLUME.bfloat16()),
    "float16": _call(lambda: Plain().half(), VOLUME.half()),
    "bfloat16 inside": _call(lambda: Internal().bfloat16(), VOLUME),
    "a keyword": _call(Plain, volume=VOLUME),
    "a dict": _call(Entry, {"image": VOLUME}),
    "a list": _call(Listed, [VOLUME, VOLUME]),
    "a boolean mask": _call(Masked, VOLUME, VOLUME > -1),
    "None between": _call(Optional, VOLUME, None, VOLUME),
    "a number": _call(Scaled, VOLUME, 2.0),
    "a number and a text": _call(Scaled, VOLUME, factor=0.5, mode="relu"),
    "labels by keyword alone": _call(Embedded, VOLUME, labels=LABELS),
}


@pytest.fixture(params=CALLS)
def call(request: pytest.FixtureRequest) -> Call:
    torch.manual_seed(0)
    return CALLS[request.param]


def planned(call: Call) -> tuple[nn.Module, ranp.ChannelGraph, ranp.Plan]:
    model = call.model()
    graph = ranp.trace(model, call.args, call.kwargs)
    return model, graph, ranp.prune(graph, None, ranp.PruningConfig("random", sparsity=0.4))


def dtypes(model: nn.Module) -> set[torch.dtype]:
    return {tensor.dtype for tensor in (*model.parameters(), *model.buffers())}


def test_a_plan_is_applied_after_it_was_saved_and_read(call: Call, tmp_path: Path) -> None:
    model, graph, plan = planned(call)
    assert plan.kept_counts["entry"] < 8
    small = plan.apply(model)
    assert dtypes(small) == dtypes(model)
    assert small(*call.args, **call.kwargs).shape == (1, 2, 8, 8, 8)
    plan.save(tmp_path / "plan", small)
    loaded = ranp.load_plan(tmp_path / "plan")
    assert loaded.inputs == graph.inputs == plan.inputs
    again = loaded.apply(model)
    assert loaded.weights is not None
    again.load_state_dict(dict(loaded.weights))
    for name, value in small.state_dict().items():
        assert torch.equal(again.state_dict()[name], value), name


def test_a_wrong_network_of_any_kind_is_still_caught(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """The entry's channels change places in the smaller network, and nobody tells the norm behind it."""
    model, _, plan = planned(call)

    def swapped(model: nn.Module, graph: ranp.ChannelGraph, unit_kept: Any) -> None:
        narrow(model, graph, unit_kept)
        model.entry.weight.data = model.entry.weight.data.flip(0)

    monkeypatch.setattr("ranp.graph.proof.verify.narrow", swapped)
    with pytest.raises(VerificationError, match="differ"):
        plan.apply(model)


def test_memory_time_and_counts_take_the_same_value(call: Call) -> None:
    model, graph, plan = planned(call)
    full, small = (ranp.peak_training_bytes(one, graph.inputs) for one in (model, plan.apply(model)))
    assert small < full == ranp.peak_training_bytes(model, call.args, example_kwargs=call.kwargs)
    assert independent_counts(model, graph.inputs).ptflops_macs_without_bias == graph.cost().macs
    (times,) = time_steps([model], graph.inputs.with_batch(2), steps=1, warm_up=0)
    assert len(times.seconds) == 1


def test_noise_scores_every_neuron(call: Call) -> None:
    model, graph, _ = planned(call)
    batches, loss = noise_batches(graph.inputs, Scoring(count=2))
    scores = ranp.importance(model, batches, loss, layers=list(graph.layers.values()), inputs=graph.inputs)
    assert all(score.all() and score.dtype == torch.float32 for score in scores.values())


@pytest.mark.parametrize(
    "name", ["a dict", "None between", "a number and a text", "labels by keyword alone", "float64"]
)
def test_a_program_is_exported_for_any_batch(name: str) -> None:
    torch.manual_seed(0)
    call = CALLS[name]
    model, graph, plan = planned(call)
    program = torch.export.load(io.BytesIO(FORMATS["torch-export"].encode(plan, model))).module()
    small = plan.apply(model).eval()
    given = graph.inputs.with_batch(3).drawn(seed=1)
    torch.testing.assert_close(given.call(program), given.call(small))


@pytest.mark.parametrize("format", ["weights", "pytorch", "torch-prune", "nni"])
def test_other_formats_of_a_low_precision_network(format: str) -> None:
    model, _, plan = planned(CALLS["bfloat16"])
    assert FORMATS[format].encode(plan, model)


# The value itself


def test_only_tensors_lose_their_values() -> None:
    spec = InputSpec.of(
        (VOLUME, [None, 2.0, "text", True], {"t": LABELS}), {"mask": torch.zeros(1, 4, dtype=torch.bool)}
    )
    assert spec.args == (
        TensorSpec((1, 1, 8, 8, 8)),
        [None, 2.0, "text", True],
        {"t": TensorSpec((1,), torch.int64, (6, 6))},
    )
    assert spec.kwargs == {"mask": TensorSpec((1, 4), torch.bool, (0, 0))}
    assert from_document(json.loads(json.dumps(to_document(spec))), "plan.json") == spec
    assert parse_inputs(format_inputs(spec)) == spec
    assert InputSpec.of(spec) is spec
    assert InputSpec.of(spec.empty()).without_values() == spec.without_values()


def test_whole_numbers_are_drawn_from_the_examples_range() -> None:
    seen = torch.tensor([[3, 9], [4, 3]])
    drawn = InputSpec.of((seen,)).with_batch(100).drawn(seed=0).tensors[0]
    assert (drawn.dtype, drawn.min(), drawn.max(), drawn.shape) == (torch.int64, 3, 9, (100, 2))
    unknown = InputSpec.of((torch.empty(4, dtype=torch.int64, device="meta"),))
    assert not unknown.drawn(seed=0).tensors[0].any()
    assert InputSpec.of((torch.full((2,), 2**63 - 1),)).drawn(seed=0).tensors[0].tolist() == [2**63 - 1] * 2


def test_only_tensors_of_the_batchs_size_grow_with_it() -> None:
    spec = InputSpec.of((torch.empty(2, 1, 4, 4), torch.empty(5), torch.empty(()), torch.empty(2, 7)))
    assert spec.with_batch(6).shapes == ((6, 1, 4, 4), (5,), (), (6, 7))


def test_the_same_description_has_the_same_hash() -> None:
    one, two = (InputSpec.of((VOLUME, {"t": LABELS}), {"k": 2}) for _ in range(2))
    assert len({one, two, InputSpec.of(VOLUME)}) == 2


def test_another_graphs_inputs_trace_the_next_network() -> None:
    call = CALLS["a dict"]
    graph = ranp.trace(call.model(), call.args)
    assert ranp.trace(call.model(), graph.inputs).cost() == graph.cost()


class Pair(NamedTuple):
    left: Tensor
    right: Tensor


def test_what_no_file_can_hold_is_traced_and_applied_and_told_when_saved(tmp_path: Path) -> None:
    class Takes(Net):
        def forward(self, pair: Pair) -> Tensor:
            return self.run(pair.left + pair.right)

    model = Takes()
    plan = ranp.prune(ranp.trace(model, (Pair(VOLUME, VOLUME),)), None, ranp.PruningConfig("random", sparsity=0.4))
    assert plan.apply(model).entry.out_channels < 8
    with pytest.raises(ValueError, match="argument 1 of the network holds a value of type Pair, which a plan's file"):
        plan.save(tmp_path / "plan")


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (VOLUME.device, "type device"),
        ({1: 2}, "keys other than texts"),
        (float("nan"), "number nan"),
        (2**70, "number"),
    ],
)
def test_values_that_no_file_can_hold(value: Any, told: str) -> None:
    with pytest.raises(ValueError, match=rf"argument 'k' of the network holds .*{told}"):
        to_document(InputSpec((), {"k": value}))


@pytest.mark.parametrize(
    ("inputs", "told"),
    [({"image": VOLUME}, r"got a dict; write \(inputs,\) for .* example_kwargs=inputs"), (3, "got int; write")],
)
def test_inputs_that_may_be_meant_in_two_ways(inputs: Any, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        ranp.trace(Plain(), inputs)


def test_a_network_that_cannot_run_on_its_inputs_says_so() -> None:
    class Picky(Net):
        def forward(self, volume: Tensor) -> Tensor:
            if volume.device.type != "meta" and bool((volume != 0).any()):
                raise ValueError("only zeros are welcome")
            return self.run(volume)

    model = Picky()
    graph = ranp.trace(model, VOLUME, check=False)
    kept = graph.resolve({"entry": torch.arange(8) < 4})
    with pytest.raises(ValueError, match=r"Picky does not run on random inputs .*\(only zeros are welcome\)"):
        ranp.shrink(model, graph, kept)


def test_a_network_that_insists_on_16_bits_is_compared_in_them() -> None:
    call = CALLS["bfloat16 inside"]
    model, graph, plan = planned(call)
    found = compare_shrunk(model, graph, plan.kept)
    assert 0 <= found.difference <= found.tolerance == 0.05
    with pytest.raises(RuntimeError):
        masked_difference(model, graph, plan.kept, graph.inputs)


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16, torch.float16])
def test_a_plan_fits_the_network_in_another_precision(dtype: torch.dtype, tmp_path: Path) -> None:
    _, _, plan = planned(CALLS["a boolean mask"])
    small = plan.apply(Masked().to(dtype))
    assert dtypes(small) - {torch.int64} == {dtype}
    plan.save(tmp_path / "plan", small)


def test_a_refusal_says_what_the_network_was_given() -> None:
    with pytest.raises(ranp.TraceError, match=r"an input of 1x1x8x8x8 and labels=1: .* of the shapes and dtypes that"):
        ranp.trace(Embedded(), VOLUME, {"labels": torch.zeros(1)})


def test_a_transfer_tells_how_the_call_differs() -> None:
    _, _, plan = planned(CALLS["a number"])
    moved, report = ranp.transfer(plan, Scaled(), (VOLUME, 3.0))
    assert moved.inputs.args[1] == 3.0
    assert "called otherwise: with 1x1x8x8x8 and value:3.0 here and with 1x1x8x8x8 and value:2.0 there" in str(report)


def test_a_program_in_onnx_takes_keywords() -> None:
    pytest.importorskip("onnxscript")
    runtime = pytest.importorskip("onnxruntime")
    model, graph, plan = planned(CALLS["a number and a text"])
    session = runtime.InferenceSession(FORMATS["onnx"].encode(plan, model))
    given = graph.inputs.with_batch(3).drawn(seed=0)
    (found,) = session.run(None, {session.get_inputs()[0].name: given.tensors[0].numpy()})
    torch.testing.assert_close(torch.from_numpy(found), given.call(plan.apply(model).eval()), rtol=1e-4, atol=1e-5)


class Segmenting(Net):
    """Grey values in bytes go in; the scores, the class of each voxel, and what is no background come out."""

    def forward(self, volume: Tensor) -> tuple[Tensor, ...]:
        scores = self.run(volume.to(self.head.weight.dtype) / 255)
        return scores, scores.argmax(1), scores[:, 1] > 0, (255 * scores.sigmoid()).to(torch.uint8)


def test_bytes_classes_and_masks_are_compared_as_numbers() -> None:
    model, graph, plan = planned(_call(Segmenting, VOLUME.to(torch.uint8)))
    assert graph.inputs.drawn(seed=0).tensors[0].max() > 200
    assert plan.apply(model)(VOLUME.to(torch.uint8))[1].dtype == torch.int64


# Plans of before


def test_a_plan_of_version_1_still_loads_and_is_applied() -> None:
    plan = ranp.load_plan(Path(__file__).parents[1] / "reference" / "plan_schema_1")
    assert plan.inputs == InputSpec.of_shapes([(1, 1, 8, 8, 8)])
    model = nn.Sequential(nn.Conv3d(1, 8, 3), nn.ReLU(), nn.Conv3d(8, 2, 1))
    assert plan.apply(model)[0].out_channels == plan.kept_counts["0"] == 4
    again = io.BytesIO(plan.zip_bytes())
    assert ranp.load_plan(again).inputs == plan.inputs


def test_a_plan_of_version_1_must_be_one(tmp_path: Path) -> None:
    source = Path(__file__).parents[1] / "reference" / "plan_schema_1"
    for file in source.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    document = json.loads((source / "plan.json").read_text())
    for change, told in (
        ({"input_shapes": ["1x2"]}, r"'input_shapes\[0\]' .* must be a list"),
        ({"inputs": {"args": [], "kwargs": {}}}, 'unknown key "inputs"'),
    ):
        (tmp_path / "plan.json").write_text(json.dumps({**document, **change}))
        with pytest.raises(ValueError, match=told):
            ranp.load_plan(tmp_path)


INPUTS = {
    "a bare list": ([[1]], r"'inputs.args\[0\]' in plan.json must be an object"),
    "an unknown kind": ([{"array": [1]}], r"'inputs.args\[0\]' in plan.json must be an object with tensor, list"),
    "two kinds": ([{"list": [], "tuple": []}], "must be an object with"),
    "no dtype": ([{"tensor": [1]}], "lacks the key 'dtype'"),
    "unknown dtype": ([{"tensor": [1], "dtype": "object"}], r"'inputs.args\[0\].dtype' in plan.json must be one of"),
    "negative size": ([{"tensor": [-1], "dtype": "int8"}], "whole number of at least 0, not -1"),
    "range of floats": ([{"tensor": [1], "dtype": "float32", "values": [0, 1]}], "the least and the largest"),
    "range upside down": ([{"tensor": [1], "dtype": "int8", "values": [1, 0]}], "the least and the largest"),
    "range beyond": ([{"tensor": [1], "dtype": "uint8", "values": [0, 256]}], "the least and the largest"),
    "range of three": ([{"tensor": [1], "dtype": "uint8", "values": [0, 1, 2]}], "the least and the largest"),
    "too many": ([None] * 1001, "more than the arguments of a network"),
}


@pytest.mark.parametrize(("args", "told"), INPUTS.values(), ids=INPUTS)
def test_inputs_of_a_stranger_that_make_no_sense(args: list[Any], told: str) -> None:
    with pytest.raises(ValueError, match=told) as caught:
        from_document({"args": args, "kwargs": {}}, "plan.json")
    assert "\n" not in str(caught.value)


def test_a_stranger_cannot_nest_without_end() -> None:
    nest: Any = None
    for _ in range(500):
        nest = {"list": [nest]}
    with pytest.raises(ValueError, match="more than the arguments of a network"):
        from_document({"args": [nest], "kwargs": {}}, "plan.json")


# As a person types it

TEXTS = {
    "1x3x8x8x8": TensorSpec((1, 3, 8, 8, 8)),
    "1X3": TensorSpec((1, 3)),
    "1:int64": TensorSpec((1,), torch.int64, (0, 0)),
    "1:int64:9": TensorSpec((1,), torch.int64, (0, 9)),
    "1:int64:1..9": TensorSpec((1,), torch.int64, (1, 9)),
    "2x4:int32:-1..3": TensorSpec((2, 4), torch.int32, (-1, 3)),
    "1x16:bool": TensorSpec((1, 16), torch.bool, (0, 1)),
    "1x16:bool:1..1": TensorSpec((1, 16), torch.bool, (1, 1)),
    "scalar:float64": TensorSpec((), torch.float64),
    '["1x1", null, 2]': [TensorSpec((1, 1)), None, 2],
    '{"image": "1x1x8", "scale": 2.5, "mode": "text:train"}': {
        "image": TensorSpec((1, 1, 8)),
        "scale": 2.5,
        "mode": "train",
    },
    "value:2": 2,
    "value:-0.5": -0.5,
    "value:null": None,
    "value:true": True,
    "text:a=b, c": "a=b, c",
}


@pytest.mark.parametrize(("text", "value"), TEXTS.items())
def test_what_is_typed_is_read_and_written_alike(text: str, value: Any) -> None:
    for texts, spec in (([text], InputSpec((value,))), ([f"name={text}"], InputSpec((), {"name": value}))):
        assert parse_inputs(texts) == spec
        assert parse_inputs(format_inputs(spec)) == spec


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("1xax8", "'1xax8' is no shape; write a tensor with the batch first"),
        ("", "'' is no shape"),
        ("1x0x8", "has a size of 0"),
        ("1x-3", "is no shape"),
        ("2.0", "is no shape; .* a number like value:2.0"),
        ("train", "a text like text:train"),
        ("1x4:int46", "unknown dtype 'int46'; choose one of float32"),
        ("1x4:float32:0..9", "gives a range that float32 does not have"),
        ("1x4:int64:9..1", "gives a range that int64 does not have"),
        ("1x4:bool:0..2", "gives a range that bool does not have"),
        ('{"image": 1x1}', "is not valid JSON .* in single quotes for the shell"),
        ('{"image": "1x1", "image": "1x1"}', "a key appears twice"),
        ('["1x1", "train"]', "'train' is no shape"),
        ("[" * 40 + "]" * 40, "nested more deeply"),
        ("value:nan", "is not valid JSON"),
        ("mask=1xa", "'1xa' is no shape"),
    ],
)
def test_what_cannot_be_read_is_told_in_a_sentence(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told) as caught:
        parse_inputs([text])
    assert "\n" not in str(caught.value)


def test_a_name_that_is_given_twice() -> None:
    with pytest.raises(ValueError, match="the input 'mask' is given twice"):
        parse_inputs(["mask=1x2", "mask=1x3"])


def test_arguments_keep_their_containers() -> None:
    pair = Arguments((Pair(VOLUME, VOLUME),), {"k": [VOLUME, None]})
    doubled = pair.map(lambda tensor: tensor.double())
    assert isinstance(doubled.args[0], Pair)
    assert [tensor.dtype for tensor in doubled.tensors] == [torch.float64] * 3
    assert len(pair.tensors) == 3
    assert replace(pair, kwargs={}).tensors[0] is VOLUME
