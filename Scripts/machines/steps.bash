# The steps of Scripts/test-package. The machine `server` has the servers and is lost; `blank` takes over.

passphrase="a long way down the river"

expect() {
  local status=$1 code=0
  shift
  "$@" || code=$?
  [ "$code" = "$status" ] || { echo "status $code instead of $status: $*"; return 1; }
}

says() { grep -qF -- "$2" <<<"$1" || { printf 'it does not say «%s»:\n%s\n' "$2" "$1"; return 1; }; }

# The sshd reads the keys of machines that do not exist yet.
make_vault() {
  make_network && in_network "$root/Scripts/loopback-sshd" "$work/vault" \
    --also "$work/server/etc/lethe/id_ed25519.pub" --also "$work/blank/etc/lethe/id_ed25519.pub" || return 1
  url=sftp://$(id -un)@127.0.0.1:$(cat "$work/vault/port")$work/vault/backups
  host_key=$(cut -d' ' -f1,2 "$work/vault/host.pub")
  printf '%s\n' "$passphrase" >"$work/words"
}

rules_are_sound() {
  local metric
  cp "$root"/Config/prometheus/lethe.rules.yml "$root"/Tests/Alerts/lethe.test.yml "$work/" || return 1
  for metric in $(grep -oE 'lethe_[a-z_]+' "$work/lethe.rules.yml" | sort -u); do
    grep -q "\"${metric#lethe_}\"" "$root"/Sources/Operations/StatusExposition.swift \
      || { echo "no metric $metric is ever written"; return 1; }
  done
  if ! command -v promtool >/dev/null; then
    echo "promtool is not installed: the rules were not tried"
    return
  fi
  promtool check rules "$work/lethe.rules.yml" && (cd "$work" && promtool test rules lethe.test.yml)
}

copy_package() { cp "$2" "$work/$1/root/lethe.deb"; }

# The machines have no way out; what their commands will install is fetched before.
download() {
  in_tree "$work/$1" apt-get install -y -qq --download-only --no-install-recommends /root/lethe.deb
}

installs() {
  local said
  said=$(in_tree "$work/server" apt-get install -y --no-install-recommends /root/lethe.deb 2>&1) \
    || { echo "$said"; return 1; }
  says "$said" "nothing runs yet" || return 1
  in_tree "$work/server" lethe --version
  in_tree "$work/server" sh -c '! ldd /usr/bin/lethe | grep "not found"' || return 1
  [ "$(stat -c '%a %U' "$work/server/etc/lethe" "$work/server/etc/lethe/lethe.yaml" | xargs)" \
    = "700 root 600 root" ] && [ -s "$work/server/usr/share/man/man1/lethe-restore.1.gz" ] \
    && bash -n "$work/server/usr/share/bash-completion/completions/lethe"
}

nothing_is_on() {
  [ "$(systemctl --root="$work/server" is-enabled lethe.timer)" = disabled ] \
    && [ ! -e "$work/server/var/lib/lethe" ] \
    && in_tree "$work/server" sh -c '[ "$(stat -c "%a %U %G" /var/spool/lethe/inbox)" = "2770 root lethe-inbox" ]'
}

units_are_sound() {
  local said
  said=$(on server systemd-analyze verify --man=no lethe.service lethe.timer 2>&1) || { echo "$said"; return 1; }
  [ -z "$said" ] || { echo "$said"; return 1; }
}

# 0 is a service that can do nothing, 10 one that can do everything.
sandbox_is_tight() {
  on server systemd-analyze security --no-pager --threshold=30 lethe.service >"$work/security" 2>&1 \
    || { cat "$work/security"; return 1; }
  tail -n 1 "$work/security"
}

