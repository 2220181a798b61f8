#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Try Comptoir on one machine, with nothing but this folder:
#
#     sh deploy/try.sh [--keep]
#
# Installs what it needs from Debian, builds, starts a private PostgreSQL (Unix socket only) and comptoird with
# its embedded Kafka broker, sends the orders of deploy/demo by Kafka, EDIFACT and cXML, has one approved by a
# company's circuit, and prints what comes back. Ends by itself; --keep leaves everything up until Ctrl-C or
# SIGTERM. Everything it makes is in build/ and .try/. Partner files that you put into deploy/demo/partners are read,
# too.
set -eu
cd "$(dirname "$0")/.."
top=$(pwd)
try=$top/.try demo=$top/deploy/demo

keep=''
case ${1:-} in
'') ;;
--keep) keep=yes ;;
-h | --help) sed -n '3,/^set -eu/{/^set -eu/d;s/^# \{0,1\}//;p}' "$0"; exit 0 ;;
*) echo "try: unknown option '$1'; see --help" >&2; exit 2 ;;
esac

daemon_pid='' buyer_pid='' sockets='' pg=''

say() { printf '\n== %s\n' "$*"; }
fail() { echo "try: $*" >&2; exit 1; }
ctl() { "$top/build/release/comptoirctl" "$@" --config "$try/comptoir.conf"; }

# PostgreSQL refuses root: as root its programs run as user postgres.
as_postgres() {
    if [ "$(id -u)" -eq 0 ]; then setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; else "$@"; fi
}

