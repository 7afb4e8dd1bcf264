#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Installs a Postgres server from Debian's packages, where there is none. The
# tests start a cluster of their own from its programs.
set -euo pipefail

if command -v postgres >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null; then
	exit 0
fi
if ! command -v apt-get >/dev/null; then
	echo 'The tests need the Postgres server programs (initdb, postgres) on the PATH: install Postgres 14 or later.' >&2
	exit 1
fi
as_root=$([ "$(id -u)" -eq 0 ] || echo sudo)
# The package would start a cluster that nobody needs.
$as_root mkdir -p /etc/postgresql-common
[ -e /etc/postgresql-common/createcluster.conf ] ||
	echo 'create_main_cluster = false' | $as_root tee /etc/postgresql-common/createcluster.conf >/dev/null
$as_root apt-get update -qq
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends postgresql
