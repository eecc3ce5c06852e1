# What the scripts that run real servers share. Read by them, not run.

fail() {
  printf '%s: %s\n' "${0##*/}" "$1" >&2
  exit 1
}

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Prepares to run a server as a Debian user in a directory: need_server USER DIR PACKAGE ...
need_server() {
  local user=$1 directory=$2
  shift 2
  [ "$(id -u)" = 0 ] || fail "only root can start a server as user $user"
  "$root/Scripts/install-packages" "$@"
  mkdir -p "$directory"
  runuser -u "$user" -- test -x "$directory" \
    || fail "user $user cannot enter $directory; let others pass through it and all above it (chmod o+x)"
}

# Waits for a server: await_port PORT PID LOG. PID is that of the starting process.
await_port() {
  for _ in $(seq 600); do
    answers "$1" && return 0
    kill -0 "$2" 2>/dev/null || break
    sleep 0.1
  done
  tail -n 20 "$3" >&2 || true
  fail "the server does not answer on port $1"
}

# Ends the server whose process id a file holds, cleanly: end_server PIDFILE DIR. It is ours only if it
# was started with something in DIR.
end_server() {
  local pid
  pid=$(cat "$1" 2>/dev/null) || return 0
  if ! tr '\0' '\n' 2>/dev/null <"/proc/$pid/cmdline" | grep -qF "$2/"; then
    rm -f "$1"
    return 0
  fi
  kill -TERM "$pid"
  for _ in $(seq 300); do
    if [ ! -d "/proc/$pid" ]; then
      rm -f "$1"
      return 0
    fi
    sleep 0.1
  done
  fail "process $pid does not end; see the logs in $2"
}

# Puts a stopped server's database in WAL mode, as the user who owns it: write_ahead USER DATABASE
write_ahead() {
  local mode
  mode=$(runuser -u "$1" -- sqlite3 -cmd '.timeout 10000' "$2" 'PRAGMA journal_mode = WAL')
  [ "$mode" = wal ] || fail "$2 stays in mode $mode"
}

# Tells the client program where to find a server: describe DIR KIND C2S HTTP HOST ...
describe() {
  python3 - "$@" <<'END'
import json, sys
directory, kind, c2s, http, *hosts = sys.argv[1:]
facts = {"kind": kind, "c2s": int(c2s), "http": int(http), "hosts": hosts}
json.dump(facts, open(f"{directory}/server.json", "w"))
END
}

client_port() {
  python3 -c 'import json, sys; print(json.load(open(sys.argv[1] + "/server.json"))["c2s"])' "$1"
}
