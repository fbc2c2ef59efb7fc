"""Mutants: the product with one guard removed at a time. Each must turn a test red.

    python -m tests.mutants            all of them
    python -m tests.mutants M5 M14     those two

A mutant that survives is a missing test. A mutant whose guard is not found any more is out of
date, and counts as a failure as well.
"""