# As the heads of the modules say, and the article on the worst day.
servers_start() {
  local machine=$work/server
  cp "$root/Scripts/machines/ejabberd.yml" "$machine/etc/ejabberd/ejabberd.yml"
  cp "$root/Scripts/machines/prosody.cfg.lua" "$machine/etc/prosody/prosody.cfg.lua"
  on server sh -ec '
    chown ejabberd:ejabberd /etc/ejabberd/ejabberd.yml
    chown root:prosody /etc/prosody/prosody.cfg.lua
    chmod 640 /etc/prosody/prosody.cfg.lua
    install -d /usr/local/lib/lethe/ebin
    ERL_LIBS=/usr/lib/$(uname -m)-linux-gnu erlc -o /usr/local/lib/lethe/ebin \
      /usr/share/lethe/modules/ejabberd/mod_lethe_inbox.erl
    echo '\''ERL_OPTIONS="$ERL_OPTIONS -pa /usr/local/lib/lethe/ebin"'\'' >>/etc/default/ejabberd
    adduser --quiet ejabberd lethe-inbox
    adduser --quiet prosody lethe-inbox
    runuser -u ejabberd -- test -w /var/spool/lethe/inbox
    install -d -o ejabberd -g ejabberd -m 750 /var/lib/ejabberd/upload
    systemctl start ejabberd
    ejabberdctl started
    systemctl stop ejabberd
    runuser -u ejabberd -- sqlite3 /var/lib/ejabberd/ejabberd.db "PRAGMA journal_mode=WAL"
    systemctl start ejabberd prosody
    ejabberdctl started'
}

people_come() {
  on server sh -ec '
    for name in alice bob carol; do ejabberdctl register $name example.test "secret of $name"; done
    for round in 1 2 3; do
      ejabberdctl send_message chat alice@example.test bob@example.test "" "round $round"
    done
    for name in alice bob; do
      directory=/var/lib/ejabberd/upload/$(printf %s $name@example.test | sha1sum | cut -d" " -f1)/r4nd0m
      runuser -u ejabberd -- mkdir -p -m 700 $directory
      head -c 300000 /dev/urandom | runuser -u ejabberd -- tee $directory/photo.jpg >/dev/null
      runuser -u ejabberd -- chmod 600 $directory/photo.jpg
    done
    for name in dora emil; do prosodyctl register $name chat.test "secret of $name"; done'
}

initialises() {
  local machine=$work/server
  on server sh -ec '
    ssh-keygen -q -t ed25519 -N "" -f /etc/lethe/id_ed25519
    mkdir -p /var/lib/prometheus/node-exporter'
  sed -e "s|@URL@|$url|" -e "s|@HOST_KEY@|$host_key|" "$root/Scripts/machines/lethe.yaml" \
    >"$machine/etc/lethe/lethe.yaml"
  cp "$work/words" "$machine/run-words" && chmod 600 "$machine/run-words"
  on server lethe init --kit /root/kit --passphrase-file /run-words \
    && on server lethe kit verify --kit /root/kit --passphrase-file /run-words \
    && mv "$machine/root/kit" "$work/kit" && rm "$machine/run-words"
}

# Runs the service once, whatever it says.
run_service() {
  local status=0
  on server systemctl start lethe.service || status=$?
  on server journalctl --no-pager -o cat -u lethe.service -n 12
  return $status
}

servers_own_their_files() {
  local foreign
  foreign=$(on server find /var/lib/ejabberd /var/lib/prosody ! -user ejabberd ! -user prosody)
  [ -z "$foreign" ] || { echo "not the server's: $foreign"; return 1; }
}

service_runs() {
  run_service || return 1
  [ "$(on server systemctl show -p Result --value lethe.service)" = success ] && servers_own_their_files \
    && [ "$(on server stat -c %a /var/lib/lethe /var/lib/prometheus/node-exporter/lethe.prom | xargs)" \
      = "700 644" ] \
    && on server lethe snapshots && on server sh -c '[ -e /var/lib/ejabberd/ejabberd.db-shm ]'
}

