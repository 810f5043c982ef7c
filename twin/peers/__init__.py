"""Other simulators on the same work: one busy morning with breakdowns and one engineer, for a comparison of speed within one run."""
