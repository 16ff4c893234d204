"""The files that researchers write: one schema a YAML kind, every fault located, all of a file's faults at once."""
