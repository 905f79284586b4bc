# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034
#
# What the tests share. They report in TAP; each works in a directory of its
# own, $tmp. $tw is the tool, $bin has the helper programs, $data the netlists and
# networks that the tests may use when they are there.

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

# verified ARG...: 0 if this run comes to what the sequential engine comes to. Its
# summary is left in json.
verified()
{
	timeout 250 "$tw" run "$@" --verify --json >json 2>stderr && grep -q '"verified":true' json &&
		return
	note stderr
	return 1
}

# races NAME FIELD MODEL ARG...: a run that is verified, again and again until FIELD of
# its summary is not zero. What depends on who comes first need not happen each time.
races()
{
	local name=$1 field=$2
	shift 2

	for _ in {1..20}; do
		verified "$@" || break
		[ "$(value "$field" json)" = 0 ] || break
	done
	grep -q '"verified":true' json && [ "$(value "$field" json)" -gt 0 ]
	result $? "$name"
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

# topology NAME: the path of one of the networks.
topology()
{
	find "$data" -name "$1.graphml" 2>/dev/null | head -n 1
}

# As the map writes a label.
escape()
{
	sed "s/&/\&#38;/g; s/</\&#60;/g; s/>/\&#62;/g; s/\"/\&#34;/g; s/'/\&#39;/g"
}

# compare_net FILE FLOWS RATE SIZE SECONDS BUFFER BANDWIDTH SEED [ARG...]: 0 if
# flows, packets and the map's links are what the oracle says. Leaves net.csv,
# net.packets, net.svg and net.json.
compare_net()
{
	local args=("${@:1:8}")
	shift 8

	[ $# -gt 0 ] || set -- --engine=sequential
	timeout 250 "$tw" run net "${args[0]}" --flows "${args[1]}" --rate "${args[2]}" \
		--size "${args[3]}" --duration "${args[4]}" --buffer "${args[5]}" \
		--bandwidth "${args[6]}" --seed "${args[7]}" --csv net.csv \
		--packets net.packets --svg net.svg --json "$@" >net.json 2>net.stderr ||
		{ note net.stderr; return 1; }
	{
		"$bin/net-oracle" flows "${args[@]}" | diff - net.csv &&
			"$bin/net-oracle" packets "${args[@]}" | diff - net.packets &&
			diff <("$bin/net-oracle" links "${args[@]}" | escape | sort) \
				<(sed -nE 's|.*<title>(.* to .*: load .*)</title>.*|\1|p' net.svg | sort)
	} >net.diff || { note net.diff; return 1; }
}
