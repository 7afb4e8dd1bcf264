#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Installs a Postgres server and a PgBouncer from Debian's packages, where there
# is none. The tests start their own from these programs.
set -euo pipefail

missing=()
command -v postgres >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null ||
	missing+=(postgresql)
command -v pgbouncer >/dev/null || [ -x /usr/sbin/pgbouncer ] || missing+=(pgbouncer)
[ ${#missing[@]} -gt 0 ] || exit 0
if ! command -v apt-get >/dev/null; then
	echo 'The tests need PgBouncer, and the server programs of Postgres 14 or later (initdb, postgres), on the PATH.' >&2
	exit 1
fi
as_root=$([ "$(id -u)" -eq 0 ] || echo sudo)
# The packages would start servers that nobody needs.
$as_root mkdir -p /etc/postgresql-common
[ -e /etc/postgresql-common/createcluster.conf ] ||
	echo 'create_main_cluster = false' | $as_root tee /etc/postgresql-common/createcluster.conf >/dev/null
$as_root apt-get update -qq
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${missing[@]}"
if [[ " ${missing[*]} " == *' pgbouncer '* ]] && command -v systemctl >/dev/null; then
	$as_root systemctl disable --now --quiet pgbouncer || true # it runs, where it can, before this line
fi
