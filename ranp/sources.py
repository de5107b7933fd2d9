"""Where formulas come from, as links in Markdown.

[RANP]: Xu, Ajanthan, Vineet, Hartley, "RANP: Resource Aware Neuron Pruning at Initialization for 3D CNNs", 3DV 2020,
arXiv 2010.02488. [SNIP]: Lee, Ajanthan, Torr, ICLR 2019, arXiv 1810.02340.
"""

RANP = "[RANP](https://arxiv.org/abs/2010.02488), Xu et al., 3DV 2020"
SNIP = "[SNIP](https://arxiv.org/abs/1810.02340), Lee et al., ICLR 2019"
