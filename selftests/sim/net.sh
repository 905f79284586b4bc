#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The network under the sequential engine: against a program that has nothing
# in common with it, byte by byte, and against what queueing theory says.
set -u
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
cd "$tmp" || exit

for seed in $(seq 1 60); do
	"$bin/random-network" "$seed" >random.graphml
	compare_net random.graphml 20 200 1000 1 $((seed % 7)) 1e6 "$seed"
	status=$?
	[ $status = 0 ] || break
done
result "$status" "60 networks made at random (the last: random-network $seed)"

if command -v xmllint >/dev/null; then
	xmllint --noout random.graphml net.svg 2>xmllint.log
	status=$?
	note xmllint.log
	result $status 'the map of a random network is well-formed'
else
	skip 'the map of a random network is well-formed' 'there is no xmllint'
fi

for name in Abilene Cogentco Kdl; do
	network=$(topology $name)
	if [ -z "$network" ]; then
		skip "$name" 'the topology is not here'
		continue
	fi
	compare_net "$network" 50 200 1000 1 5 2e6 7
	result $? "$name"
done

# read_net FILE: it can be simulated, and the map of it is XML.
read_net()
{
	"$tw" run net "$1" --engine=sequential --duration 0.1 --svg net.svg >summary || return
	! command -v xmllint >/dev/null || xmllint --noout net.svg
}

status=0 networks=0
while read -r network; do
	networks=$((networks + 1))
	read_net "$network" || status=1
done < <(find "$data" -name '*.graphml' 2>/dev/null)
if [ $networks -gt 0 ]; then
	result $status 'every topology that is here is read'
else
	skip 'every topology that is here is read' 'there is none'
fi

compare_net "${SOURCE:-$here/../../tools}/sim/net/europe.graphml" 100 100 1000 1 50 1e7 1 &&
	mv net.csv file.csv &&
	"$tw" run net --engine=sequential --duration 1 --csv net.csv >summary && cmp net.csv file.csv
result $? 'the built-in network, and all defaults'

# ---- one link, of 1 ms a packet

cat >link.graphml <<'END'
<graphml>
  <graph edgedefault="directed">
    <node id="a"/>
    <node id="b"/>
    <edge source="a" target="b"/>
  </graph>
</graphml>
END

# one_link ARG...: the mean time that packets wait, and the part that is lost, in $wait and $loss.
one_link()
{
	"$tw" run net link.graphml --engine=sequential --bandwidth 8e6 --json "$@" >json || return
	wait=$(awk -v mean="$(value delay_mean_ns json)" 'BEGIN { print mean / 1e6 - 2 }')
	loss=$(awk -v n="$(value packets_sent json)" -v lost="$(value packets_lost json)" 'BEGIN { print lost / n }')
}

# near VALUE WANTED TOLERANCE
near()
{
	awk -v value="$1" -v want="$2" -v part="$3" 'BEGIN {
		off = value / want - 1
		if (off < 0)
			off = -off
		if (off > part)
			print "# " value " instead of " want
		exit off > part
	}'
}

# Pollaczek and Khinchine: with constant service S and load r, r S / 2 (1 - r).
for load in 3 5 8; do
	one_link --flows 1 --rate $((load * 100)) --duration 1000 --buffer 1000000 &&
		near "$wait" "$(awk -v r=0.$load 'BEGIN { print r / 2 / (1 - r) }')" 0.02 &&
		[ "$loss" = 0 ]
	result $? "M/D/1 at a load of 0.$load: the mean wait"
done
one_link --flows 8 --rate 100 --duration 1000 --buffer 1000000 && near "$wait" 2 0.03
result $? 'M/D/1 with eight flows that share the link'

# The part of M/D/1/K that is lost, from the states that departures leave (Gross and Harris).
blocked()
{
	awk -v r="$1" -v k="$2" 'BEGIN {
		a[0] = exp(-r)
		for (i = 0; i < k; i++)
			a[i + 1] = a[i] * r / (i + 1)
		p[0] = sum = 1
		for (j = 0; j < k - 1; j++) {
			x = p[j] - p[0] * a[j]
			for (i = 1; i <= j; i++)
				x -= p[i] * a[j - i + 1]
			sum += p[j + 1] = x / a[0]
		}
		print 1 - 1 / (1 / sum + r)
	}'
}

for case in 0.5:0 0.8:2 0.9:5 1.2:4 2:10; do
	load=${case%:*} buffer=${case#*:}
	one_link --flows 1 --rate "$(awk -v r="$load" 'BEGIN { print 1000 * r }')" --duration 1000 \
		--buffer "$buffer" && near "$loss" "$(blocked "$load" $((buffer + 1)))" 0.03
	result $? "M/D/1/K at a load of $load and a buffer of $buffer: the part that is lost"
done

# ---- what is true of every run

"$tw" run net --engine=sequential --flows 300 --duration 2 --csv flows.csv --packets packets.csv \
	--json >json
awk -F '"?,"?' 'NR > 1 && $8 != $9 + $10 + $11 { bad = 1 } END { exit bad || NR != 301 }' flows.csv
result $? 'in each flow, what is sent is received, lost or in flight'
awk -F '"?,"?' 'NR > 1 && $9 && ($13 < $7 || $14 < $13 || $15 < $14) { bad = 1 } END { exit bad }' \
	flows.csv
result $? 'no packet is faster than its path, and the mean is between the extremes'
[ "$(grep -c received packets.csv)" = "$(value packets_received json)" ] &&
	[ "$(grep -c lost packets.csv)" = "$(value packets_lost json)" ] && [ "$(value packets_lost json)" -gt 0 ]
result $? 'a line for each packet that was received or lost'
sort -s -t , -k 1,1n packets.csv | cmp - packets.csv
result $? 'in the order of time'

"$tw" run net --engine=sequential --seed 2 --csv other.csv --flows 300 --duration 2 >summary
! cmp -s flows.csv other.csv
result $? 'another seed, other flows'
"$tw" run net --engine=sequential --procs 5 --csv other.csv --flows 300 --duration 2 >summary
cmp flows.csv other.csv
result $? 'another number of processes, the same'

"$tw" run net --engine=sequential --duration 1 --packets packets.csv --json >few
"$tw" run net --engine=sequential --duration 50 --packets packets.csv --json >many
few=$(value memory_peak few) many=$(value memory_peak many)
[ "${few:-0}" -gt 0 ] && [ $((many - few)) -lt 1000000 ]
result $? 'memory does not grow with the duration'
finish
