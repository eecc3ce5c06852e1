# Machines to try a package on: Debian trees in which a real systemd runs as the first process, in
# namespaces of its own. For scripts that have set `work`, a directory on a disk, and run as root in a mount
# namespace of their own; all machines share one network, in which there is nothing but they.

suite=bookworm

# Where this machine has the packages of a suite from.
repository_of() {
  apt-get indextargets --format '$(RELEASE) $(REPO_URI)' \
    | awk -v suite="$1" '$1 == suite { sub("/$", "", $2); print $2; exit }'
}

archive=$(repository_of $suite)
security=$(repository_of $suite-security)

archive_answers() {
  python3 -c 'import sys, urllib.request; urllib.request.urlopen(sys.argv[1], timeout=20)' \
    "$archive/dists/$suite/InRelease" 2>/dev/null
}

# Makes the tree from which every machine starts: a small Debian with both servers, which are off.
make_base() {
  local base=$1
  debootstrap --variant=minbase --include=systemd,systemd-sysv $suite "$base" "$archive" || return 1
  printf 'deb %s %s main\n' "$archive" $suite "$security" $suite-security >"$base/etc/apt/sources.list"
  # What has no way out need not try three times.
  echo 'Acquire::Retries "0";' >"$base/etc/apt/apt.conf.d/90retries"
  in_tree "$base" apt-get update -qq || return 1
  in_tree "$base" apt-get install -y -qq --no-install-recommends -o Dpkg::Options::=--force-unsafe-io \
    openssh-client ejabberd erlang-p1-sqlite3 sqlite3 prosody || return 1
  systemctl --root="$base" disable ejabberd prosody
}

# Runs a program in a tree that is no running machine, with this machine's network, or with the machines' if
# `network` is set; no service starts.
in_tree() {
  local tree=$1 status=0
  shift
  printf '#!/bin/sh\nexit 101\n' >"$tree/usr/sbin/policy-rc.d" && chmod 755 "$tree/usr/sbin/policy-rc.d"
  env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 \
    ${network:+nsenter --net="$work/network"} unshare --mount --pid --fork --kill-child \
    sh -c 'tree=$1; shift; mount -t proc proc "$tree/proc" && exec chroot "$tree" "$@"' sh "$tree" "$@" \
    || status=$?
  rm -f "$tree/usr/sbin/policy-rc.d"
  return $status
}

# The network: a namespace with a loopback alone.
make_network() {
  touch "$work/network"
  unshare --net="$work/network" python3 -c '
import fcntl, socket, struct
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
    # SIOCSIFFLAGS with IFF_UP and IFF_RUNNING
    fcntl.ioctl(one, 0x8914, struct.pack("16sh14x", b"lo", 0x1 | 0x40))'
}

in_network() { nsenter --net="$work/network" "$@"; }

# Puts a machine's tree at $work/NAME: the base, and over it what the machine itself writes.
make_machine() {
  mkdir -p "$work/$1" "$work/$1.upper" "$work/$1.scratch"
  mount -t overlay overlay -o "lowerdir=$base,upperdir=$work/$1.upper,workdir=$work/$1.scratch" "$work/$1" \
    || return 1
  echo "$1" >"$work/$1/etc/hostname"
  printf '127.0.0.1 localhost %s\n' "$1" >"$work/$1/etc/hosts"
}

# Where systemd may keep its groups of processes: a part of the second hierarchy, if there is one.
control_groups() { findmnt -rn -t cgroup2 -o TARGET | head -n 1; }

# Starts a machine and waits until it is up; fails where no systemd can run.
start_machine() {
  local groups
  groups=$(control_groups)
  [ -n "$groups" ] || { echo "there is no second hierarchy of control groups"; return 1; }
  group=$groups/lethe-machine-$$-$1
  mkdir -p "$group" || return 1
  rm -f "$work/$1.pid"
  (
    echo "$BASHPID" >"$group/cgroup.procs" || exit 1
    # shellcheck disable=SC2016
    exec nsenter --net="$work/network" unshare --mount --pid --fork --uts --ipc --cgroup --kill-child \
      bash -c '
        set -e
        tree=$1
        mount -t proc proc "$tree/proc"
        mount -t sysfs sysfs "$tree/sys"
        mount -t cgroup2 cgroup2 "$tree/sys/fs/cgroup"
        for place in run tmp dev; do mount -t tmpfs tmpfs "$tree/$place" -o mode=755; done
        chmod 1777 "$tree/tmp"
        for device in null zero full random urandom tty; do
          touch "$tree/dev/$device"
          mount --bind "/dev/$device" "$tree/dev/$device"
        done
        ln -s /proc/self/fd "$tree/dev/fd"
        mkdir "$tree/dev/shm" "$tree/dev/pts"
        mount -t tmpfs tmpfs "$tree/dev/shm" -o mode=1777
        mount -t devpts devpts "$tree/dev/pts" -o newinstance,ptmxmode=0666
        ln -s pts/ptmx "$tree/dev/ptmx"
        hostname "$2"
        # Its root must be the root of a mount, or systemd cannot make sandboxes.
        cd "$tree"
        pivot_root . mnt
        umount -l /mnt
        exec env -i container=lethe PATH=/usr/sbin:/usr/bin:/sbin:/bin \
          /lib/systemd/systemd --system --unit=multi-user.target --log-target=journal --show-status=no
      ' machine "$work/$1" "$1"
  ) >"$work/$1.console" 2>&1 </dev/null &
  machines+=($!)
  await_machine "$1" $!
}

# The first process is the child of `unshare`, which the subshell became.
await_machine() {
  local state
  for _ in $(seq 300); do
    kill -0 "$2" 2>/dev/null || { cat "$work/$1.console"; return 1; }
    pgrep -P "$2" >"$work/$1.pid"
    if [ -s "$work/$1.pid" ]; then
      state=$(on "$1" systemctl is-system-running 2>/dev/null)
      case $state in running | degraded) return 0 ;; esac
    fi
    sleep 0.1
  done
  echo "the machine $1 does not come up: $state"
  cat "$work/$1.console"
  return 1
}

# Runs a program on a machine.
on() {
  local machine=$1
  shift
  nsenter -t "$(cat "$work/$machine.pid")" -m -p -u -i -n -C -r -w \
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
    container=lethe "$@"
}

# Ends a machine at once, as a broken power supply does, and forgets its processes.
stop_machine() {
  local groups pid
  pid=$(cat "$work/$1.pid" 2>/dev/null) || return 0
  kill -9 "$pid" 2>/dev/null
  for _ in $(seq 100); do kill -0 "$pid" 2>/dev/null || break; sleep 0.05; done
  rm -f "$work/$1.pid"
  groups=$(control_groups)/lethe-machine-$$-$1
  for _ in $(seq 20); do
    find "$groups" -depth -type d -exec rmdir {} + 2>/dev/null
    [ -d "$groups" ] || return 0
    sleep 0.1
  done
}
