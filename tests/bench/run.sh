#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Measures comptoird beside its rivals, in pairs, in one run on the same servers:
#
#     sh tests/bench/run.sh NAME [--quick] [OPTION...]
#
#     pipeline   orders a second through the whole path, beside a bare COPY program and one that writes row by row
#     latency    how long an order takes, at a steady rate
#     edifact    EDIFACT tokenised, checked and mapped, beside a byte loop and StAEDI
#
# Builds the release, starts a PostgreSQL (fsync on) and a Kafka of its own. Each bench ends with lines
# `ratio A/B VALUE`; the figures before them hold for this machine alone.
set -eu
cd "$(dirname "$0")/../.."
case ${1:-} in
pipeline | latency | edifact) name=$1 ;;
*) sed -n '3,/^set -eu/{/^set -eu/d;s/^# \{0,1\}//;p}' "$0"; [ "${1:-}" = --help ] && exit 0 || exit 2 ;;
esac
shift
if [ "$name" = edifact ]; then
    cmake --preset release >/dev/null
    cmake --build --preset release -j 2 --target bench_edifact >/dev/null
    exec python3 tests/bench/edifact.py "$@"
fi
sh deploy/install.sh build test
cmake --preset release >/dev/null
cmake --build --preset release -j 2 --target comptoird comptoirctl bench_rival >/dev/null
. tests/client.sh
interpreter=$(client .tests/bench-python.log) || { echo "bench: no Python client, see .tests/bench-python.log" >&2; exit 1; }
exec "$interpreter" "tests/bench/$name.py" "$@"
