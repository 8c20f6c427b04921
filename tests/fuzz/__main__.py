"""The command: `python -m tests.fuzz [N]`, N programs from a fresh seed, on several processes."""

from __future__ import annotations

import argparse
import multiprocessing
import secrets
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed

from tests.fuzz.campaign import Count, numbered

CHUNK = 100  # programs to a campaign: hypothesis varies what it drew before, so many short ones see more
SILENCE = 900  # seconds without a finished campaign after which a process must hang inside of compiled code


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="random programs against CPython")
    parser.add_argument("number", type=int, nargs="?", default=1000, help="how many programs")
    parser.add_argument("--seed", type=int, default=None, help="of the first campaign; printed if not given")
    parser.add_argument("--jobs", type=int, default=multiprocessing.cpu_count(), help="processes")
    parser.add_argument("--every", type=int, default=25, help="one program in so many runs on xla, which is slow")
    options = parser.parse_args()
    seed = secrets.randbelow(10**6) * 1000 if options.seed is None else options.seed
    print(f"seed {seed}: campaigns {seed} to {seed + (options.number - 1) // CHUNK}", flush=True)

    start = time.perf_counter()
    values, derivatives, failures = Count(), Count(), []
    sizes = [min(CHUNK, options.number - done) for done in range(0, options.number, CHUNK)]
    context = multiprocessing.get_context("spawn")  # a process that has run jax must not be forked
    with ProcessPoolExecutor(options.jobs, context) as pool:
        jobs = [pool.submit(numbered, size, seed + k, options.every) for k, size in enumerate(sizes)]
        for job in as_completed(jobs, timeout=SILENCE * len(jobs)):
            number, is_derivative, count, failure = job.result()
            (derivatives if is_derivative else values).add(count)
            if failure:
                failures.append(failure)
                print(f"\n--- campaign {number}: python -m tests.fuzz {CHUNK} --seed {number}\n{failure}", flush=True)
    seconds = time.perf_counter() - start

    total = values.programs + derivatives.programs
    print(f"\nvalues: {values.table()}\n\nderivatives: {derivatives.table()}\n")
    print(f"{len(failures)} failures in {total} programs, {total / seconds:.1f} programs a second, seed {seed}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