# With the optimised program, which no other test has.
check_is_content() {
  local said
  said=$(on server lethe check --read-data) || { echo "$said"; return 1; }
  echo "$said"
  says "$said" "1 snapshots" && says "$said" "no damage found"
}

servers_write() {
  on server ejabberdctl register dave example.test "secret of dave" \
    && on server ejabberdctl check_password dave example.test "secret of dave" \
    && on server prosodyctl register fritz chat.test "secret of fritz"
}

stopped_server() {
  on server systemctl stop ejabberd || return 1
  [ ! -e "$work/server/var/lib/ejabberd/ejabberd.db-shm" ] || { echo "ejabberd left a -shm"; return 1; }
  run_service && servers_own_their_files && on server systemctl start ejabberd && on server ejabberdctl started \
    && on server ejabberdctl register erin example.test "secret of erin" \
    && on server ejabberdctl check_password erin example.test "secret of erin"
}

inbox_is_read() {
  run_service >/dev/null && on server ejabberdctl unregister erin example.test || return 1
  [ "$(on server sh -c 'cat /var/spool/lethe/inbox/*' | grep -c '^deleted erin@example.test ')" = 1 ] \
    || { echo "no event lies in the inbox"; return 1; }
  run_service && [ -z "$(on server ls -A /var/spool/lethe/inbox)" ] \
    && on server lethe erasures | grep -E ' event '
}

# With a state and a repository that the sandbox hides, and then as Sandbox.md says.
local_repository() {
  local said drop=$work/server/etc/systemd/system/lethe.service.d
  on server mkdir -p /srv/backups /srv/lethe-state
  sed -e '/identity:/d; /host-key:/d; /^metrics:/d' -e 's|url: .*|url: file:///srv/backups/lethe|' \
    -e 's|^state: .*|state: /srv/lethe-state|' "$work/server/etc/lethe/lethe.yaml" \
    >"$work/server/etc/lethe/local.yaml"
  on server lethe init --config /etc/lethe/local.yaml --kit /root/local-kit --no-passphrase || return 1
  mkdir -p "$drop"
  printf '[Service]\nEnvironment=LETHE_CONFIG=/etc/lethe/local.yaml\n' >"$drop/override.conf"
  on server systemctl daemon-reload
  said=$(run_service 2>&1) && { echo "the sandbox let it write: $said"; return 1; }
  says "$said" "Read-only file system" && says "$said" "/srv/lethe-state" || return 1
  echo 'ReadWritePaths=/srv/backups /srv/lethe-state' >>"$drop/override.conf"
  on server systemctl daemon-reload
  run_service || return 1
  rm -r "$drop" && on server systemctl daemon-reload
}

# As Credentials.md says, with a user and an sshd of their own: the timer's key adds, and can do no more.
vault_of_two_keys() {
  local port keys=$work/keys article=$root/Sources/lethe/lethe.docc/Credentials.md restrictions
  mkdir -m 755 "$keys" && mkdir "$keys/home" && chown nobody "$keys/home" || return 1
  for name in timer keeper host; do ssh-keygen -q -t ed25519 -N "" -C $name -f "$keys/$name" || return 1; done
  cp "$keys/timer" "$keys/keeper" "$work/server/etc/lethe/"
  restrictions=$(grep -oE '^restrict,command="internal-sftp[^"]*"' "$article")
  [ "$(wc -l <<<"$restrictions")" = 2 ] || { echo "$article has no two lines of keys"; return 1; }
  echo "restrict,command=\"internal-sftp\" $(cat "$keys/keeper.pub")" >"$keys/authorized_keys"
  # A port that is free among the machines.
  port=2022
  cat >"$keys/sshd_config" <<END
ListenAddress 127.0.0.1:$port
HostKey $keys/host
AuthorizedKeysFile $keys/authorized_keys
PidFile $keys/sshd.pid
StrictModes no
UsePAM no
Subsystem sftp internal-sftp
END
  in_network /usr/sbin/sshd -f "$keys/sshd_config" -E "$keys/log" || { cat "$keys/log"; return 1; }
  for name in timer keeper; do
    sed -e "s|url: .*|url: sftp://nobody@127.0.0.1:$port$keys/home/backups|" \
      -e "s|identity: .*|identity: /etc/lethe/$name|" -e "s|host-key: .*|host-key: $(cut -d' ' -f1,2 "$keys/host.pub")|" \
      -e "s|^state: .*|state: /var/lib/lethe-keys|" -e '/^metrics:/d' "$work/server/etc/lethe/lethe.yaml" \
      >"$work/server/etc/lethe/$name.yaml"
  done
  on server lethe init --config /etc/lethe/keeper.yaml --kit /root/keys-kit --no-passphrase || return 1
  find "$keys/home" -type f -exec chmod 400 {} +
  {
    echo "$(head -n 1 <<<"$restrictions") $(cat "$keys/timer.pub")"
    echo "$(tail -n 1 <<<"$restrictions") $(cat "$keys/keeper.pub")"
  } >"$keys/authorized_keys"
}

