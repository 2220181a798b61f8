#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Measures comptoird on this machine: orders a second, and how long an order takes.
#
#     sh tests/bench/run.sh [--orders N] [--lines N] [--accounts N]
#
# Builds the release, starts a PostgreSQL (fsync on) and a Kafka, and prints one line a measurement.
set -eu
cd "$(dirname "$0")/../.."
sh deploy/install.sh build test
cmake --preset release >/dev/null
cmake --build --preset release -j 2 >/dev/null
cache=${COMPTOIR_TESTS_CACHE:-$HOME/.cache/comptoir-tests}
interpreter=$cache/venv-$(cksum <tests/system/requirements.txt | cut -d ' ' -f 1)/bin/python
[ -x "$interpreter" ] || { echo "bench: run \`sh tests/run.sh --quick\` once, it makes $interpreter" >&2; exit 1; }
exec "$interpreter" tests/bench/orders.py "$@"
