"""Speed and memory, measured as ratios in one run. Run with nothing else on the machine: `make bench`."""
