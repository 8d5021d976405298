"""`python -m tests.bench [--short] [NAME …]`: run the benchmarks and print a table for each."""

import argparse
import sys
import time

from tests.bench import (
    ack,
    asking,
    functionchat,
    growth,
    inflight,
    intents,
    latency,
    library,
    overload,
    pipeline,
    retrieval,
    routing,
    soak,
)
from tests.bench.data import NoData
from tests.bench.scale import Scale

BENCHMARKS = {
    "ack": ack.run,
    "pipeline": pipeline.run,
    "latency": latency.run,
    "inflight": inflight.run,
    "asking": asking.run,
    "retrieval": retrieval.run,
    "intents": intents.run,
    "routing": routing.run,
    "functionchat": functionchat.run,
}

LONG = {"overload": overload.run, "soak": soak.run, "growth": growth.run, "library": library.run}
"""Minutes to half an hour and more: only where they are named."""


def main() -> int:
    """Run what was asked for, all of it by default; 1 if a benchmark could not be run."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Ratios within one run, on real parts.")
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHMARKS)} (all by default), {', '.join(LONG)}"
    )
    parser.add_argument("--short", action="store_true", help="smaller and sooner, and less certain")
    options = parser.parse_args()
    known = BENCHMARKS | LONG
    unknown = [name for name in options.names if name not in known]
    if unknown:
        parser.error(f"there is no benchmark {unknown[0]}: choose from {', '.join(known)}")
    scale = Scale.short() if options.short else Scale()
    for name in options.names or BENCHMARKS:
        began = time.monotonic()
        try:
            known[name](scale).show()
        except NoData as missing:
            print(f"\n{name}: skipped: no data ({missing})", flush=True)
            continue
        print(f"  ({name}: {time.monotonic() - began:.0f} s)", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
