# Makes a Postgres cluster in the directory $1 with the programs of $2, its text
# in the order of the language $3 if that is not empty, or as a standby of the
# cluster in the directory $4 if that is not, says "ready", and removes all of it
# once standard input closes. The other end of standard input is held by the
# process that wants the cluster: the kernel closes it even where that process is
# killed.
dir=$1
bin=$2
language=$3
primary=$4
trap 'rm -rf "$dir"' EXIT

fail() {
	cat "$dir/log"
	exit 1
}

init() {
	"$bin/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --no-sync --locale=C "$@" \
		</dev/null >"$dir/log" 2>&1
}

if [ -n "$primary" ]; then
	"$bin/pg_basebackup" -h "$primary" -U postgres -D "$dir/data" -R -X stream --no-sync -c fast \
		</dev/null >"$dir/log" 2>&1 || fail
else
	# Servers before version 15, or without ICU, know no languages.
	{ [ -n "$language" ] && init --locale-provider=icu --icu-locale="$language"; } || init || fail
fi
cat "$dir/settings.conf" >>"$dir/data/postgresql.conf"
cat "$dir/data/pg_hba.conf" >>"$dir/access.conf"
cat "$dir/access.conf" >"$dir/data/pg_hba.conf"
"$bin/pg_ctl" -D "$dir/data" -l "$dir/log" -w -t 60 start </dev/null >/dev/null 2>&1 || fail

echo ready
read -r _
[ ! -e "$dir/data/postmaster.pid" ] ||
	"$bin/pg_ctl" -D "$dir/data" -m immediate -w stop </dev/null >/dev/null 2>&1
