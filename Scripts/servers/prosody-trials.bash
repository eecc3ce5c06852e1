# The trials of Lethe with a real Prosody, with SQL and with internal storage. Read by test-servers, whose
# steps, clients and names they use; $schema is prosody-sql or prosody-internal.

prosody() { "$servers/prosody" "$1" "$site" "${@:2}"; }
prosody_is_sql() { [ "$schema" = prosody-sql ]; }

# Those who go, each in another way.
leaving=(dave erin frank)

prosody_configure() {
  cat >"$work/$schema.yaml" <<END
repository:
  url: file://$work/vault-$schema
state: $work/state-$schema
erasure:
  inbox: $site/inbox
origins:
END
  if prosody_is_sql; then
    cat >>"$work/$schema.yaml" <<END
  - name: chat
    database: $site/data/prosody.sqlite
    profile: prosody
  - name: uploads
    directory: $site/data/upload%2eexample%2etest
    profile: prosody-uploads
    accounts: chat
END
  else
    cat >>"$work/$schema.yaml" <<END
  - name: chat
    directory: $site/data
    profile: prosody-files
END
  fi
}

prosody_sound() {
  prosody_is_sql || return 0
  [ "$(sqlite3 "$1/chat/prosody.sqlite" 'PRAGMA integrity_check')" = ok ] \
    && [ "$(sqlite3 "$1/chat/prosody.sqlite" 'PRAGMA journal_mode')" = wal ]
}

prosody_put_in_place() {
  rm -rf "$site/data.old" && mv "$site/data" "$site/data.old" || return
  if prosody_is_sql; then
    mkdir "$site/data" && cp -a "$1/chat/prosody.sqlite" "$site/data/" \
      && cp -a "$1/uploads" "$site/data/upload%2eexample%2etest"
  else
    cp -a "$1/chat" "$site/data"
  fi && chown -R prosody:prosody "$site/data"
}

# With files nothing is of one moment but what is in one file; of a list, a beginning without gaps.
prosody_load_without_gaps() {
  if prosody_is_sql; then
    sqlite3 "$1/chat/prosody.sqlite" \
      "SELECT user || ' ' || value FROM prosodyarchive WHERE store = 'archive' AND value LIKE '%>round-%' ORDER BY sort_id" \
      | sed -E 's/^([^ ]+) .*>(round-[^<]*)<.*/\1 \2/'
  else
    local list
    for list in "$1"/chat/example%2etest/archive/load*.list; do
      sed -nE "s/^\t\t\"(round-[^\"]*)\".*/$(basename "$list" .list) \1/p" "$list"
    done
  fi | awk '
      { if ($4 != ++seen[$1 " " $2 " " $3]) { print "gap at", $0; bad = 1 } }
      END { if (NR == 0) print "nothing was written before the snapshot"; exit bad || NR == 0 }'
}

# Makes an account as an administrator does: without a time of registration.
prosody_register() { prosody ctl register "$1" example.test "secret-of-$1"; }

# A list whose last item is torn is copied as it is: a server that was killed leaves one.
prosody_copies_a_torn_list() {
  local list="$site/data/example%2etest/offline/torn.list"
  prosody_register torn \
    && printf 'item({\n\t["key"] = "a";\n});\nitem({\n\t["ke' >"$list" && chown prosody: "$list" \
    && lethe backup && restore "$work/torn" && cmp "$list" "$work/torn/chat/example%2etest/offline/torn.list" \
    && rm -rf "$work/torn"
}

erased_count() {
  lethe backup --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["accounts"]["erased"])'
}

erases() {
  local erased
  erased=$(erased_count)
  [ "$erased" = "$1" ] || { echo "$erased are taken for deleted, not $1"; return 1; }
}

# Whoever has no time of registration is told by the salt, which another password changes; what they
# have said for longer shows who they are. Without that, somebody new is assumed.
prosody_password_changes_nobody() {
  prosody_register made && erases 0 && client tell made && sleep 1.1 && erases 0 || return
  prosody shell "user:password('made@example.test', 'another')" && erases 0 || return
  # The same once more, with the mark of the changed password.
  prosody shell "user:password('made@example.test', 'third')" && erases 0 || return
  prosody ctl deluser made@example.test && prosody_register made && erases 1
}

# The client's own request, the shell, and `prosodyctl deluser`, which leaves a session that writes on.
prosody_delete_people() {
  local ghost status=0
  # What the trial before left there would be taken for this one's.
  rm -f "$work/boo" "$work/haunt"
  client haunt erin "$work/boo" >"$work/haunt" 2>&1 &
  ghost=$!
  timeout 30 grep -qx here <(tail -n +1 -F --pid=$ghost "$work/haunt") || status=1
  prosody ctl deluser erin@example.test || status=1
  touch "$work/boo"
  wait $ghost || status=1
  cat "$work/haunt"
  client unregister dave && prosody shell "user:delete('frank@example.test')" || status=1
  return $status
}

