#!/bin/sh
# create_venv.sh FOLDER: a virtual environment made by the first Python on PATH that is new enough.
set -eu

folder=$1

for name in "${PYTHON:-python3}" python3 python3.14 python3.13 python3.12 python3.11 python; do
    if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
        if ! "$name" -c 'import ensurepip, venv' >/dev/null 2>&1; then
            echo "error: $name has no venv module. On Debian or Ubuntu: sudo apt-get install python3-venv" >&2
            exit 1
        fi
        exec "$name" -m venv --clear "$folder"
    fi
done

found=$(python3 --version 2>&1) || found="no python3"
echo "error: aniworld-dl needs Python 3.11 or newer, and the newest on PATH is: $found." >&2
echo "       Install one, or name it: make PYTHON=/path/to/python3.12" >&2
exit 1