# What a thief of the timer's key tries; the bytes of all objects are there before and after.
timer_key_destroys_nothing() {
  local keys=$work/keys backups=$work/keys/home/backups pack before said attempt
  local options=(-q -b - -P 2022 -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -i "$keys/timer")
  on server lethe backup --no-prune --config /etc/lethe/timer.yaml || return 1
  on server lethe backup --no-prune --config /etc/lethe/timer.yaml || return 1
  pack=$(find "$backups/packs" -type f | head -n 1)
  before=$(find "$backups" -type f -exec sha256sum {} + | cut -d' ' -f1 | sort)
  : >"$keys/empty"
  for attempt in "put $keys/empty $pack" "put $keys/empty $backups/format" "rm $pack" "chmod 600 $pack" \
    "ln -s /etc/passwd $backups/tmp/link" "ln $pack $backups/tmp/link" "rmdir $backups/tmp"; do
    said=$(echo "$attempt" | in_network sftp "${options[@]}" nobody@127.0.0.1 2>&1) \
      && { echo "«$attempt» was allowed: $said"; return 1; }
    grep -qiE 'permission denied|does not support hardlink' <<<"$said" || { echo "«$attempt» failed otherwise: $said"; return 1; }
  done
  # To put away is all that is left, and not over another object.
  echo "rename $pack $backups/format" | in_network sftp "${options[@]}" nobody@127.0.0.1 >/dev/null 2>&1 \
    && { echo "a rename replaced an object"; return 1; }
  echo "rename $pack $backups/tmp/away" | in_network sftp "${options[@]}" nobody@127.0.0.1 || return 1
  [ "$before" = "$(find "$backups" -type f -exec sha256sum {} + | cut -d' ' -f1 | sort)" ] || return 1
  expect 14 on server lethe check --config /etc/lethe/keeper.yaml || return 1
  mv "$backups/tmp/away" "$pack" && on server lethe check --config /etc/lethe/keeper.yaml
}

# Keys destroyed with the timer's key go from the remote with the keeper's.
second_key_finishes() {
  local before said status=0 backups=$work/keys/home/backups
  before=$(ls "$backups/keyring")
  said=$(on server lethe erase --now --config /etc/lethe/timer.yaml dave@example.test 2>&1) || status=$?
  echo "$said"
  [ "$status" = 3 ] && says "$said" "this identity may not remove" || return 1
  [ "$(comm -12 <(echo "$before") <(ls "$backups/keyring"))" = "$before" ] || return 1
  on server lethe backup --no-prune --config /etc/lethe/timer.yaml || return 1
  on server lethe prune --config /etc/lethe/keeper.yaml || return 1
  [ -z "$(comm -12 <(echo "$before") <(ls "$backups/keyring"))" ] \
    && on server lethe check --config /etc/lethe/keeper.yaml
}

