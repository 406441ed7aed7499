"""Make `python -m monitor` the command itself."""

from monitor.cli import main

main(prog_name="monitor")
