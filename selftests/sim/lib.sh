# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034
#
# What the tests share. They report in TAP; each works in a directory of its
# own, $tmp. $tw is the tool, $bin has the helper programs, $data the netlists
# that the tests may use when they are there.

here=$(cd "$(dirname "$0")" && pwd)
tw=${TW:-tw}
bin=${BIN:-$here}
data=${DATA:-$here/data}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
tests=0 failures=0

# A kernel that checks everything takes its time: a part of the work must do.
slow=0
[ ! -e /proc/lockdep ] || slow=1

# result STATUS NAME: one test's result.
result()
{
	tests=$((tests + 1))
	if [ "$1" = 0 ]; then
		echo "ok $tests $2"
	else
		failures=$((failures + 1))
		echo "not ok $tests $2"
	fi
}

skip()
{
	tests=$((tests + 1))
	echo "ok $tests $1 # SKIP $2"
}

# note FILE: show it beside the results.
note()
{
	head -n 20 "$1" | sed 's/^/# /'
}

finish()
{
	echo "1..$tests"
	[ $failures = 0 ]
	exit
}

# netlist NAME: the path of one of the netlists.
netlist()
{
	find "$data" -name "$1.bench" 2>/dev/null | head -n 1
}

# value KEY FILE: a number or a word of a summary in JSON.
value()
{
	sed -nE "s/.*\"$1\":\"?([^,\"}]*).*/\\1/p" "$2"
}

# stimulus WIDTH LINES SEED
stimulus()
{
	awk -v width="$1" -v lines="$2" -v seed="$3" 'BEGIN {
		srand(seed)
		for (n = 0; n < lines; n++) {
			line = ""
			for (i = 0; i < width; i++)
				line = line (rand() < 0.5)
			print line
		}
	}'
}

# inputs CIRCUIT: how many there are.
inputs()
{
	"$tw" run logic "$1" --engine=sequential --cycles 1 --json >"$tmp/inputs.json" || return
	value inputs "$tmp/inputs.json"
}
