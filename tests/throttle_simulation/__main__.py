"""`python -m tests.throttle_simulation` prints the tables of the simulation."""

from __future__ import annotations

from tests.throttle_simulation.simulation import main

if __name__ == "__main__":
    main()
