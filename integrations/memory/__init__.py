"""Adapters that keep everything in this process: doubles for tests, held to the same contract as the real ones."""
