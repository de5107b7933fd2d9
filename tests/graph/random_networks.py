"""Random networks for the fuzzer: a grammar of blocks, each from `(batch, c, *space)` to `(batch, c', *space)`.

Every block keeps the spatial size, so blocks compose freely; `random_network(seed)` draws a composition, in two or
three spatial dimensions. Blocks marked as opaque hold an operation that channels cannot be removed around.
"""

from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tests.graph.computed_layers import ComputedConvolution, compute_weights

SIZE = 8
CONVOLUTIONS = {2: nn.Conv2d, 3: nn.Conv3d}
TRANSPOSED = {2: nn.ConvTranspose2d, 3: nn.ConvTranspose3d}
BATCH_NORMS = {2: nn.BatchNorm2d, 3: nn.BatchNorm3d}
INSTANCE_NORMS = {2: nn.InstanceNorm2d, 3: nn.InstanceNorm3d}
POOLS = {2: nn.MaxPool2d, 3: nn.MaxPool3d}
Random = np.random.Generator


class Block(nn.Module):
    """A module that knows how many channels it returns."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.out_channels = channels


class Plain(Block):
    """A convolution of any grouping, then perhaps a norm and an activation."""

    def __init__(self, random: Random, channels: int, dims: int) -> None:
        super().__init__(int(random.choice([4, 6, 8, 12])))
        kernel = int(random.choice([1, 3]))
        self.conv = CONVOLUTIONS[dims](
            channels, self.out_channels, kernel, padding=kernel // 2, bias=bool(random.integers(2))
        )
        self.norm = _norm(random, self.out_channels, dims)
        self.act = [nn.ReLU, nn.Sigmoid, nn.GELU, nn.LeakyReLU, lambda: nn.PReLU(self.out_channels)][
            int(random.integers(5))
        ]()

    def forward(self, x: Tensor) -> Tensor:
        return self.act(self.norm(self.conv(x)))


class Grouped(Block):
    """A grouped convolution, from two groups to depthwise, with one or two output channels per input channel."""

    def __init__(self, random: Random, channels: int, dims: int) -> None:
        super().__init__(channels * int(random.integers(1, 3)))
        divisors = [count for count in range(2, channels + 1) if channels % count == 0] or [1]
        self.conv = CONVOLUTIONS[dims](
            channels,
            self.out_channels,
            3,
            padding=1,
            groups=int(random.choice(divisors)),
            bias=bool(random.integers(2)),
        )

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.conv(x))


class Transposed(Block):
    """A transposed convolution, plain or grouped, undone in size by pooling."""

    def __init__(self, random: Random, channels: int, dims: int) -> None:
        super().__init__(2 * channels if random.integers(2) else channels)
        divisors = [count for count in range(1, channels + 1) if channels % count == 0]
        self.up = TRANSPOSED[dims](channels, self.out_channels, 2, stride=2, groups=int(random.choice(divisors)))
        self.pool = POOLS[dims](2)

    def forward(self, x: Tensor) -> Tensor:
        return self.pool(self.up(x))


class Strided(Block):
    """Down by a strided convolution, up again by interpolation."""

    def __init__(self, random: Random, channels: int, dims: int) -> None:
        super().__init__(int(random.choice([4, 8])))
        self.conv = CONVOLUTIONS[dims](channels, self.out_channels, 3, stride=2, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return F.interpolate(self.conv(x), size=x.shape[2:], mode="nearest")


class Residual(Block):
    """`x + f(x)`, in place or not, projected where the widths differ."""

    def __init__(self, random: Random, channels: int, dims: int) -> None:
        body = random_block(random, channels, dims)
        super().__init__(body.out_channels)
        self.body = body
        self.project = (
            nn.Identity() if channels == self.out_channels else CONVOLUTIONS[dims](channels, self.out_channels, 1)
        )
        self.in_place = bool(random.integers(2))

    def forward(self, x: Tensor) -> Tensor:
        body, skip = self.body(x), self.project(x)
        if self.in_place:
            body = body.clone()
            body += skip
            return body
        return skip + body


class Concatenated(Block):
    """Two branches and perhaps the input itself, joined on the channel dim."""

    def __init__(self, random: Random, channels: int, dims: int) -> None:
        left, right = random_block(random, channels, dims), random_block(random, channels, dims)
        self_too = bool(random.integers(2))
        super().__init__(left.out_channels + right.out_channels + channels * self_too)
        self.left, self.right, self.self_too = left, right, self_too

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([self.left(x), *([x] if self.self_too else []), self.right(x)], dim=1)


class JoinedElsewhere(Block):
    """Two branches of one width, joined on a spatial dim or stacked on a new one, then halved or reduced again."""

    def __init__(self, random: Random, channels: int, dims: int) -> None:
        left = random_block(random, channels, dims)
        super().__init__(left.out_channels)
        self.left = left
        self.right = CONVOLUTIONS[dims](channels, self.out_channels, 1)
        self.how = int(random.integers(3))

    def forward(self, x: Tensor) -> Tensor:
        left, right = self.left(x), self.right(x)
        if self.how == 0:
            return torch.cat([left, right], dim=-1)[..., :SIZE]
        if self.how == 1:
            return torch.stack([left, right], dim=2).mean(2)
        return torch.cat([left, right], dim=0).chunk(2, dim=0)[1]


class Split(Block):
    """Channels in equal chunks, in halves or unevenly, each part treated differently."""

    def __init__(self, random: Random, channels: int, dims: int) -> None:
        super().__init__(channels)
        self.how = int(random.integers(4)) if channels % 2 == 0 else 3
        self.cut = max(1, channels // 3)

    def forward(self, x: Tensor) -> Tensor:
        if self.how == 0:
            first, second = x.chunk(2, dim=1)
        elif self.how == 1:
            first, second = x[:, : x.shape[1] // 2], x[:, x.shape[1] // 2 :]
        elif self.how == 2:
            first, second = torch.split(x, x.shape[1] // 2, dim=1)
        else:
            first, second = x[:, : self.cut], x[:, self.cut :]
        return torch.cat([second.sigmoid(), first], dim=1)


class Shuffled(Block):
    """A channel shuffle, sometimes behind a grouped convolution."""

    def __init__(self, random: Random, channels: int, dims: int) -> None:
        super().__init__(channels)
        self.groups = int(random.choice([count for count in range(1, channels + 1) if channels % count == 0]))

    def forward(self, x: Tensor) -> Tensor:
        batch, channels, *space = x.shape
        x = x.view(batch, self.groups, channels // self.groups, *space)
        return x.transpose(1, 2).reshape(batch, channels, *space)


class Gate(Block):
    """Squeeze and excite, by linear layers or 1x1 convolutions."""

    def __init__(self, random: Random, channels: int, dims: int) -> None:
        super().__init__(channels)
        hidden = max(2, channels // 2)
        self.linear = bool(random.integers(2))
        make = nn.Linear if self.linear else lambda i, o: CONVOLUTIONS[dims](i, o, 1)
        self.squeeze, self.excite = make(channels, hidden), make(hidden, channels)

    def forward(self, x: Tensor) -> Tensor:
        pooled = x.mean(dim=tuple(range(2, x.ndim)), keepdim=not self.linear)
        gate = torch.sigmoid(self.excite(torch.relu(self.squeeze(pooled))))
        return x * (gate.view(*gate.shape, *[1] * (x.ndim - 2)) if self.linear else gate)


class Shared(Block):
    """One convolution used twice, and one that is an alias of it."""

    def __init__(self, random: Random, channels: int, dims: int) -> None:
        super().__init__(channels)
        self.conv = CONVOLUTIONS[dims](channels, channels, 3, padding=1)
        self.alias = self.conv

    def forward(self, x: Tensor) -> Tensor:
        return self.alias(torch.relu(self.conv(x)))


class Scaled(Block):
    """A learned scale per channel, as a bare parameter, and a buffer beside it."""

    def __init__(self, random: Random, channels: int, dims: int) -> None:
        super().__init__(channels)
        self.scale = nn.Parameter(torch.ones(channels, *[1] * dims))
        self.shift = nn.Parameter(torch.zeros(channels))
        self.register_buffer("offset", torch.arange(channels, dtype=torch.float32).view(1, channels, *[1] * dims))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.scale + self.shift.view(1, -1, *[1] * (x.ndim - 2)) + self.offset


class ChannelsLast(Block):
    """A linear map over channels that were moved to the end."""

    def __init__(self, random: Random, channels: int, dims: int) -> None:
        super().__init__(int(random.choice([4, 6])))
        self.linear = nn.Linear(channels, self.out_channels)

    def forward(self, x: Tensor) -> Tensor:
        return self.linear(x.movedim(1, -1)).permute(0, x.ndim - 1, *range(1, x.ndim - 1))


class Filled(Block):
    """Two halves written into an empty tensor."""

    def __init__(self, random: Random, channels: int, dims: int) -> None:
        super().__init__(2 * channels)

    def forward(self, x: Tensor) -> Tensor:
        out = x.new_zeros(x.shape[0], 2 * x.shape[1], *x.shape[2:])
        out[:, : x.shape[1]] = x
        out[:, x.shape[1] :] = x.relu()
        return out


class Padded(Block):
    """Channels of zeros before and after."""

    def __init__(self, random: Random, channels: int, dims: int) -> None:
        super().__init__(channels + 3)

    def forward(self, x: Tensor) -> Tensor:
        return F.pad(x, [0, 0] * (x.ndim - 2) + [1, 2])


class Widened(Block):
    """A residual block whose shortcut is padded with zeros up to a fixed width (ResNet's type A)."""

    def __init__(self, random: Random, channels: int, dims: int) -> None:
        super().__init__(channels + int(random.integers(0, 4)))
        self.first = CONVOLUTIONS[dims](channels, channels, 3, padding=1)
        self.second = CONVOLUTIONS[dims](channels, self.out_channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        more = torch.zeros(x.shape[0], self.out_channels - x.shape[1], *x.shape[2:], dtype=x.dtype, device=x.device)
        return torch.relu(self.second(torch.relu(self.first(x))) + torch.cat([x.data, more], dim=1))


class Computed(Block):
    """A convolution that computes its weight itself."""

    def __init__(self, random: Random, channels: int, dims: int) -> None:
        super().__init__(int(random.choice([4, 6])))
        self.conv = ComputedConvolution(random, channels, self.out_channels, dims)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.conv(x))


class Generated(Block):
    """A volume made from a vector: its channels are stated as a number, within a shape, or told from the weights."""

    def __init__(self, random: Random, channels: int, dims: int) -> None:
        super().__init__(int(random.choice([3, 4, 6])))
        self.width, self.shape = self.out_channels, (self.out_channels, *[2] * dims)
        self.linear = nn.Linear(channels, self.out_channels * 2**dims)
        self.unflatten = nn.Unflatten(1, self.shape)
        self.conv = CONVOLUTIONS[dims](self.out_channels, self.out_channels, 1)
        self.how = int(random.integers(4))

    def forward(self, x: Tensor) -> Tensor:
        space = [2] * (x.ndim - 2)
        made = torch.relu(self.linear(x.mean(dim=tuple(range(2, x.ndim)))))
        if self.how == 0:
            made = made.view(-1, self.width, *space)
        elif self.how == 1:
            made = made.view(made.shape[0], *self.shape)
        elif self.how == 2:
            made = self.unflatten(made)
        else:
            made = made.view(made.shape[0], self.linear.out_features // 2 ** len(space), *space)
        return F.interpolate(self.conv(made), size=x.shape[2:], mode="nearest")


class Opaque(Block):
    """Something that channels cannot be removed around: each must be frozen, not guessed."""

    def __init__(self, random: Random, channels: int, dims: int) -> None:
        super().__init__(channels)
        self.how = int(random.integers(7))
        self.width = channels

    def forward(self, x: Tensor) -> Tensor:
        if self.how == 0:
            return x * torch.softmax(x, dim=1)
        if self.how == 1:
            return x.flip(1)
        if self.how == 2:
            return torch.cumsum(x, dim=1) / self.width
        if self.how == 3:
            return x.reshape(-1, self.width, *x.shape[2:]) - x.mean(1, keepdim=True)
        if self.how == 4:
            return x[:, torch.arange(self.width - 1, -1, -1)]
        if self.how == 5:
            return x.sin() if x.shape[1] == self.width else x
        return x * x[:, :1]


BLOCKS: dict[str, Callable[[Random, int, int], Block]] = {
    block.__name__: block
    for block in (
        *(Plain, Grouped, Transposed, Strided, Residual, Concatenated, JoinedElsewhere, Split),
        *(Shuffled, Gate, Shared, Scaled, ChannelsLast, Filled, Padded, Widened, Computed, Generated, Opaque),
    )
}
_RARE = dict.fromkeys(("Filled", "Padded", "Widened", "Computed", "Generated"), 0.7)
_WEIGHTS = {"Plain": 6.0, "Residual": 3.0, "Concatenated": 3.0, "Opaque": 0.4, **_RARE}


class RandomNetwork(nn.Module):
    """A stem, a few blocks and a head: a 1x1 convolution, or flatten and linear.

    Some have an output in training only, and some have layers whose weight is computed.
    """

    def __init__(self, seed: int, random: Random | None = None, least: int = 2) -> None:
        super().__init__()
        random = np.random.default_rng(seed) if random is None else random
        torch.manual_seed(seed)
        self.dims = 3 if random.random() < 0.3 else 2
        channels = int(random.choice([4, 6, 8]))
        self.stem = CONVOLUTIONS[self.dims](2, channels, 3, padding=1)
        blocks = []
        for _ in range(int(random.integers(least, 6))):
            blocks.append(random_block(random, channels, self.dims))
            channels = min(blocks[-1].out_channels, 10_000)
        self.blocks = nn.Sequential(*blocks)
        self.flat = bool(random.integers(2))
        pooled = 2**self.dims
        self.head = nn.Linear(channels * pooled, 3) if self.flat else CONVOLUTIONS[self.dims](channels, 3, 1)
        self.auxiliary = CONVOLUTIONS[self.dims](channels, 2, 1) if random.random() < 0.2 else None
        if random.random() < 0.3:
            compute_weights(random, self)

    @property
    def inputs(self) -> tuple[Tensor, ...]:
        return (torch.zeros(2, 2, *[SIZE] * self.dims),)

    def forward(self, x: Tensor) -> Tensor | list[Tensor]:
        x = self.blocks(torch.relu(self.stem(x)))
        if self.flat:
            pooled = (F.adaptive_avg_pool2d if self.dims == 2 else F.adaptive_avg_pool3d)(x, 2)
            out = self.head(torch.flatten(pooled, 1))
        else:
            out = self.head(x)
        if self.training and self.auxiliary is not None:
            return [out, self.auxiliary(x)]
        return out


def random_block(random: Random, channels: int, dims: int, depth: int = 0) -> Block:
    """One block, drawn by weight; wide tensors only get blocks that do not widen further."""
    names = list(BLOCKS) if channels <= 24 else ["Plain", "Strided", "ChannelsLast"]
    weights = np.array([_WEIGHTS.get(name, 1.0) for name in names])
    return BLOCKS[str(random.choice(names, p=weights / weights.sum()))](random, channels, dims)


def random_network(seed: int) -> RandomNetwork:
    """The network of this seed."""
    return RandomNetwork(seed)


def _norm(random: Random, channels: int, dims: int) -> nn.Module:
    groups = [count for count in range(1, channels + 1) if channels % count == 0]
    return [
        lambda: BATCH_NORMS[dims](channels),
        lambda: INSTANCE_NORMS[dims](channels, affine=bool(random.integers(2))),
        lambda: nn.GroupNorm(int(random.choice(groups)), channels),
        nn.Identity,
    ][int(random.integers(4))]()
