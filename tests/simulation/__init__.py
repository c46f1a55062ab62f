"""The bulk jobs through thousands of histories that a seed describes, on a clock of their own.

Each history runs the real jobs of `vonage.bulk` against a server in the same process, through a network that fails, and
ends the run at random moments. An oracle that sees the server's own records judges what the run reports:

    plan        what a history consists of, drawn from its seed
    clock loop  time that passes only when nothing is left to do
    world       what is true: which number is where, and what the carriers decide
    server      an API over that world; `sandbox` has the package's own sandbox in its place
    network     the transport of the client: latency, losses, gateways
    inputs      the input, as a list or a generator
    attempt     one call of a job, `small` with queues and chunks that few numbers fill
    stops disk  how a process ends at a random moment, and what its journal looks like then
    life        one run, until it ends or is stopped
    oracle      what must hold; `claims` and `repeats` are parts of it
    history     all lives of one job, and their verdict
    mutants     broken clients, which must be caught

`python -m tests.simulation` plays histories; `--seed N` shows one of them, request by request.

No library did: looptime leaves threads and the functions of `time` alone, and waits in real time where nothing is
scheduled, so that a history would neither repeat exactly nor be seen to hang.
"""
