"""The kinds of file that `load` takes: their table, and a module a kind: what it checks, finds odd and takes in."""
