"""Several workers on one store of jobs, through histories that a seed describes, on the clock of `tests.simulation`.

Each worker has an event loop of its own, and the loops take turns in the order of the virtual time. So a worker can be
killed or frozen between any two of its steps while the others go on, and the store can be away for some of them, or
carry something out and lose the answer, as a database behind a network does.

    plan      what a history consists of, drawn from its seed
    process   a worker: its loop, its client, and what befalls it
    weather   the store when it is away, or loses answers
    history   all workers of one job, and their verdict
    oracle    what must hold after each write and at the end; `repeats` is a part of it
    mutants   broken workers, which must be caught
"""