prosody_ghost_wrote() {
  local word
  word=$(client canaries erin | awk '$1 == "private" { print $2 }')
  if prosody_is_sql; then
    sqlite3 -cmd '.timeout 10000' "$site/data/prosody.sqlite" .dump
  else
    cat "$site"/data/example%2etest/private/*
  fi | grep -c "$word"
}

# None of their words is in a restored tree.
prosody_silent() {
  client canaries "${leaving[@]}" | awk '{ print $2 }' >"$work/words"
  [ -s "$work/words" ] || return 1
  if prosody_is_sql; then
    sqlite3 "$1/chat/prosody.sqlite" .dump >"$work/dump" || return 1
  else
    find "$1/chat" -type f -exec cat {} + >"$work/dump" || return 1
  fi
  ! grep -aoF -f "$work/words" "$work/dump" && ! grep -raoF -f "$work/words" "$1"
}

# A word that all have must be found where it is, or the search proves nothing. Prosody keeps no reason of
# an affiliation, and no last status.
prosody_finds_words() {
  client canaries alice | awk '$1 != "affiliation" && $1 != "last" { print $2 }' | while read -r word; do
    grep -qaF "$word" "$work/dump" || grep -rqaF "$word" "$1" || { echo "not found: $word"; return 1; }
  done
}

prosody_has_nothing_of_their_name() {
  local name
  for name in "${leaving[@]}"; do
    if prosody_is_sql; then
      [ "$(sqlite3 "$1/chat/prosody.sqlite" "SELECT count(*) FROM prosody WHERE host = 'example.test' AND user = '$name'")" = 0 ]
    else
      [ -z "$(find "$1/chat/example%2etest" -name "$name.*" -print -quit)" ]
    fi || { echo "something of $name is there"; return 1; }
  done
}

prosody_others() { client people | grep -vxE "($(IFS='|'; echo "${leaving[*]}"))@example\.test"; }
prosody_others_log_in() { prosody_others | xargs -d '\n' "$servers/client" "$site" login; }
prosody_others_find_everything() { prosody_others | xargs -d '\n' "$servers/client" "$site" check; }

prosody_newcomer_has_nothing() {
  client disaffiliate "${leaving[@]}" && client register dave && client login dave && client blank dave
}

# What the newcomer leaves is in the next snapshot, and of the old one's nothing in any.
prosody_newcomer_comes_back() {
  client tell dave && sleep 1 && lethe backup && restore "$work/later-$schema" || return
  prosody_silent "$work/later-$schema" || return
  grep -aq "told by dave" "$work/dump"
}

prosody_comes_back() {
  step "$schema: start" prosody start "${schema#prosody-}" && step "$schema: fill" client fill || return
  prosody_configure
  step "$schema: lethe init" initialise && step "$schema: lethe backup of a quiet server" lethe backup || return
  step "$schema: lethe backup while clients write" backups_under_load || return
  step "$schema: stop" prosody stop || return
  step "$schema: lethe restore" restore "$work/restored-$schema" || return
  step "$schema: the restored data is sound" prosody_sound "$work/restored-$schema"
  step "$schema: no message is missing between others" prosody_load_without_gaps "$work/restored-$schema"
  step "$schema: put in place" prosody_put_in_place "$work/restored-$schema"
  step "$schema: start again" prosody start || return
  step "$schema: everybody can log in" everybody_can_log_in
  step "$schema: everybody finds everything" client check
}

prosody_stays_away() {
  local older
  older=$(snapshot_ids | head -1)
  prosody_is_sql || step "$schema: a torn list is copied as it is" prosody_copies_a_torn_list
  step "$schema: another password makes nobody somebody else" prosody_password_changes_nobody
  step "$schema: delete by the client, prosodyctl and the shell" prosody_delete_people || return
  step "$schema: a deleted one's session wrote on" prosody_ghost_wrote
  step "$schema: lethe backup finds who is gone" erases 3 || return
  step "$schema: lethe restore of the newest snapshot" restore "$work/newest-$schema" || return
  step "$schema: the newest snapshot has none of their words" prosody_silent "$work/newest-$schema"
  step "$schema: stop" prosody stop || return
  step "$schema: lethe restore of an older snapshot" restore "$work/older-$schema" "$older" || return
  step "$schema: the older snapshot has none of their words" prosody_silent "$work/older-$schema"
  step "$schema: but those of the others" prosody_finds_words "$work/older-$schema"
  step "$schema: and nothing of their name" prosody_has_nothing_of_their_name "$work/older-$schema"
  step "$schema: put in place" prosody_put_in_place "$work/older-$schema"
  step "$schema: lethe erasures rebase" lethe erasures rebase
  step "$schema: start again" prosody start || return
  step "$schema: the deleted are refused" client refused "${leaving[@]}"
  step "$schema: the others can log in" prosody_others_log_in
  step "$schema: the others find everything" prosody_others_find_everything
  step "$schema: who registers a deleted name gets nothing of the old" prosody_newcomer_has_nothing
  step "$schema: what is the newcomer's own comes back" prosody_newcomer_comes_back
}

prosody_trial() {
  prosody_comes_back && prosody_stays_away
  prosody stop
}
