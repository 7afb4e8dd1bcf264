# Runs the PgBouncer $2 with the configuration of the directory $1, says "ready",
# and ends it and removes the directory once standard input closes.
dir=$1
trap 'rm -rf "$dir"' EXIT

# Its own log is no part of what is said here.
"$2" "$dir/bouncer.ini" </dev/null >/dev/null 2>&1 &
bouncer=$!
until [ -S "$dir/.s.PGSQL.6432" ]; do
	kill -0 "$bouncer" 2>/dev/null || { cat "$dir/log"; exit 1; }
	sleep 0.02
done

echo ready
read -r _
kill -KILL "$bouncer" 2>/dev/null
wait "$bouncer" 2>/dev/null
true