monitoring_is_answered() {
  local said
  said=$(on server lethe status --format nagios) && head -n 1 <<<"$said" \
    | grep -E "^LETHE OK: [^|]+ \| age=[0-9]+s;28800;43200;0( [a-z_]+=[0-9]+[sB]?;[0-9]*;[0-9]*;0)+$" || return 1
  on server lethe status || return 1
  if command -v promtool >/dev/null; then
    promtool check metrics <"$work/server/var/lib/prometheus/node-exporter/lethe.prom" || return 1
  fi
  expect 3 on server lethe status --config /etc/lethe/nothing.yaml --format nagios
}

snapshot_count() { on server lethe snapshots | grep -c complete; }

# In its own rhythm the next run is less than four and a half hours away; then in a faster one, for real.
timer_fires() {
  local before next drop=$work/server/etc/systemd/system/lethe.timer.d
  on server systemctl enable --now lethe.timer || return 1
  next=$(on server systemctl show -p NextElapseUSecRealtime --value lethe.timer)
  next=$(($(date -d "$next" +%s) - $(date +%s)))
  echo "the next run is in $next s"
  [ "$next" -gt 0 ] && [ "$next" -le 16260 ] || return 1
  before=$(snapshot_count)
  mkdir -p "$drop"
  printf '[Timer]\nOnCalendar=\nOnCalendar=*:*:0/2\nRandomizedDelaySec=0\nAccuracySec=100ms\n' >"$drop/fast.conf"
  on server systemctl daemon-reload && on server systemctl restart lethe.timer
  for _ in $(seq 100); do
    [ "$(snapshot_count)" -gt "$before" ] && break
    sleep 0.2
  done
  rm -r "$drop"
  on server systemctl daemon-reload && on server systemctl restart lethe.timer
  # A run that just began is waited for.
  while [ "$(on server systemctl show -p ActiveState --value lethe.service)" = activating ]; do sleep 0.2; done
  [ "$(snapshot_count)" -gt "$before" ]
}

upgrades() {
  local before after
  before=$(on server sha256sum /etc/lethe/lethe.yaml /etc/lethe/id_ed25519)
  dpkg-deb -R "$package" "$work/newer" || return 1
  sed -i 's/^Version: .*/&+newer/' "$work/newer/DEBIAN/control"
  echo "# a comment more" >>"$work/newer/lib/systemd/system/lethe.timer"
  dpkg-deb -Znone --root-owner-group --build "$work/newer" "$work/server/root/newer.deb" || return 1
  rm -r "$work/newer"
  on server apt-get install -y --no-install-recommends /root/newer.deb || return 1
  after=$(on server sha256sum /etc/lethe/lethe.yaml /etc/lethe/id_ed25519)
  [ "$before" = "$after" ] && [ "$(on server systemctl is-active lethe.timer)" = active ] \
    && [ "$(on server systemctl is-enabled lethe.timer)" = enabled ] && run_service \
    && on server dpkg-query -W -f '${Version}\n' lethe | grep 'newer$'
}

# Who is there, with passwords that work, and the sums of their uploads.
people_are() {
  on "$1" sh -c '
    ejabberdctl registered_users example.test | sort
    for name in alice bob carol dave; do
      ejabberdctl check_password $name example.test "secret of $name" && echo "$name is let in"
    done
    ejabberdctl get_offline_count bob example.test
    cd /var/lib/ejabberd && find upload -type f -exec sha256sum {} + | sort
    stat -c "%U %G %n" ejabberd.db upload
    cd /var/lib/prosody && find . -name "*.dat" -exec stat -c "%U %G %n" {} + | sort
    cd /var/lib/prosody && find . -path "*accounts*" -name "*.dat" -exec sha256sum {} + | sort'
}

people_are_counted() { people_are server; }

