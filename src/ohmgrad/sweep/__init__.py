"""Many runs: grids over any setting, executors, the store, resume; what breaks a network, and why."""
