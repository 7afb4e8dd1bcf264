#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Prints where promtool is. Where there is none, it is taken out of Debian's
# package, without installing the server, into the directory given.
set -euo pipefail

into=$1
if command -v promtool; then
	exit 0
fi
if [ ! -x "$into/promtool" ]; then
	if ! command -v apt-get >/dev/null; then
		echo 'The rules are checked by promtool, which has to be on the PATH: install Prometheus.' >&2
		exit 1
	fi
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
	chmod 755 "$work"
	(
		cd "$work"
		if ! apt-get -qq download prometheus 2>/dev/null; then
			$([ "$(id -u)" -eq 0 ] || echo sudo) apt-get -qq update
			apt-get -qq download prometheus
		fi
		dpkg-deb --extract prometheus_*.deb .
	) >&2
	mkdir -p "$into"
	cp "$work/usr/bin/promtool" "$into/promtool"
fi
echo "$into/promtool"