runbook_works() {
  local machine=$work/blank
  cp -a "$work/kit" "$machine/root/kit" && cp "$work/lethe.yaml" "$machine/root/lethe.yaml"
  # The metrics' directory comes with the node exporter, which is not part of the article.
  mkdir -p "$machine/var/lib/prometheus/node-exporter"
  python3 "$root/Scripts/machines/runbook.py" "$root/Sources/lethe/lethe.docc/WorstDay.md" \
    --with ejabberd --with prosody PACKAGE=/root/lethe.deb KIT=/root/kit "URL=$url" "HOST_KEY=$host_key" \
    >"$machine/root/runbook" || return 1
  nsenter -t "$(cat "$work/blank.pid")" -m -p -u -i -n -C -r -w env -i \
    PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root DEBIAN_FRONTEND=noninteractive container=lethe \
    bash /root/runbook <"$work/words" >"$work/runbook" 2>&1 || { cat "$work/runbook"; return 1; }
}

everybody_is_back() {
  [ -s "$work/people" ] && people_are blank >"$work/people-back" 2>&1
  cat "$work/people-back"
  grep -qx 'alice is let in' "$work/people-back" && grep -q 'photo.jpg' "$work/people-back" \
    && grep -q 'dora.dat' "$work/people-back" && ! grep -q erin "$work/people-back" \
    && diff "$work/people" "$work/people-back" \
    && [ "$(on blank systemctl is-active ejabberd prosody lethe.timer | sort -u)" = active ] \
    && [ ! -e "$work/blank/root/kit" ]
}

# Should the old machine come back.
former_agent_is_refused() {
  local said status=0
  said=$(network=theirs in_tree "$work/server" lethe backup 2>&1) || status=$?
  echo "$said"
  [ "$status" = 13 ] && says "$said" "another agent"
}

drill_works() {
  local machine=$work/blank
  cp -a "$work/kit" "$machine/root/kit"
  {
    echo 'set -eu; KIT=/root/kit'
    python3 "$root/Scripts/machines/runbook.py" "$root/Sources/lethe/lethe.docc/WorstDay.md" --only drill
  } >"$machine/root/drill" || return 1
  on blank sh -c 'umask 077; cat >/run/passphrase' <"$work/words"
  on blank bash /root/drill >"$work/drill" 2>&1 || { cat "$work/drill"; return 1; }
  cat "$work/drill"
  grep -q 'was restored and proved in' "$work/drill" && [ ! -e "$machine/var/drill" ] \
    && rm -r "$machine/root/kit"
}

removes() {
  local said
  said=$(on blank apt-get remove -y lethe 2>&1) || { echo "$said"; return 1; }
  says "$said" "not backed up any more" || return 1
  grep "not backed up" <<<"$said"
  [ ! -e "$work/blank/usr/bin/lethe" ] && [ -e "$work/blank/var/lib/lethe/agent.sqlite" ] \
    && [ -s "$work/blank/etc/lethe/lethe.yaml" ] && [ -s "$work/blank/etc/lethe/id_ed25519" ] \
    && ! on blank systemctl is-active lethe.timer \
    && [ ! -e "$work/blank/etc/systemd/system/timers.target.wants/lethe.timer" ]
}

installs_again() {
  on blank apt-get install -y --no-install-recommends /root/lethe.deb || return 1
  [ "$(on blank systemctl is-enabled lethe.timer)" = disabled ] && ! on blank systemctl is-active lethe.timer \
    && on blank systemctl start lethe.service && on blank lethe status
}

purges() {
  local said
  said=$(on blank apt-get purge -y lethe 2>&1) || { echo "$said"; return 1; }
  says "$said" "$url" && says "$said" "/etc/lethe still holds" || { echo "$said"; return 1; }
  sed -n '/The agent/,$p' <<<"$said"
  [ ! -e "$work/blank/var/lib/lethe" ] && [ ! -e "$work/blank/var/spool/lethe" ] \
    && [ ! -e "$work/blank/etc/lethe/lethe.yaml" ] && [ -s "$work/blank/etc/lethe/id_ed25519" ] \
    && [ -d "$work/vault/backups/log" ]
}
