#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Circuits cut into processes that run ahead and roll back: the same outputs
# and the same waveform as the sequential engine's, byte by byte, and the
# outputs that another program finds.
set -u
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
cd "$tmp" || exit

# simulate CIRCUIT CYCLES ARG...: leaves the summary in $tmp/json.
simulate()
{
	local circuit=$1 cycles=$2
	shift 2

	stimulus "$(inputs "$circuit")" "$cycles" 3 >in
	timeout 250 "$tw" run logic "$circuit" --stimulus in --out out --vcd vcd --verify --json \
		"$@" >json 2>stderr || { note stderr; return 1; }
	"$bin/oracle" out "$circuit" in | cmp - out
}

names='c17 c432 c6288 s27 s298 s1423 s5378 s9234 s13207'
seeds='1 2 3 4 5 6'
cycles=8 more=20
if [ $slow = 1 ]; then
	names='c17 s27 s5378'
	seeds='2 3'
	cycles=2 more=4
fi

for name in $names; do
	circuit=$(netlist "$name")
	for procs in 2 4; do
		if [ -z "$circuit" ]; then
			skip "$name in $procs processes" 'the netlist is not here'
			continue
		fi
		simulate "$circuit" $cycles --procs $procs
		result $? "$name in $procs processes"
		[ "$name" = s5378 ] || continue
		[ "$(value primary json)" -gt 0 ]
		result $? 'it rolls back'
	done
done

for seed in $seeds; do
	"$bin/random-circuit" "$seed" 80 >random.bench
	procs=$((seed % 4 + 1))
	simulate random.bench $more --procs $procs --clusters $((seed % 3 + 1))
	result $? "random-circuit $seed 80 in $procs processes"
done
for cancellation in aggressive lazy; do
	simulate random.bench $more --procs 3 --cancellation $cancellation --window 2
	result $? "$cancellation cancellation"
done
simulate random.bench $((more / 4 + 1)) --procs 3 --snapshot-interval 1
result $? 'a snapshot before every event'
simulate random.bench $more --procs 3 --window 0
result $? 'no window'

tw-gen-circuit --bits 8 --rows 2 >multiplier.bench
simulate multiplier.bench $more --procs 4
result $? 'the generated multiplier'

# Twenty times the cycles: what is committed is freed, here and in the kernel.
tw-gen-circuit --bits 4 --rows 1 >small.bench
for n in 10 200; do
	timeout 250 "$tw" run logic small.bench --procs 2 --cycles $((n * more)) \
		--out o --vcd v --json >memory.$n
done
few=$(value memory_peak memory.10) most=$(value memory_peak memory.200)
[ "${few:-0}" -gt 0 ] && [ $((most - few)) -lt 1000000 ]
result $? 'memory does not grow with the number of cycles'

# Threads of the kernel come and go, and are not meant.
programs()
{
	grep -L '^PPid:[[:space:]]2$' /proc/[0-9]*/status 2>/dev/null | wc -l
}

before=$(programs)
timeout 60 "$tw" run logic random.bench --procs 3 --out /dev/full --verify \
	>stdout 2>stderr
[ $? = 2 ] && grep -q '/dev/full' stderr
result $? 'an output that cannot be verified is refused'
timeout 60 "$tw" run logic multiplier.bench --procs 2 --cycles 100000 --vcd /dev/full >stdout 2>stderr
[ $? = 2 ] && grep -q 'No space' stderr && [ ! -s stdout ]
result $? 'a full disk ends the run'
timeout 5 "$tw" run logic random.bench --procs 3 --cycles 10000000 --out late >stdout 2>stderr
[ $? = 124 ] && [ ! -e late ] && [ -z "$(find . -name 'late*')" ]
result $? 'a run that is ended from outside leaves no output'
for _ in 1 2 3 4 5 6 7 8 9 10; do
	[ "$(programs)" -gt "$before" ] || break
	sleep 1
done
[ "$(programs)" -le "$before" ]
result $? 'and no process'
finish
