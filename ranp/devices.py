"""Whether this machine has the device that somebody names."""

import torch


def check_device(device: str) -> None:
    """Raise ``ValueError`` unless the device is there; the sentence says which are.

    >>> check_device("cpu")
    """
    try:
        chosen = torch.device(device)
    except RuntimeError as error:
        raise ValueError(f"there is no device '{device}'; use cpu, or cuda, mps or xpu where there is one") from error
    accelerator = torch.accelerator.current_accelerator(check_available=True)
    counts = {"cpu": 1} if accelerator is None else {"cpu": 1, accelerator.type: torch.accelerator.device_count()}
    if (chosen.index or 0) >= counts.get(chosen.type, 0):
        raise ValueError(f"this machine has no device '{device}'; use {' or '.join(counts)}")
