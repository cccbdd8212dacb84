"""Who judges the simulated world: a file for each thing that must hold."""
