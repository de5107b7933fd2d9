"""The pages. A view lays out controls and charts; every number comes from `explorer.compute`."""
