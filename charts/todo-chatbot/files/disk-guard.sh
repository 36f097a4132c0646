# Makes the database read only before its volume is full, and writable again when there is room. A
# Postgres that can't write its log goes down, and can't start on a full volume; this one goes on reading.
set -u
volume=/app/data
# Room to switch in, whatever fills the volume: it is given up first.
reserve=$volume/.reserve
minimum=$((MINIMUM_FREE_MIB * 1024))
# Where Postgres reads, for the metrics, what only the file system knows.
figures=/var/run/postgresql/data-volume
state=unknown

# Sent to process 1, which ignores what it has no handler for.
trap 'exit 0' TERM INT

make_read_only() {
  PGPASSWORD=$POSTGRES_PASSWORD psql --no-psqlrc --quiet --host /var/run/postgresql \
    --username "$POSTGRES_USER" --dbname postgres --set ON_ERROR_STOP=1 --output /dev/null \
    --command "ALTER SYSTEM SET default_transaction_read_only = $1" \
    --command 'SELECT pg_reload_conf()' --command CHECKPOINT 2>/tmp/refusal
}

while :; do
  # In KiB, as somebody sees it who may not use what is kept for root.
  set -- $(df -Pk "$volume" | tail -n 1)
  size=$2 free=$4
  printf '%s %s\n' $((free * 1024)) $((size * 1024)) >"$figures.new" && mv "$figures.new" "$figures"

  if [ "$free" -lt "$minimum" ] && [ "$state" != full ]; then
    rm -f "$reserve"
    if make_read_only on; then
      state=full
      echo "the volume has $((free / 1024)) of $((size / 1024)) MiB left: the database is read only"
    fi
  # Three times as much, because giving up the reserve made room too.
  elif [ "$free" -ge $((minimum * 3)) ] && [ "$state" != roomy ]; then
    if make_read_only off; then
      state=roomy
      echo "the volume has $((free / 1024)) of $((size / 1024)) MiB left: the database is writable"
      [ -e "$reserve" ] || dd if=/dev/zero of="$reserve" bs=1024 count="$minimum" 2>/dev/null
    fi
  fi
  sleep 2 &
  wait $!
done
