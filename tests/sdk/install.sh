#!/bin/sh
# Installs the official tracking SDKs that the tests use as clients, unmodified,
# into a cache outside the work tree: the oldest Python release that teams still
# run, the newest one, and the newest for Node.js. What is there stays there; the
# newest ones are looked up again once a day.
set -eu

dir="${ACQUAINT_SDK_DIR:-$HOME/.cache/acquaint/sdk}"
mkdir -p "$dir"

# fresh NAME: true when NAME was installed within the last day.
fresh() { [ -n "$(find "$dir/$1.installed" -mtime -1 2>/dev/null)" ]; }

# python NAME REQUIREMENT
python_sdk() {
    [ -x "$dir/$1/bin/python" ] || python3 -m venv "$dir/$1"
    "$dir/$1/bin/python" -m pip install --quiet --disable-pip-version-check --upgrade "$2"
    touch "$dir/$1.installed"
}

[ -f "$dir/python-2.3.4.installed" ] || python_sdk python-2.3.4 'segment-analytics-python==2.3.4'
fresh python-newest || python_sdk python-newest 'segment-analytics-python'
if ! fresh node-newest; then
    mkdir -p "$dir/node-newest"
    npm install --silent --no-audit --no-fund --prefix "$dir/node-newest" '@segment/analytics-node@latest'
    touch "$dir/node-newest.installed"
fi

for name in python-2.3.4 python-newest; do
    "$dir/$name/bin/python" -c 'from segment.analytics.version import VERSION; print("sdk: segment-analytics-python", VERSION)'
done
node -p '"sdk: @segment/analytics-node " + require(process.argv[1]).version' \
    "$dir/node-newest/node_modules/@segment/analytics-node/package.json"
