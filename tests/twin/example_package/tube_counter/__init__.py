"""A third party's device for caixue: a counter that says how many tubes have passed its light barrier."""
