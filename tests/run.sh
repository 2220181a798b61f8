#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs what the tests need, builds, and runs everything:
#
#     sh tests/run.sh [--quick] [--only NAME]
#
# --quick       unit tests and the fast system tests, under three minutes
# --only NAME   only tests whose name contains NAME
#
# A line a test: `ok NAME`, `FAIL NAME (log FILE)` or `skip NAME: why`; last `N passed, N failed, N skipped`. All
# output is in .tests/. The exit status is 1 where a test failed. A part that is missing on this machine is a
# skipped test; with CI=true it is a failed one. All parts are Debian's packages, but for Go 1.24 or later, by which
# the tests of the schema registry build theirs. Kafka's jars, the Python client and the registry are kept in
# ~/.cache/comptoir-tests (or COMPTOIR_TESTS_CACHE).
set -u
cd "$(dirname "$0")/.." || exit 1

quick='' only=''
while [ $# -gt 0 ]; do
    case $1 in
    --quick) quick=yes ;;
    --only) only=${2:?--only needs a NAME}; shift ;;
    -h | --help) sed -n '3,/^set -u/{/^set -u/d;s/^# \{0,1\}//;p}' "$0"; exit 0 ;;
    *) echo "tests/run.sh: unknown option '$1'; see --help" >&2; exit 2 ;;
    esac
    shift
done

logs=.tests
cache=${COMPTOIR_TESTS_CACHE:-$HOME/.cache/comptoir-tests}
export COMPTOIR_TESTS_CACHE="$cache"
mkdir -p "$logs" "$cache"
: >"$logs/results"

. tests/client.sh

report() { # one line of result, shown and counted
    echo "$*" | tee -a "$logs/results"
}

missing() { # NAME WHY: a part that this machine lacks
    if [ "${CI:-}" = true ]; then report "FAIL $1 (missing: $2)"; else report "skip $1: $2"; fi
}

step() { # NAME COMMAND...: one test that is a command
    name=$1
    shift
    log=$logs/$name.log
    if timeout 1200 "$@" >"$log" 2>&1 </dev/null; then
        report "ok $name"
    else
        report "FAIL $name (log $log)"
        tail -n 8 "$log" | sed 's/^/    /'
        return 1
    fi
}

build() { # PRESET
    step "build.$1" sh -c "cmake --preset $1 && cmake --build --preset $1 -j 2"
}

finish() {
    passed=$(grep -c '^ok ' "$logs/results")
    failed=$(grep -c '^FAIL ' "$logs/results")
    skipped=$(grep -c '^skip ' "$logs/results")
    echo "$passed passed, $failed failed, $skipped skipped"
    [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
    exit
}

# Each cmocka program is a test; a case that skipped itself is a skipped one beside it.
unit_tests() {
    log=$logs/unit.log
    database=''
    command -v python3 >/dev/null && database="python3 tests/system/with_postgres.py $logs"
    $database ctest --test-dir build/dev -j 2 --timeout 300 -V ${only:+-R "$only"} >"$log" 2>&1 </dev/null
    awk -v log_file="$log" '
        /^ *Start +[0-9]+: / { number = $2; sub(":", "", number); name[number] = $3 }
        /^[0-9]+: \[       OK \]/ { split($1, part, ":"); cases[part[1]]++ }
        /^[0-9]+: \[  SKIPPED \] [A-Za-z_0-9]+$/ { split($1, part, ":"); skipped[part[1]] = skipped[part[1]] " " $NF }
        /Test +#[0-9]+: / {
            match($0, /#[0-9]+/); number = substr($0, RSTART + 1, RLENGTH - 1)
            if ($0 ~ / Passed /) {
                if (cases[number] || !skipped[number]) print "ok unit." name[number] " (" cases[number] + 0 " cases)"
            } else print "FAIL unit." name[number] " (log " log_file ")"
            count = split(skipped[number], each, " ")
            for (i = 1; i <= count; i++)
                if (!seen[number, each[i]]++) print "skip unit." name[number] "." each[i] ": see " log_file
        }' "$log" | tee -a "$logs/results"
    [ -n "$only" ] || grep -q '^ok unit' "$logs/results" || report "FAIL unit (log $log)"
}

# What we say of the UN's directories against the UN's own text, read anew by somebody who does not know our compiler; and
# messages that he makes by that text, right and with one slip each.
referee() {
    for name in directories messages; do
        case referee.$name in *"$only"*) ;; *) continue ;; esac
        command -v python3 >/dev/null || { missing "referee.$name" "python3"; continue; }
        [ -d ../shared/edifact ] || { report "skip referee.$name: no UN texts in ../shared/edifact"; continue; }
        case $name in
        directories) step referee.directories python3 tests/referee/directories.py ;;
        messages) step referee.messages python3 tests/referee/messages.py build/dev/comptoirctl ;;
        esac
    done
}

fuzzers() {
    command -v clang >/dev/null || { missing fuzz "clang (package clang)"; return; }
    build fuzz || return
    for program in build/fuzz/tests/*_fuzz; do
        [ -x "$program" ] || continue
        name=$(basename "$program")
        case $name in *"$only"*) ;; *) continue ;; esac
        seeds=tests/fuzz/${name%_fuzz}
        corpus=$logs/corpus/$name
        mkdir -p "$corpus"
        [ -d "$seeds" ] || seeds=''
        step "fuzz.$name" "$program" -runs=20000 -seed=1 -max_len=8192 -timeout=20 -rss_limit_mb=2048 \
            -artifact_prefix="$logs/$name-" "$corpus" $seeds
    done
}

system_tests() {
    command -v python3 >/dev/null || { missing system "python3"; return; }
    interpreter=$(client "$logs/python.log") || { missing system "the Kafka client for Python (log $logs/python.log)"; return; }
    "$interpreter" tests/system/run.py ${quick:+--quick} ${only:+--only "$only"} 2>"$logs/system.log" </dev/null |
        tee -a "$logs/results"
    if [ -s "$logs/system.log" ]; then
        report "FAIL system (log $logs/system.log)"
    fi
}

sh deploy/install.sh build test || echo "going on without them" >&2

build dev || finish
unit_tests
referee
if [ -z "$quick" ]; then
    fuzzers
    build chaos || finish
fi
system_tests
finish
