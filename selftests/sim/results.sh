#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The sequential engine against programs that have nothing in common with it:
# what stands at the outputs at the end of each cycle, every change of every
# net, and, for the outputs, a Verilog simulator's opinion.
set -u
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# compare CIRCUIT CYCLES SEED PROCS CLUSTERS: 0 if outputs and waveform are right.
compare()
{
	local circuit=$1 lines=$2 period

	stimulus "$(inputs "$circuit")" "$lines" "$3" >"$tmp/in"
	"$tw" run logic "$circuit" --engine=sequential --stimulus "$tmp/in" --procs "$4" \
		--clusters "$5" --out "$tmp/out" --vcd "$tmp/vcd" --json >"$tmp/json" || return
	"$bin/oracle" out "$circuit" "$tmp/in" >"$tmp/out.right" || return
	diff "$tmp/out" "$tmp/out.right" >"$tmp/diff" || { note "$tmp/diff"; return 1; }
	period=$(value period "$tmp/json")
	wave "$circuit" "$period" || { note "$tmp/diff"; return 1; }
	tail -n 1 "$tmp/vcd" | grep -qx "#$((lines * period))"
}

# A waveform gives the values after what happens at time 0, the oracle those
# before and what happens.
wave()
{
	"$bin/oracle" wave "$1" "$tmp/in" "$2" |
		awk '$1 == "rest" { v[$2] = $3; next }
		     $1 == 0 { v[$2] = $3; next }
		     { print }
		     END { for (n in v) print 0, n, v[n] }' | sort >"$tmp/wave.right"
	"$here/vcd.awk" "$tmp/vcd" >"$tmp/wave" || return
	sort "$tmp/wave" | diff - "$tmp/wave.right" >"$tmp/diff"
}

# verilog CIRCUIT
verilog()
{
	"$here/bench2v.awk" "$1" >"$tmp/bench.v"
	cp "$tmp/in" "$tmp/stimulus"
	(cd "$tmp" && iverilog -g2012 -o bench.vvp bench.v && vvp bench.vvp) >"$tmp/out.verilog" ||
		return
	diff "$tmp/out" "$tmp/out.verilog" >"$tmp/diff" || { note "$tmp/diff"; return 1; }
}

status=0
for seed in $(seq 1 60); do
	"$bin/random-circuit" "$seed" >"$tmp/random.bench"
	elements=$(grep -c = "$tmp/random.bench")
	procs=$((seed % 4 + 1))
	[ "$procs" -le "$elements" ] || procs=1
	compare "$tmp/random.bench" $((seed % 30 + 1)) "$seed" "$procs" $((seed % 3 + 1))
	status=$?
	[ $status = 0 ] || break
done
result $status "60 circuits made at random (the last: random-circuit $seed)"

for name in c17 c432 c880 c6288 s27 s298 s1423 s5378 s9234 s13207; do
	circuit=$(netlist $name)
	if [ -z "$circuit" ]; then
		skip "$name: outputs and waveform" 'the netlist is not here'
		skip "$name: outputs by Verilog" 'the netlist is not here'
		continue
	fi
	compare "$circuit" 25 7 3 1
	result $? "$name: outputs and waveform"
	if command -v iverilog >/dev/null; then
		verilog "$circuit"
		result $? "$name: outputs by Verilog"
	else
		skip "$name: outputs by Verilog" 'there is no iverilog'
	fi
done
finish
