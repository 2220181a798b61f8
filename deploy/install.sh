#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs the packages of the lists deploy/packages/NAME.txt that are missing here:
#
#     sh deploy/install.sh build test
#
# Does nothing when all are there. Installs as root or by sudo; who can be neither is told the names, and the
# exit status is 1.
set -eu

folder=$(dirname "$0")/packages
[ $# -gt 0 ] || { echo "usage: sh deploy/install.sh LIST... (lists: $(cd "$folder" && echo *.txt | sed 's/\.txt//g'))" >&2; exit 2; }

wanted=''
for list in "$@"; do
    [ -f "$folder/$list.txt" ] || { echo "install: there is no list $folder/$list.txt" >&2; exit 2; }
    wanted="$wanted $(grep -v '^#' "$folder/$list.txt")"
done

command -v dpkg-query >/dev/null && command -v apt-get >/dev/null || {
    echo "install: this is no Debian; install these packages (Debian 12 names) by your own means:" $wanted >&2
    exit 1
}

installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' 2>/dev/null | sed -n 's/^installed //p')
missing=''
for package in $(printf '%s\n' $wanted | sort -u); do
    echo "$installed" | grep -qxF "$package" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -eq 0 ]; then
    root=''
elif command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
    root=sudo
else
    echo "install: these packages are missing, and only root or sudo can install them:" >&2
    echo "    apt-get install$missing" >&2
    exit 1
fi

echo "installing:$missing"
case "$missing " in *' postgresql '*)
    # Nobody here asked for a database server of the system's own: the package would make and start one.
    clusters=/etc/postgresql-common/createcluster.conf
    [ -e "$clusters" ] || { $root mkdir -p "${clusters%/*}" && echo 'create_main_cluster = false' | $root tee "$clusters"; } >/dev/null
esac
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if $root apt-get update >"$log" 2>&1 &&
    $root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing >>"$log" 2>&1; then
    exit 0
fi
tail -n 20 "$log" >&2
echo "install: apt-get could not install:$missing" >&2
exit 1
