"""`python -m affectbench` is the command line."""

from affectbench.cli import main

main()
