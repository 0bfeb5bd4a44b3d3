#!/usr/bin/env bash
# Two nodes behind nginx, with PostgreSQL and Redis of their own, on this machine and in one folder:
#   ops/nodes-here.sh FOLDER [PORT]
# PORT (8000) is nginx; the four ports behind it are PostgreSQL, Redis and the nodes, on the loopback interface.
# postgres, redis-server and nginx come from the PATH. Ctrl-C or SIGTERM ends all; FOLDER keeps the store for the next start.
set -euo pipefail
umask 077

[ $# -ge 1 ] || { echo "usage: $0 FOLDER [PORT]" >&2; exit 2; }
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
mkdir -p "$1"
folder=$(cd "$1" && pwd)
port=${2:-8000}
PATH=$PATH:/usr/sbin:$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
for program in postgres initdb pg_isready createdb redis-server nginx setpriv; do
  command -v "$program" >/dev/null || { echo "$program is not on the PATH" >&2; exit 1; }
done
# How a node is started, from the repository.
read -r -a serve <<<"${PARLEY_SERVE:-node scripts/parley.mjs serve}"

# PostgreSQL does not run as root.
as=()
mkdir -p "$folder/postgres"
if [ "$(id -u)" = 0 ]; then
  as=(setpriv --reuid=postgres --regid=postgres --clear-groups)
  chmod 711 "$folder"
  chown postgres: "$folder/postgres"
fi

secret=$folder/password
[ -s "$secret" ] || head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \n' >"$secret"
password=$(cat "$secret")

declare -A pids=()
stop() {
  trap - EXIT INT TERM
  # Nodes first, one after the other: clients of the first go to the second.
  for part in one two nginx redis; do
    [ -z "${pids[$part]:-}" ] || { kill -TERM "${pids[$part]}" 2>/dev/null && wait "${pids[$part]}"; } || true
  done
  [ -z "${pids[postgres]:-}" ] || { kill -INT "${pids[postgres]}" 2>/dev/null && wait "${pids[postgres]}"; } || true
}
trap 'stop; exit 0' INT TERM
trap stop EXIT

if [ ! -s "$folder/postgres/data/PG_VERSION" ]; then
  install -m 600 $([ "$(id -u)" != 0 ] || echo "-o postgres") "$secret" "$folder/postgres/pw"
  (cd "$folder/postgres" && "${as[@]}" initdb -D data -U parley -E UTF8 --locale=C --auth=scram-sha-256 \
    --pwfile=pw >/dev/null)
fi
(cd "$folder/postgres" && exec "${as[@]}" postgres -D data -p $((port + 1)) -h 127.0.0.1 -k '') >"$folder/postgres.log" 2>&1 &
pids[postgres]=$!
until pg_isready -q -h 127.0.0.1 -p $((port + 1)); do
  kill -0 "${pids[postgres]}" || { tail -n 5 "$folder/postgres.log" >&2; exit 1; }
  sleep 0.1
done
export PGPASSWORD=$password
psql -h 127.0.0.1 -p $((port + 1)) -U parley -d postgres -tAc "SELECT 1 FROM pg_database WHERE datname = 'parley'" | grep -q 1 ||
  createdb -h 127.0.0.1 -p $((port + 1)) -U parley --template=template0 --encoding=UTF8 parley
unset PGPASSWORD

# From standard input: other users see the arguments of a process.
printf 'bind 127.0.0.1\nport %s\nsave ""\nappendonly no\nrequirepass %s\n' $((port + 2)) "$password" |
  redis-server - >"$folder/redis.log" 2>&1 &
pids[redis]=$!

node() {
  mkdir -p "$folder/$1"
  (cd "$root" && HOST=127.0.0.1 PORT=$2 DATA_DIR="$folder/$1" DRAIN_DELAY=${DRAIN_DELAY:-3} TRUSTED_PROXIES=127.0.0.1,::1 \
    DATABASE_URL="postgresql://parley:$password@127.0.0.1:$((port + 1))/parley" \
    REDIS_URL="redis://:$password@127.0.0.1:$((port + 2))/0" exec "${serve[@]}") >"$folder/$1.log" 2>&1 &
  pids[$1]=$!
}
node one $((port + 3))
node two $((port + 4))

mkdir -p "$folder/nginx"
{
  [ "$(id -u)" != 0 ] || echo "user root;"
  echo "daemon off; pid $folder/nginx/pid; error_log $folder/nginx/error.log; events {} http { access_log off;"
  for part in client_body proxy fastcgi uwsgi scgi; do echo "${part}_temp_path $folder/nginx/$part;"; done
  sed -e "s/listen 443 ssl;/listen $port;/; /ssl_certificate/d; s/server_name .*;/server_name _;/" \
    -e "s/127.0.0.1:8001/127.0.0.1:$((port + 3))/; s/127.0.0.1:8002/127.0.0.1:$((port + 4))/" "$root/ops/nginx-nodes.conf"
  echo "}"
} >"$folder/nginx/nginx.conf"
nginx -e "$folder/nginx/error.log" -p "$folder/nginx" -c "$folder/nginx/nginx.conf" &
pids[nginx]=$!

for node in one two; do
  until grep -q "Parley is ready" "$folder/$node.log"; do
    kill -0 "${pids[$node]}" 2>/dev/null || { tail -n 5 "$folder/$node.log" >&2; exit 1; }
    sleep 0.1
  done
done
echo "Two nodes are ready at http://localhost:$port (logs in $folder)"
wait
