# Backups of the application's schema in Postgres: made, listed, checked and restored. It runs in
# bash in the Postgres image, with DATABASE_URL, FOLDER (where backups are) and KEEP in the environment.
#
#   backup                    dump, then record
#   dump                      makes one and checks it, in the place of those that were never recorded
#   record                    tells the database of the newest, and removes all but the newest $KEEP
#   list                      name and bytes of each, the newest first
#   check FILE [SHA256]       reads a backup wholly; without a checksum, with that of the file beside it
#   restore FILE [SHA256]     checks it, then puts it in the place of what the database has
#   vacant                    whether the database answers and has no such schema
#   load FILE                 checks it, then puts it into such a database
#   freeze, thaw              lets nobody write to the database, and everybody again
#   rows                      how many each table has
set -euo pipefail
umask 077

schema=todo
# The same lock as the backend's migrations take.
lock=7063601905

# Said with every failure, for as long as it is true.
unchanged=

fail() {
  printf 'error: %s%s\n' "$1" "${unchanged:+ $unchanged}" >&2
  exit 1
}

# Sets `database` to the address without its password, which goes by the environment: arguments show
# in lists of processes. Everything else of the address is left to libpq.
connect() {
  local scheme=${DATABASE_URL%%:*} rest=${DATABASE_URL#*//} authority credentials= user
  authority=${rest%%[/?]*}
  [[ $authority == *@* ]] && credentials=${authority%@*}
  if [[ $credentials == *:* ]]; then
    local password=${credentials#*:}
    password=${password//\\/\\\\}
    printf -v PGPASSWORD %b "${password//%/\\x}"
    export PGPASSWORD
    user=${credentials%%:*}
    database=$scheme://$user@${authority##*@}${rest#"$authority"}
  else
    database=$DATABASE_URL
  fi
  export PGCONNECT_TIMEOUT=15 PGAPPNAME=todo-chatbot-backup
}

# Runs SQL, from --command or standard input, and prints bare values.
ask() {
  psql --no-psqlrc --no-password --quiet --tuples-only --no-align --set ON_ERROR_STOP=1 \
    --dbname "$database" "$@"
}

# Version of the schema in the database; nothing when there is no schema.
schema_version() {
  local table
  table=$(ask --command "SELECT to_regclass('$schema.migrations')") ||
    fail "the database does not answer; its words stand above."
  [[ -z $table ]] || ask --command "SELECT max(version) FROM $schema.migrations"
}

# Reads every byte: what is listed at the beginning of a backup says nothing about its end.
check() {
  local file=$1 expected=${2:-} actual
  [[ -s $file ]] || fail "${file##*/} is empty or not there."
  if [[ -z $expected && -s $file.sha256 ]]; then read -r expected _ <"$file.sha256"; fi
  if [[ -n $expected ]]; then
    read -r actual _ < <(sha256sum "$file")
    [[ $actual == "$expected" ]] ||
      fail "${file##*/} is damaged: its SHA-256 is $actual and not $expected."
  fi
  pg_restore --list "$file" >/dev/null && pg_restore --file /dev/null "$file" ||
    fail "${file##*/} is no whole backup; pg_restore's words stand above."
}

backup() {
  dump
  record
}

dump() {
  local server client version name part sum unrecorded
  server=$(ask --command "SELECT current_setting('server_version_num')::int / 10000") ||
    fail "the database does not answer; its words stand above."
  client=$(pg_dump --version)
  [[ $client =~ ([0-9]+) ]] && client=${BASH_REMATCH[1]}
  ((server <= client)) ||
    fail "the server is Postgres $server, and pg_dump $client can't read a newer one. Set images.postgres to an image of Postgres $server."
  version=$(schema_version)
  [[ -n $version ]] ||
    fail "the database has no schema $schema: there is nothing to back up before the backend has started once."

  # What jobs that were ended have left.
  find "$FOLDER" -maxdepth 1 -name '*.part' -mmin +60 -delete
  name=todo-$(date -u +%Y%m%dT%H%M%SZ).dump
  part=$FOLDER/$name.$$.part
  # shellcheck disable=SC2064 # The name is that of now.
  trap "rm -f '$part'" EXIT
  printf 'dumping schema version %s from Postgres %s\n' "$version" "$server"
  pg_dump --no-password --dbname "$database" --schema "$schema" --format custom --file "$part" \
    --exclude-table-data "$schema.backups" --no-unlogged-table-data --lock-wait-timeout 60s ||
    fail "pg_dump failed; its words stand above. The backups that were there stay."
  check "$part"
  read -r sum _ < <(sha256sum "$part")
  printf '%s  %s\n' "$sum" "$name" >"$FOLDER/$name.sha256"
  : >"$FOLDER/$name.unrecorded"
  sync
  mv "$part" "$FOLDER/$name"
  sync
  # Or a bucket that is out of reach for a week would fill the folder, with three attempts a night.
  for unrecorded in "$FOLDER"/todo-*.dump.unrecorded; do
    [[ $unrecorded == "$FOLDER/$name.unrecorded" ]] || remove "${unrecorded%.unrecorded}"
  done
}

remove() {
  rm -f "$1" "$1.sha256" "$1.unrecorded"
}

record() {
  local name bytes
  name=$(names | head -n 1)
  bytes=$(stat -c %s "$FOLDER/$name")
  # Through standard input, because only there psql fills in the values.
  ask --set name="$name" --set bytes="$bytes" --set keep="$KEEP" <<'SQL' || fail "the backup $name is whole, but the database did not take the record of it."
-- A row is little, and a full disk, which makes the database read only, is a reason for backups.
SET default_transaction_read_only = off;
SELECT to_regclass('todo.backups') IS NOT NULL AS recorded \gset
\if :recorded
  INSERT INTO todo.backups (name, bytes) VALUES (:'name', :bytes)
    ON CONFLICT (name) DO UPDATE SET finished_at = now();
  DELETE FROM todo.backups WHERE name NOT IN
    (SELECT name FROM todo.backups ORDER BY finished_at DESC LIMIT :keep);
\endif
SQL
  rm -f "$FOLDER"/todo-*.dump.unrecorded
  remove_old
  printf 'backed up: %s (%s bytes)\n' "$name" "$bytes"
}

remove_old() {
  local names name
  mapfile -t names < <(names)
  for name in "${names[@]:KEEP}"; do
    remove "$FOLDER/$name"
    printf 'removed: %s (storage.backup.keep is %s)\n' "$name" "$KEEP"
  done
}

# Names of the backups, the newest first.
names() {
  (cd "$FOLDER" && shopt -s nullglob && for name in todo-*.dump; do echo "$name"; done | sort -r)
}

list() {
  local name
  names | while read -r name; do
    printf '%s %s\n' "$name" "$(stat -c %s "$FOLDER/$name")"
  done
}

restore() {
  local file=$1 sum=${2:-} live dumped
  unchanged="Nothing was changed."
  check "$file" "$sum"
  printf 'checked: the backup is whole\n'
  live=$(schema_version)
  [[ -n $live ]] ||
    fail "the database has no schema $schema, so nothing tells which one the application wants. Start the application first: npm start"
  dumped=$(pg_restore --data-only --schema "$schema" --table migrations --file - "$file" |
    sed -n 's/^\([0-9][0-9]*\)\t.*/\1/p' | sort -n | tail -n 1)
  [[ -n $dumped ]] || fail "this is no backup of the Todo chatbot: it has no table $schema.migrations."
  ((dumped <= live)) ||
    fail "the backup is of schema version $dumped, made by a newer release than the one that runs (version $live). Deploy that release first."

  # One transaction: the application goes on with the old schema until the new one is whole, and
  # without the last word, because something failed before it, everything stays as it was.
  {
    cat <<SQL
BEGIN;
SELECT pg_advisory_xact_lock($lock);
ALTER SCHEMA $schema RENAME TO todo_before_restore;
SQL
    # An older server doesn't know what a newer pg_restore sets first.
    pg_restore --no-owner --no-privileges --file - "$file" |
      sed '1,/^CREATE/{/^SET transaction_timeout = 0;$/d}' || exit 1
    cat <<SQL
DO \$\$ BEGIN
  IF to_regclass('$schema.backups') IS NOT NULL
    AND to_regclass('todo_before_restore.backups') IS NOT NULL THEN
    INSERT INTO $schema.backups SELECT * FROM todo_before_restore.backups;
  END IF;
END \$\$;
SET LOCAL lock_timeout = '30s';
DROP SCHEMA todo_before_restore CASCADE;
COMMIT;
SQL
  } | PGOPTIONS="-c client_min_messages=warning ${PGOPTIONS:-}" ask >/dev/null ||
    fail "the restore failed; the words of Postgres stand above."
  unchanged=
  printf 'restored: schema version %s\n' "$dumped"
  await_backend "$live"
  count_rows || fail "the backup is restored, but its rows can't be counted; the words of Postgres stand above."
}

# The backend finds a schema without its rights, brings it up to date and gives them.
await_backend() {
  local second
  for ((second = 0; second < ${PATIENCE:-90}; second++)); do
    if [[ $(ask --command "SELECT max(version) >= $1 AND EXISTS (
        SELECT FROM pg_roles
        WHERE rolname = 'todo_chatbot_app_' || left(md5(current_database()), 8)
          AND has_schema_privilege(oid, '$schema', 'USAGE'))
      FROM $schema.migrations") == t ]]; then
      printf 'the backend works with it, after %s s\n' "$second"
      return
    fi
    sleep 1
  done
  printf 'the backend has not taken it over yet; it does so when it starts\n'
}

count_rows() {
  ask --field-separator ' ' <<SQL
SELECT format('SELECT %L, count(*) FROM $schema.%I', relname || ':', relname) FROM pg_class
WHERE relnamespace = '$schema'::regnamespace AND relkind = 'r' AND relpersistence = 'p'
ORDER BY relname \gexec
SQL
}

vacant() {
  local version
  version=$(schema_version)
  [[ -z $version ]] ||
    fail "the database to move to has a schema $schema already. Nothing was changed. Name an empty database, or remove what is there: DROP SCHEMA $schema CASCADE."
}

load() {
  local file=$1
  check "$file"
  vacant
  {
    echo 'BEGIN;'
    pg_restore --no-owner --no-privileges --file - "$file" |
      sed '1,/^CREATE/{/^SET transaction_timeout = 0;$/d}' || exit 1
    echo 'COMMIT;'
  } | ask >/dev/null || fail "the database did not take the data; its words stand above. Nothing is in it."
}

# A setting of the database, so that it outlives the server; sessions that began before don't have it.
set_writing() {
  ask >/dev/null <<SQL || fail "the database did not take the setting; its words stand above."
SET default_transaction_read_only = off;
SELECT format('ALTER DATABASE %I $1', current_database()) \gexec
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid();
SQL
}

connect
case ${1:-} in
backup | dump | record | list | vacant) "$1" ;;
check | restore | load) "$@" ;;
freeze) set_writing 'SET default_transaction_read_only = on' ;;
thaw) set_writing 'RESET default_transaction_read_only' ;;
rows) count_rows ;;
*) fail "there is no command ${1:-}; it must be backup, dump, record, list, check, restore, vacant, load, freeze, thaw or rows." ;;
esac
