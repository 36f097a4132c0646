# Makes, lists, verifies and restores backups of the application's schema in Postgres. Runs in bash in the
# Postgres image, with DATABASE_URL, FOLDER (where backups are) and KEEP in the environment.
#
#   backup                    dump, then record, then remove all but the newest $KEEP and the last that was proven
#   dump                      makes and verifies a backup, and removes those that were never recorded
#   record                    records the newest in the database
#   drill                     restores the newest backup into a throwaway database (DRILL_URL) and compares its tables
#                             with what they were when it was made
#   prove                     records in the database that the drill has succeeded
#   list                      name and size in bytes of each, newest first
#   check FILE [SHA256]       verifies a backup; without a checksum, by the one in the file beside it
#   restore FILE [SHA256]     verifies it, then replaces the data in the database by it
#   vacant [WHAT]             whether data may be moved to the database; WHAT may be replaced there:
#                             unfinished (default; left by an interrupted move), frozen, anything.
#                             Privileges that the user lacks are granted if ADMIN_URL is an administrator's URL
#   load FILE [WHAT]          verifies it, then loads it there
#   taken                     whether a backend has started to use what was loaded
#   freeze, thaw              makes the database read only, and writable again
#   rows                      number of rows of each table, and a checksum over them
set -euo pipefail
umask 077

schema=todo
# The same lock as the backend's migrations take.
lock=7063601905
# Tables whose content stays with their database.
own_tables="'backups', 'proofs'"
# What a drill has proven, for the next step; in a folder that the steps share.
proof=${PROOF:-/tmp/proven}
# Name of the backend's role, as the backend builds it.
role="'todo_chatbot_app_' || left(md5(current_database()), 8)"
# Comment of a schema that a move has filled. A backend that takes it over grants rights on it.
loaded='filled by npm run move'

# Added to every error message, for as long as it is true.
unchanged=

fail() {
  printf 'error: %s%s\n' "$1" "${unchanged:+ $unchanged}" >&2
  exit 1
}

# Sets `database` to the URL without its password, which goes into the environment: arguments show in
# process lists. libpq parses the rest of the URL.
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
    fail "the database does not answer; see the output above."
  [[ -z $table ]] || ask --command "SELECT max(version) FROM $schema.migrations"
}

# Reads every byte: the table of contents at the start of a backup says nothing about its end.
check() {
  local file=$1 expected=${2:-} actual
  [[ -s $file ]] || fail "${file##*/} is empty or missing."
  if [[ -z $expected && -s $file.sha256 ]]; then read -r expected _ <"$file.sha256"; fi
  if [[ -n $expected ]]; then
    read -r actual _ < <(sha256sum "$file")
    [[ $actual == "$expected" ]] ||
      fail "${file##*/} is damaged: its SHA-256 is $actual and not $expected."
  fi
  pg_restore --list "$file" >/dev/null && pg_restore --file /dev/null "$file" ||
    fail "${file##*/} is not a complete backup; see the output of pg_restore above."
}

backup() {
  dump
  record
  remove_old
}

# Sets `server` to the server's major version, which pg_dump must support.
need_version() {
  local client
  server=$(ask --command "SELECT current_setting('server_version_num')::int / 10000") ||
    fail "the database does not answer; see the output above."
  client=$(pg_dump --version)
  [[ $client =~ ([0-9]+) ]] && client=${BASH_REMATCH[1]}
  ((server <= client)) ||
    fail "the server is Postgres $server, and pg_dump $client can't dump a newer one. Use an image of Postgres $server: images.postgres of the stack, backup.image of the chart."
}

dump() {
  local server version name part sum unrecorded
  need_version
  version=$(schema_version)
  [[ -n $version ]] ||
    fail "the database has no schema $schema: there is nothing to back up until the backend has started once."

  # Left by Jobs that were killed.
  find "$FOLDER" -maxdepth 1 -name '*.part' -mmin +60 -delete
  name=todo-$(date -u +%Y%m%dT%H%M%SZ).dump
  part=$FOLDER/$name.$$.part
  # shellcheck disable=SC2064 # Expanded now on purpose.
  trap "rm -f '$part'" EXIT
  printf 'dumping schema version %s from Postgres %s\n' "$version" "$server"
  local tables
  tables=$(dump_to "$part") && [[ -s $part ]] ||
    fail "pg_dump failed; see the output above. Earlier backups are unchanged."
  check "$part"
  read -r sum _ < <(sha256sum "$part")
  # sha256sum ignores lines that begin with #.
  {
    printf '%s  %s\n' "$sum" "$name"
    sed 's/^/# /' <<<"$tables"
  } >"$FOLDER/$name.sha256"
  : >"$FOLDER/$name.unrecorded"
  sync
  mv "$part" "$FOLDER/$name"
  sync
  # Otherwise a bucket that is unreachable for a week would fill the volume, with three attempts a night.
  for unrecorded in "$FOLDER"/todo-*.dump.unrecorded; do
    [[ $unrecorded == "$FOLDER/$name.unrecorded" ]] || remove "${unrecorded%.unrecorded}"
  done
}

