#!/usr/bin/env bash
# Runs a command against a real AT Protocol network on loopback: testbed/run.sh COMMAND [ARG...]
# Installs what is missing (as root; the first time only), starts the network, plants a community of TB_MEMBERS among
# TB_ACCOUNTS accounts, puts bad weather in front of it, runs the command with TB_RUN exported, and takes it all down.
set -euo pipefail
start=$PWD here=$(cd "$(dirname "$0")" && pwd)
[ $# -gt 0 ] || { echo "usage: testbed/run.sh COMMAND [ARG...]" >&2; exit 2; }
export TB_RUN=${TB_RUN:-/tmp/netcensus-testbed-$$} TB_PORT=${TB_PORT:-2980} TB_PGPORT=${TB_PGPORT:-55482}
export WEATHER_LIMIT=${WEATHER_LIMIT:-300/10} WEATHER_ERRORS=${WEATHER_ERRORS:-0.02}
export WEATHER_RESETS=${WEATHER_RESETS:-0.02} WEATHER_DELAY=${WEATHER_DELAY:-10}
say() { echo "testbed: $*" >&2; }

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }
packages() {
  say "installing $*"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" >/dev/null 2>&1 && return
  as_root apt-get update >/dev/null && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" >/dev/null
}

command -v node >/dev/null || { say "Node 20 or later is needed"; exit 1; }
ls -d /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || packages postgresql
cd "$here/atproto"
if [ ! -f node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  # one of the packages is compiled
  for tool in gcc g++ make python3; do command -v $tool >/dev/null || packages build-essential python3; done
  say "npm ci"
  npm ci --no-audit --no-fund --loglevel=error >&2
fi

weather=
down() { [ -z "$weather" ] || kill "$weather" 2>/dev/null || true; ./down.sh; rm -rf "$TB_RUN"; }
trap 'code=$?; trap - EXIT; cd "$here/atproto"; down; exit $code' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
mkdir -p "$TB_RUN"; chmod 755 "$TB_RUN"
say "starting the network in $TB_RUN"
./up.sh >/dev/null
node seed.mjs "${TB_ACCOUNTS:-300}" "${TB_MEMBERS:-60}" >&2
node weather.mjs >"$TB_RUN/weather.log" 2>&1 &
weather=$!
for _ in $(seq 50); do [ -s "$TB_RUN/weather.json" ] && break; sleep 0.1; done

cd "$start"
"$@"
