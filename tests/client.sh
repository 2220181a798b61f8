# SPDX-License-Identifier: Apache-2.0
# To be read by a shell script in the project's folder: client LOG prints the path of a Python that has the Kafka
# client of the tests, and makes it first where it is missing or its requirements have changed. What a test can do
# without (partners.txt) is tried again each time until it is there.

client() {
    cache=${COMPTOIR_TESTS_CACHE:-$HOME/.cache/comptoir-tests}
    requirements=tests/system/requirements.txt
    environment=$cache/venv-$(cksum <"$requirements" | cut -d ' ' -f 1)
    mkdir -p "$cache" "$(dirname "$1")"
    if [ ! -f "$environment/complete" ]; then
        interpreter=/usr/bin/python3
        [ -x "$interpreter" ] || interpreter=python3
        rm -rf "$environment"
        "$interpreter" -m venv "$environment" && "$environment/bin/pip" install -q -r "$requirements" || return 1
        touch "$environment/complete"
    fi >"$1" 2>&1
    if ! cmp -s tests/system/partners.txt "$environment/partners.txt"; then
        "$environment/bin/pip" install -q --retries 1 -r tests/system/partners.txt &&
            cp tests/system/partners.txt "$environment/partners.txt"
    fi >>"$1" 2>&1
    echo "$environment/bin/python"
}
