"""The pages in the order in which somebody with a real network goes through them."""
