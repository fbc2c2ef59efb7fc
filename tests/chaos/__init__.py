"""Chaos: thousands of runs under random faults, judged by an oracle that is not of the product.

    python -m tests.chaos --seed 1 --runs 1000

Jobs write a side journal and hold a lock for each run; triggers of the database write down every
edge; drivers write down what they were answered. A checker reads all three at the end.
"""
