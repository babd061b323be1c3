#!/bin/sh
# install.sh FOLDER: the program in a virtual environment of its own, with the versions in requirements/runtime.txt and
# no others: every archive is compared with its digest there. Run from the folder that holds pyproject.toml.
set -eu

folder=$1

"${PYTHON:-python3}" -m venv "$folder"
pip="$folder/bin/python -m pip --quiet --disable-pip-version-check --no-cache-dir"
$pip install --require-hashes --only-binary :all: -r requirements/build.txt
$pip wheel --no-deps --no-build-isolation --wheel-dir "$folder/wheel" .
$pip uninstall --yes -r requirements/build.txt
$pip install --require-hashes --only-binary :all: -r requirements/runtime.txt
$pip install --no-deps "$folder"/wheel/*.whl
rm -r "$folder/wheel"
mkdir -p "$folder/share"
cp packaging/entrypoint.sh packaging/health.py "$folder/share"
"$folder/bin/python" -m compileall -q "$folder/lib"
