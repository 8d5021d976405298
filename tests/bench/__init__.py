"""Speed and quality, measured on real processes. `make bench`; never a timed assertion in a test."""