# Dumps to a file, and prints the content of each table in the same snapshot. The dump runs inside the transaction
# that has the snapshot.
dump_to() {
  local part=$1 dump
  dump=$(printf '%q ' pg_dump --no-password --dbname "$database" --schema "$schema" --format custom \
    --file "$part" --exclude-table-data "$schema.backups" --exclude-table-data "$schema.proofs" \
    --no-unlogged-table-data --lock-wait-timeout 60s)
  DUMP="$dump" ask --field-separator ' ' <<SQL
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SET LOCAL idle_in_transaction_session_timeout = 0;
SET LOCAL statement_timeout = 0;
SELECT pg_export_snapshot() AS snapshot \gset
\setenv SNAPSHOT :snapshot
$(digest_statements)
\! bash -c "\$DUMP --snapshot \$SNAPSHOT" >&2 || rm -f "$part"
COMMIT;
SQL
}

remove() {
  rm -f "$1" "$1.sha256" "$1.age.sha256" "$1.unrecorded"
}

record() {
  local name bytes
  name=$(newest)
  bytes=$(stat -c %s "$FOLDER/$name")
  # Through standard input, because psql interpolates variables only there.
  ask --set name="$name" --set bytes="$bytes" --set keep="$KEEP" <<'SQL' || fail "the backup $name is complete, but the database did not accept its record; see the output above."
-- A row is small, and a full disk, which makes the database read only, is a reason for backups.
SET default_transaction_read_only = off;
SELECT to_regclass('todo.backups') IS NOT NULL AS recorded \gset
\if :recorded
  INSERT INTO todo.backups (name, bytes) VALUES (:'name', :bytes)
    ON CONFLICT (name) DO UPDATE SET finished_at = now();
  -- Recorded while the clock was wrong, it would be the newest until then.
  DELETE FROM todo.backups WHERE finished_at > now() + interval '1 hour';
  DELETE FROM todo.backups WHERE name NOT IN
    (SELECT name FROM todo.backups ORDER BY finished_at DESC LIMIT :keep);
\endif
SQL
  rm -f "$FOLDER"/todo-*.dump.unrecorded
  printf 'backed up: %s (%s bytes)\n' "$name" "$bytes"
}

remove_old() {
  local names name proven=
  [[ ! -s $FOLDER/proven ]] || read -r proven <"$FOLDER/proven"
  mapfile -t names < <(names)
  for name in "${names[@]:KEEP}"; do
    [[ $name != "$proven" ]] || continue
    remove "$FOLDER/$name"
    printf 'removed: %s (keeping the newest %s)\n' "$name" "$KEEP"
  done
}

