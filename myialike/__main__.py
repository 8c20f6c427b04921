"""The command `python -m myialike`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from myialike.annotated import check_file


def main(arguments: list[str] | None = None) -> int:
    """Run the command; the exit status is 1 if a function is refused."""
    what = "compiles and differentiates Python functions"
    parser = argparse.ArgumentParser(prog="python -m myialike", description=what)
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser(
        "check",
        help="types and shapes of a file's compiled functions, by their annotations",
        description="Checks the functions of a file that are compiled or transformed (`@compile`, `g = grad(f)`) "
        "and have annotations, of which jaxtyping's name sizes. The file is imported; no function is run.",
    )
    check.add_argument("files", nargs="+", type=Path, metavar="FILE")
    failed = False
    for path in parser.parse_args(arguments).files:
        for report in check_file(path):
            print(report)
            failed |= report.kind == "error"
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
