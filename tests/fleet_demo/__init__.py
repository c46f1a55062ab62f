"""A fleet at work: three workers and one job, while one worker is killed and another frozen (`make demo-fleet`).

run       the servers, the job and the workers
trouble   what befalls the workers, and how long their work waits for others
account   whether the file, the journal and the sandbox agree about every number
"""
