"""A Lightning module of the small network: a Python file for `Trainer.fit`, with torch and Lightning and nothing else.

Source of the form: https://lightning.ai/docs/pytorch/stable/common/lightning_module.html
"""

from torch import nn

from ranp.formats.pytorch import shrinking
from ranp.plan import Plan

_IMPORTS = """
try:
    from lightning.pytorch import LightningModule
except ModuleNotFoundError:  # the same, under its older name
    from pytorch_lightning import LightningModule
"""
_MODULE = '''

class SmallNetwork(LightningModule):
    """The smaller network, to be trained by `loss(output, target)` on batches of (inputs, target).

    `full` is the full network{default}; `weights`, a state dict of the smaller one, such as
    `ranp export --format weights` writes, takes the place of what is left of the full one's. `optimizer` makes an
    optimizer of parameters.
    """

    def __init__(self, full{none}, loss=nn.functional.cross_entropy, weights=None, optimizer=torch.optim.AdamW):
        super().__init__()
        self.network = {made}
        if weights is not None:
            self.network.load_state_dict(weights)
        self.loss, self.optimizer = loss, optimizer

    def forward(self, *inputs):
        return self.network(*inputs)

    def training_step(self, batch, batch_index):
        return self._loss(batch, "train_loss")

    def validation_step(self, batch, batch_index):
        return self._loss(batch, "val_loss")

    def configure_optimizers(self):
        return self.optimizer(self.parameters())

    def _loss(self, batch, name):
        inputs, target = batch
        loss = self.loss(self(*inputs) if isinstance(inputs, (tuple, list)) else self(inputs), target)
        self.log(name, loss, prog_bar=True)
        return loss
'''


def lightning(plan: Plan, model: nn.Module) -> bytes:
    """The source of a module with the class ``SmallNetwork``."""
    text = shrinking(plan, model, "as a Lightning module", "Trainer().fit(SmallNetwork(...), batches).", _IMPORTS)
    if "def small_network():" in text:
        default, none = ", or None for one that is built anew", "=None"
        made = "small_network() if full is None else shrink(full)"
    else:
        default, none, made = "", "", "shrink(full)"
    return (text + _MODULE.format(default=default, none=none, made=made)).encode()
