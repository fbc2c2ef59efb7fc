"""Benchmarks: what DESIGN promises, measured on this machine beside a peer in the same run."""
