"""Speed as ratios: the product beside two yardsticks, measured in one run.

``python -m benchmarks`` from the repository root; ``usual`` and ``ceiling`` are
the yardsticks, ``rows/`` holds one file per line of the result table.
"""
