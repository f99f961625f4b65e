#!/bin/sh
# Makes the virtual environment with a Python that is new enough, or says what to install.
# usage: find-python.sh PREFERRED FOLDER
set -eu
for candidate in "$1" python3.14 python3.13 python3.12 python3.11; do
    if command -v "$candidate" >/dev/null 2>&1 &&
        "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        if "$candidate" -m venv "$2" 2>/dev/null; then
            exit 0
        fi
        rm -rf "$2"
        echo "$candidate can't make a virtual environment. On Debian or Ubuntu: apt install python3-venv" >&2
        exit 2
    fi
done
echo "Carbonpolis needs Python 3.11 or newer. Install it, or name it: make run PYTHON=/path/to/python3" >&2
exit 2
