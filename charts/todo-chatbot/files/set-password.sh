# Gives the role the password of the Secret before the server accepts clients, so that a changed
# Secret works with data that exist already. An empty volume is left to the image's entry point.
set -eu
[ -s "$PGDATA/PG_VERSION" ] || exit 0

# A volume that was restored or moved may have lost the mode that Postgres insists on.
chmod 700 "$PGDATA"

# The statement goes through standard input, never through an argument that a process list shows,
# and stays out of the log if it fails. Quotes are doubled, as SQL asks; backslashes are plain. The
# disk guard may have left the database read only.
identifier=$(printf %s "$POSTGRES_USER" | sed 's/"/""/g')
literal=$(printf %s "$POSTGRES_PASSWORD" | sed "s/'/''/g")
printf "ALTER ROLE \"%s\" PASSWORD '%s';\n" "$identifier" "$literal" |
  postgres --single -D "$PGDATA" \
    -c default_transaction_read_only=off -c exit_on_error=on -c log_statement=none -c log_min_error_statement=panic \
    -c log_checkpoints=off -c standard_conforming_strings=on postgres >/dev/null