# Names of the backups, newest first. Those that are dated in the future come last: the clock was wrong when they
# were made, and they would count as the newest until then.
names() {
  local soon name later=()
  soon=todo-$(date -u -d "@$(($(date +%s) + 3600))" +%Y%m%dT%H%M%SZ).dump
  while read -r name; do
    [[ $name =~ ^todo-[0-9]{8}T[0-9]{6}Z\.dump$ ]] || continue
    if [[ $name > $soon ]]; then later+=("$name"); else printf '%s\n' "$name"; fi
  done < <(cd "$FOLDER" && shopt -s nullglob && for name in todo-*.dump; do echo "$name"; done | sort -r)
  [[ ${#later[@]} -eq 0 ]] || printf '%s\n' "${later[@]}"
}

# Name of the newest backup; empty if there is none. Not through head, which would end names with an error.
newest() {
  local all
  mapfile -t all < <(names)
  printf '%s' "${all[0]:-}"
}

list() {
  local name
  names | while read -r name; do
    printf '%s %s\n' "$name" "$(stat -c %s "$FOLDER/$name")"
  done
}

# The SQL in a backup. An older server doesn't know a setting that a newer pg_restore starts with.
statements() {
  pg_restore --no-owner --no-privileges --no-comments --file - "$1" |
    sed '1,/^CREATE/{/^SET transaction_timeout = 0;$/d}'
}

restore() {
  local file=$1 sum=${2:-} live dumped second
  unchanged="Nothing was changed."
  check "$file" "$sum"
  printf 'verified: the backup is complete\n'
  live=$(schema_version)
  # An application that has just started migrates an empty database soon.
  for ((second = 0; second < ${PATIENCE:-90} && ${#live} == 0; second++)); do
    ((second > 0)) || printf 'waiting until the application has prepared the empty database\n'
    sleep 1
    live=$(schema_version)
  done
  [[ -n $live ]] ||
    fail "the database has no schema $schema, so the version that the application needs is unknown. Start the application first."
  dumped=$(pg_restore --data-only --schema "$schema" --table migrations --file - "$file" |
    sed -n 's/^\([0-9][0-9]*\)\t.*/\1/p' | sort -n | tail -n 1)
  [[ -n $dumped ]] || fail "this is not a backup of the Todo chatbot: it has no table $schema.migrations."
  ((dumped <= live)) ||
    fail "the backup is of schema version $dumped, made by a newer release than the one that runs (version $live). Deploy that release first."

  # One transaction: the application uses the old schema until the new one is complete, and nothing
  # changes until COMMIT.
  {
    cat <<SQL
BEGIN;
SELECT pg_advisory_xact_lock($lock);
ALTER SCHEMA $schema RENAME TO todo_before_restore;
SQL
    statements "$file" || exit 1
    cat <<SQL
DO \$\$ BEGIN
  IF to_regclass('$schema.backups') IS NOT NULL
    AND to_regclass('todo_before_restore.backups') IS NOT NULL THEN
    INSERT INTO $schema.backups SELECT * FROM todo_before_restore.backups;
  END IF;
  IF to_regclass('$schema.proofs') IS NOT NULL
    AND to_regclass('todo_before_restore.proofs') IS NOT NULL THEN
    INSERT INTO $schema.proofs SELECT * FROM todo_before_restore.proofs;
  END IF;
END \$\$;
SET LOCAL lock_timeout = '30s';
DROP SCHEMA todo_before_restore CASCADE;
COMMIT;
SQL
  } | PGOPTIONS='-c client_min_messages=warning' ask >/dev/null ||
    fail "the restore failed; see the output above."
  unchanged=
  printf 'restored: schema version %s\n' "$dumped"
  await_backend "$live"
  count_rows || fail "the backup is restored, but its rows can't be counted; see the output above."
}

# The backend finds a schema that it has no rights on, migrates it and grants them.
await_backend() {
  local second
  for ((second = 0; second < ${PATIENCE:-90}; second++)); do
    if [[ $(ask --command "SELECT max(version) >= $1 AND EXISTS (
        SELECT FROM pg_roles
        WHERE rolname = 'todo_chatbot_app_' || left(md5(current_database()), 8)
          AND has_schema_privilege(oid, '$schema', 'USAGE'))
      FROM $schema.migrations") == t ]]; then
      printf 'the backend uses it, after %s s\n' "$second"
      return
    fi
    sleep 1
  done
  printf 'the backend does not use it yet; it will when it starts\n'
}

count_rows() {
  ask --field-separator ' ' <<SQL
SELECT format('SELECT %L, count(*) FROM $schema.%I', relname || ':', relname) FROM pg_class
WHERE relnamespace = '$schema'::regnamespace AND relkind = 'r' AND relpersistence = 'p'
ORDER BY relname \gexec
SQL
}

# Restores the newest backup as a restore would, into a database that nobody else uses.
drill() {
  local name file recorded restored damaged
  name=$(newest)
  [[ -n $name ]] || fail "there is no backup to prove."
  file=$FOLDER/$name
  printf 'restoring %s into a throwaway database\n' "$name"
  if ! (check "$file"); then
    damaged=$(unreadable_tables "$file")
    fail "the backup $name can't be restored${damaged:+: no data can be read of the table $damaged}. Make another: npm run todo -- db backup."
  fi
  recorded=$(sed -n 's/^# //p' "$file.sha256")
  [[ -n $recorded ]] ||
    fail "$name does not say what was in its tables: it was made by a release from before 1.1. The next backup does."
  DATABASE_URL=${DRILL_URL:-postgresql://drill@127.0.0.1:5432/drill}
  unset PGPASSWORD PGSSLROOTCERT
  connect
  statements "$file" | PGOPTIONS='-c client_min_messages=warning' ask --single-transaction >/dev/null ||
    fail "the backup $name can't be restored; see the output above. Make another: npm run todo -- db backup."
  restored=$(digest_rows)
  [[ $restored == "$recorded" ]] || {
    only_in "$recorded" "$restored" 'when it was made: ' >&2
    only_in "$restored" "$recorded" 'restored:         ' >&2
    fail "the backup $name is not what the database was: the tables above differ (number of rows, checksum). Make another: npm run todo -- db backup."
  }
  printf '%s\n' "$restored"
  printf '%s\n' "$name" >"$proof"
}

# Lines of a text that another one lacks.
only_in() {
  local line
  while read -r line; do
    [[ $'\n'$2$'\n' == *$'\n'"$line"$'\n'* ]] || printf '%s%s\n' "$3" "$line"
  done <<<"$1"
}

# Names of the tables in a backup whose data can't be read.
unreadable_tables() {
  local table damaged=()
  for table in $(pg_restore --list "$1" 2>/dev/null | sed -n "s/.* TABLE DATA $schema \([a-z_]*\) .*/\1/p"); do
    pg_restore --data-only --schema "$schema" --table "$table" --file /dev/null "$1" 2>/dev/null ||
      damaged+=("$table")
  done
  local IFS=,
  printf '%s' "${damaged[*]}"
}

prove() {
  local name
  read -r name <"$proof"
  ask --set name="$name" <<'SQL' || fail "the backup $name is good, but the database did not accept the record; see the output above."
SET default_transaction_read_only = off;
SELECT to_regclass('todo.proofs') IS NOT NULL AS recorded \gset
\if :recorded
  BEGIN;
  DELETE FROM todo.proofs;
  INSERT INTO todo.proofs (name) VALUES (:'name');
  COMMIT;
\endif
SQL
  # Not removed while it is the last.
  printf '%s\n' "$name" >"$FOLDER/proven"
  printf 'proven: %s\n' "$name"
}

# An SQL condition: there is a schema that may not be replaced.
occupied() {
  local unfinished="obj_description(n.oid, 'pg_namespace') = '$loaded' AND n.nspacl IS NULL" yields
  case ${1:-unfinished} in
  unfinished) yields=$unfinished ;;
  frozen)
    yields="$unfinished OR EXISTS (
      SELECT FROM pg_db_role_setting JOIN pg_database d ON d.oid = setdatabase AND setrole = 0
      WHERE datname = current_database() AND 'default_transaction_read_only=on' = ANY (setconfig))"
    ;;
  anything) yields=true ;;
  *) fail "unknown argument $1; it must be unfinished, frozen or anything." ;;
  esac
  printf "EXISTS (SELECT FROM pg_namespace n WHERE nspname = '%s' AND (%s) IS NOT TRUE)" \
    "$schema" "$yields"
}

# Comes before the statements in a refusal.
remedy=' As an administrator run once: '

vacant() {
  local server condition obstacle statements
  condition=$(occupied "$@")
  need_version
  obstacle=$(ask <<SQL
SELECT CASE
  WHEN $condition THEN 'it has a schema $schema already, with data of its own. Name an empty database, or replace the data with --replace.'
  WHEN NOT pg_has_role(datdba, 'USAGE') THEN format(
    'its user does not own it.${remedy}ALTER DATABASE %I OWNER TO %I;',
    datname, current_user)
  WHEN NOT (rolsuper OR rolcreaterole) AND (
    SELECT pg_has_role(current_user, oid, 'MEMBER') FROM pg_roles WHERE rolname = $role
  ) IS NOT TRUE THEN format(
    'its user may not create the role that the backend works as.${remedy}%sGRANT %I TO %I;',
    (SELECT format('CREATE ROLE %I NOLOGIN; ', $role) WHERE to_regrole($role) IS NULL),
    $role, current_user)
  END
FROM pg_database, pg_roles WHERE datname = current_database() AND rolname = current_user
SQL
  ) || fail "the database does not answer; see the output above."
  [[ -n $obstacle ]] || return 0
  statements=${obstacle#*"$remedy"}
  # Once more at most: an administrator of another server changes nothing here.
  if [[ $statements != "$obstacle" && -n ${ADMIN_URL:-} && $obstacle != "${tried:-}" ]]; then
    tried=$obstacle
    administer "$statements"
    vacant "$@"
    return
  fi
  [[ $statements == "$obstacle" ]] ||
    obstacle+=" Or let the move run it, with the URL of an administrator: --admin-url-from-env."
  fail "nothing can be moved to this database: $obstacle"
}

# Runs statements as the administrator; psql makes one transaction of them.
administer() (
  unset PGPASSWORD
  DATABASE_URL=$ADMIN_URL
  connect
  ask --command "$1" >/dev/null ||
    fail "the administrator of --admin-url-from-env could not run it; see the output above: $1"
  printf 'as an administrator: %s\n' "$1"
)

load() {
  local file=$1 condition
  check "$file"
  vacant "${2:-}"
  condition=$(occupied "${2:-}")
  # Checked again in the transaction: another move, interrupted here, may still be running there.
  {
    cat <<SQL
BEGIN READ WRITE;
SELECT pg_advisory_xact_lock($lock);
DO \$\$ BEGIN IF $condition THEN RAISE 'another process has filled it meanwhile'; END IF; END \$\$;
DROP SCHEMA IF EXISTS $schema CASCADE;
SQL
    statements "$file" || exit 1
    cat <<SQL
COMMENT ON SCHEMA $schema IS '$loaded';
SELECT format('ALTER DATABASE %I RESET default_transaction_read_only', current_database()) \gexec
COMMIT;
SQL
  } | PGOPTIONS='-c client_min_messages=warning' ask >/dev/null ||
    fail "the database did not accept the data; see the output above. It is unchanged."
}

taken() {
  ask --command "SELECT nspacl IS NOT NULL FROM pg_namespace WHERE nspname = '$schema'"
}

digest_rows() {
  ask --field-separator ' ' <<<"$(digest_statements)"
}

# Fails where row-level security would hide rows, as pg_dump does.
# The checksum is independent of the order of rows, and of the server's version and encoding.
digest_statements() {
  cat <<SQL
SET row_security = off;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';
SET bytea_output = 'hex';
SET extra_float_digits = 1;
SELECT format(
  'SELECT %L, count(*), coalesce(sum((''x'' || left(encode(sha256(convert_to(t::text, ''UTF8'')), ''hex''), 16))::bit(64)::bigint), 0) FROM $schema.%I t',
  relname || ':', relname)
FROM pg_class
WHERE relnamespace = '$schema'::regnamespace AND relkind = 'r' AND relpersistence = 'p'
  AND relname NOT IN ($own_tables)
ORDER BY relname \gexec
SQL
}

# A setting of the database, so that it survives a restart of the server. Earlier sessions don't have it: they
# are terminated when they are idle, so that no statement fails, or after ten seconds in any case.
set_writing() {
  local began busy try
  began=$(ask <<SQL
SET default_transaction_read_only = off;
SELECT format('ALTER DATABASE %I $1', current_database()) \gexec
SELECT clock_timestamp();
SQL
  ) || fail "the database did not accept the setting; see the output above."
  for try in {1..50}; do
    busy=$(ask --command "
      SELECT count(*) FILTER (WHERE NOT ended) FROM (
        SELECT CASE WHEN state = 'idle' OR $try = 50 THEN pg_terminate_backend(pid) ELSE false END AS ended
        FROM pg_stat_activity
        WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()
          AND backend_start < '$began'
      ) sessions") || fail "the database does not answer; see the output above."
    [[ $busy != 0 ]] || return 0
    sleep 0.2
  done
}

connect
case ${1:-} in
backup | dump | record | drill | prove | list | taken) "$1" ;;
check | restore | vacant | load) "$@" ;;
freeze) set_writing 'SET default_transaction_read_only = on' ;;
thaw) set_writing 'RESET default_transaction_read_only' ;;
rows) digest_rows ;;
*) fail "unknown command ${1:-}; it must be backup, dump, record, drill, prove, list, check, restore, vacant, load, taken, freeze, thaw or rows." ;;
esac
