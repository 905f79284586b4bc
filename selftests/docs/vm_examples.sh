#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The documents' programs print what the documents say, each time, and so do the
# commands.
set -u

cd "$(dirname "$0")" || exit
[ -e /dev/timewarp ] || {
	echo '1..0 # SKIP no /dev/timewarp'
	exit 4
}
here=$PWD
tests=0 failures=0
tmp=$(mktemp -d)
log=$tmp/log
trap 'rm -rf "$tmp"' EXIT

# result STATUS NAME: what is in the log tells why.
result()
{
	tests=$((tests + 1))
	if [ "$1" = 0 ]; then
		echo "ok $tests $2"
	else
		failures=$((failures + 1))
		echo "not ok $tests $2"
		sed 's/^/# /' "$log"
	fi
}

for expected in *.expected; do
	program=${expected%.expected}
	for run in 1 2 3; do
		"./$program" | diff "$expected" - >"$log"
		result $? "$program, run $run"
	done
done

# ---- commands

# A summary has the same lines, whatever the numbers. What comes from both outputs mixes.
lines()
{
	sed -E 's/[0-9]+(\.[0-9]+)?/N/g; s/ +/ /g; /^$/d' "$1" | sort
}

# check COMMAND: it prints what is in $tmp/shown, if anything is.
check()
{
	local status

	timeout 250 bash -c "$1" >"$tmp/printed" 2>&1
	status=$?
	cp "$tmp/printed" "$log"
	if [ $status = 0 ] && [ -s "$tmp/shown" ]; then
		case $1 in
		'tw '*) diff <(lines "$tmp/shown") <(lines "$tmp/printed") ;;
		*) diff "$tmp/shown" "$tmp/printed" ;;
		esac >"$log"
		status=$?
	fi
	result $status "$1"
}

cp "$here"/input/* "$tmp" && cd "$tmp" && grep -q '^# ' "$here/sessions.txt"
result $? 'there are commands, and what they read'
command=
while IFS= read -r line || [ -n "$command" ]; do
	case $line in
	'# '* | '') # empty: behind the last one
		[ -z "$command" ] || check "$command" </dev/null
		command=${line#\# }
		: >shown
		;;
	*) printf '%s\n' "$line" >>shown ;;
	esac
done <"$here/sessions.txt"
echo "1..$tests"
[ $failures = 0 ]