clean_up() {
    status=$?
    trap '' INT TERM
    [ -z "$daemon_pid" ] || { kill "$daemon_pid" 2>/dev/null && wait "$daemon_pid" 2>/dev/null; } || :
    [ -z "$buyer_pid" ] || kill "$buyer_pid" 2>/dev/null || :
    [ -z "$pg" ] || (cd / && as_postgres "$pg/pg_ctl" -D "$data" -m fast stop >/dev/null 2>&1) || :
    [ -z "$sockets" ] || rm -rf "$sockets"
    [ "$(cat "$try/pid" 2>/dev/null)" != $$ ] || rm -f "$try/pid"
    exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

wait_for() { # SECONDS WHAT COMMAND...
    left=$(($1 * 10)) what=$2
    shift 2
    while ! "$@" >/dev/null 2>&1; do
        left=$((left - 1))
        [ "$left" -gt 0 ] || fail "waited in vain for $what; see $try/comptoird.log"
        [ -z "$daemon_pid" ] || kill -0 "$daemon_pid" 2>/dev/null || {
            tail -n 5 "$try/comptoird.log" >&2
            fail "comptoird has ended; see $try/comptoird.log"
        }
        sleep 0.1
    done
}

# Two in one folder would delete each other's database.
be_alone() {
    mkdir -p "$try"
    other=$(cat "$try/pid" 2>/dev/null) || other=''
    [ -z "$other" ] || ! grep -aq 'try\.sh' "/proc/$other/cmdline" 2>/dev/null ||
        fail "process $other is at work in $try; end it by: kill $other"
    echo $$ >"$try/pid"
}

build() {
    sh deploy/install.sh build try || exit 1
    [ -f build/release/build.ninja ] || cmake --preset release >"$try/build.log" 2>&1 ||
        { tail -n 20 "$try/build.log" >&2; fail "cmake failed; see $try/build.log"; }
    say "Building (the first time takes a minute or two)"
    cmake --build --preset release --target comptoird comptoirctl >"$try/build.log" 2>&1 ||
        { tail -n 20 "$try/build.log" >&2; fail "the build failed; see $try/build.log"; }
}

start_postgres() {
    say "Starting a private PostgreSQL: no TCP port, a Unix socket only"
    pg=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
    [ -n "$pg" ] || fail "no PostgreSQL in /usr/lib/postgresql"
    sockets=$(mktemp -d /tmp/comptoir-try.XXXXXX)
    data=$try/postgres
    rm -rf "$data"
    if [ "$(id -u)" -eq 0 ]; then
        chown postgres: "$sockets"
        mkdir -p "$data" && chown postgres: "$data" && chmod 700 "$data"
        # User postgres may have no way into the folder, as below /root.
        as_postgres test -x "$data" || { rm -rf "$data"; data=$sockets/data; }
    fi
    chmod 711 "$sockets"
    (cd / && as_postgres "$pg/initdb" -D "$data" -U comptoir -A trust -E UTF8 --no-locale -N) \
        >"$try/initdb.log" 2>&1 || { cat "$try/initdb.log" >&2; fail "initdb failed"; }
    (cd / && as_postgres "$pg/pg_ctl" -D "$data" -w -l "$sockets/postgres.log" \
        -o "-c listen_addresses='' -c unix_socket_directories='$sockets' -c unix_socket_permissions=0777" start) \
        >"$try/postgres.log" 2>&1 || { cat "$sockets/postgres.log" >&2; fail "PostgreSQL did not start"; }
    "$pg/createdb" -h "$sockets" -U comptoir comptoir
}

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

start_buyer() {
    buyer_port=$(free_port)
    rm -rf "$try/buyer"
    mkdir -p "$try/buyer"
    python3 "$demo/buyer.py" "$buyer_port" "$try/buyer" &
    buyer_pid=$!
}

start_daemon() {
    say "Starting comptoird with its embedded Kafka broker (for trying only: it keeps everything in memory)"
    cxml_port=$(free_port)
    rm -rf "$try/edi-maps" "$try/spool"
    cp -R edi-maps "$try/edi-maps"
    mkdir -p "$try/edi-maps/partners" "$try/spool"
    for partner in "$demo"/partners/*.conf; do
        sed "s/@BUYER_PORT@/$buyer_port/" "$partner" >"$try/edi-maps/partners/$(basename "$partner")"
    done
    cat >"$try/comptoir.conf" <<CONF
// Made by deploy/try.sh.
instance = "try";
database = "host=$sockets dbname=comptoir user=comptoir";
embedded_broker = true;
partitions = 4;
maps = "$try/edi-maps";
schemas = "$top/schemas";
spool = { folder = "$try/spool"; poll_ms = 100; };
cxml = { address = "127.0.0.1"; port = $cxml_port; };
deliveries = { first_delay_ms = 500; };
CONF
    rm -f "$try/comptoird.log"
    build/release/comptoird --config "$try/comptoir.conf" >"$try/comptoird.log" 2>&1 &
    daemon_pid=$!
    wait_for 30 "comptoird" grep -q ' started: ' "$try/comptoird.log"
    grep ' started: ' "$try/comptoird.log"
}

load_facts() {
    say "The ERP sends accounts, users, products, prices and stock (topic comptoir.erp)"
    ctl publish --topic erp "$demo/facts.json"
    wait_for 20 "the facts" facts_loaded
}

facts_loaded() {
    [ "$("$pg/psql" -XAt -h "$sockets" -U comptoir -c 'SELECT count(*) FROM stock' comptoir)" = 3 ]
}

by_kafka() {
    say "By Kafka: five orders (topic comptoir.inbound), their answers (topic comptoir.acknowledgements)"
    ctl publish "$demo/orders.json"
    ctl tail acknowledgements --count 3 --timeout 20 | python3 "$demo/show.py"
    echo
    ctl order list
    say "AN-504 would pass the credit limit of 5000 EUR, and BC-77 its user's limit: both wait. Why?"
    for number in AN-504 BC-77; do
        ctl order why "$(order_id "$number")"
    done
    say "A payment arrives, and Claire Martin approves"
    ctl publish --topic erp "$demo/payment.json"
    ctl approve "$(order_id BC-77)" --actor martin
    ctl tail acknowledgements --count 5 --timeout 20 >"$try/answers.json"
    python3 "$demo/show.py" AN-504 BC-77 <"$try/answers.json"
    echo "(The whole documents, as JSON, are in .try/answers.json.)"
}

order_id() {
    "$pg/psql" -XAt -h "$sockets" -U comptoir comptoir -c \
        "SELECT (id >> 40) || '-' || (id & ((1::bigint << 40) - 1)) FROM sales_order WHERE order_number = '$1'"
}

by_edifact() {
    say "By EDIFACT: an interchange with one ORDERS is put into the spool folder; CONTRL and ORDRSP come out"
    mkdir -p "$try/spool/in"
    cp "$demo/orders.edi" "$try/spool/in/.orders.edi"
    mv "$try/spool/in/.orders.edi" "$try/spool/in/orders.edi"
    wait_for 20 "CONTRL and ORDRSP" two_files
    find "$try/spool/out" -type f | sort | while read -r file; do
        echo "-- ${file#"$try/"}"
        tr -d '\n' <"$file" | sed "s/'/'\\n/g"
    done
}

two_files() {
    [ "$(find "$try/spool/out" -type f 2>/dev/null | wc -l)" -ge 2 ]
}

by_cxml() {
    say "By cXML: an OrderRequest is posted; the answer says that it is stored, a ConfirmationRequest follows"
    curl -sS -H 'Content-Type: text/xml; charset=UTF-8' --data-binary "@$demo/order.xml" \
        "http://127.0.0.1:$cxml_port/cxml"
    wait_for 20 "the confirmation" test -f "$try/buyer/1.xml"
    echo "-- posted to the buyer:"
    cat "$try/buyer/1.xml"
    echo
}

by_circuit() {
    say "A customer says who must agree: deploy/demo/company.json, proved before it is put to use"
    ctl circuit check "$demo/company.json"
    ctl circuit simulate "$demo/company.json" --user petit
    ctl publish --topic erp "$demo/company.json"
    wait_for 20 "the circuit" circuit_there
    say "BC-79, 3000 bulbs for 7470 EUR, needs its manager and then accounting; its budget of 7000 EUR only warns"
    ctl publish "$demo/large-order.json"
    wait_for 20 "the order" order_there BC-79
    ctl order why BC-79
    ctl approve BC-79 --as martin
    ctl approve BC-79 --as leroy --comment "for the move"
    ctl budget list 10020 --on 2026-01-06
}

circuit_there() {
    ctl circuit list 10020 | grep -q large
}

order_there() {
    [ -n "$(order_id "$1")" ]
}

what_next() {
    say "All orders, and the invariants of the whole system"
    ctl order list
    ctl verify --topics
    say "Done. What next"
    cat <<TEXT
The log is .try/comptoird.log, the configuration .try/comptoir.conf, the documents deploy/demo/.
  docs/operating.md   running it for real: your Kafka, your PostgreSQL
  docs/partners.md    a partner of yours: one file
  docs/companies.md   a customer's people and what they may order; docs/approval.md who must agree
  sh tests/run.sh     all tests
TEXT
    [ -n "$keep" ] || { echo "sh deploy/try.sh --keep leaves it up, so that you can send orders of your own."; return; }
    cat <<TEXT

It stays up until you press Ctrl-C here, or: kill $$
In another terminal, in $top:
  alias ctl='build/release/comptoirctl'; export COMPTOIR_CONFIG=$try/comptoir.conf
  ctl status
  ctl publish deploy/demo/orders.json      # the same orders again: nothing happens twice
  ctl order why BC-79      # who was asked, what was found; ctl company show 10020, ctl credit show 10020
  ctl catalogue send 10030 --partner nordmarkt      # a PRICAT in .try/spool/out
  ctl tail events
  curl --data-binary @deploy/demo/order.xml http://127.0.0.1:$cxml_port/cxml
  cp deploy/demo/orders.edi .try/spool/in/again.edi
  kill -HUP $daemon_pid      # reads .try/edi-maps anew, after you have put a partner file into its partners/
TEXT
    wait "$daemon_pid"
}

be_alone
build
start_postgres
start_buyer
start_daemon
load_facts
by_kafka
by_edifact
by_cxml
by_circuit
what_next
