#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The documents' programs print what the documents say, each time.
set -u

cd "$(dirname "$0")" || exit
[ -e /dev/timewarp ] || {
	echo '1..0 # SKIP no /dev/timewarp'
	exit 4
}
tests=0 failures=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT
for expected in *.expected; do
	program=${expected%.expected}
	for run in 1 2 3; do
		tests=$((tests + 1))
		if "./$program" | diff "$expected" - >"$log"; then
			echo "ok $tests $program, run $run"
		else
			failures=$((failures + 1))
			echo "not ok $tests $program, run $run"
			sed 's/^/# /' "$log"
		fi
	done
done
echo "1..$tests"
[ $failures = 0 ]
