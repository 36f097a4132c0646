# Gives the role the password of the Secret while the server runs, so that a rotation restarts nothing:
# open connections go on, and only new ones need the new password. The kubelet renews the mounted
# file up to 90 seconds after the Secret.
set -u
file=/run/secrets/database/POSTGRES_PASSWORD
# Empty: set it once in any case, because the Secret may have changed while this container was away.
applied=

# Sent to process 1, which ignores what it has no handler for.
trap 'exit 0' TERM INT

# The statement goes through standard input, never through an argument that a process list shows,
# and stays out of the log if it fails. Quotes are doubled, as SQL asks; backslashes are plain. The
# disk guard may have made the database read only.
set_password() {
  identifier=$(printf %s "$POSTGRES_USER" | sed 's/"/""/g')
  literal=$(printf %s "$1" | sed "s/'/''/g")
  printf "ALTER ROLE \"%s\" PASSWORD '%s';\n" "$identifier" "$literal" |
    PGPASSWORD=${applied:-$POSTGRES_PASSWORD} \
    PGOPTIONS='-c default_transaction_read_only=off -c log_statement=none -c log_min_error_statement=panic -c log_min_duration_statement=-1 -c standard_conforming_strings=on' \
      psql --no-psqlrc --quiet --host /var/run/postgresql --username "$POSTGRES_USER" \
      --dbname postgres --set ON_ERROR_STOP=1 >/tmp/refusal 2>&1
}

while :; do
  password=$(cat "$file")
  if [ -n "$password" ] && [ "$password" != "$applied" ] && set_password "$password"; then
    [ -z "$applied" ] || echo "the password of the Secret has changed: the role has it now"
    applied=$password
  fi
  sleep 1 &
  wait $!
done
