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

# What others write: each a netlist as the oracles read it.
dialect()
{
	cat >"$tmp/dialect.bench"
	compare "$tmp/dialect.bench" 20 5 "${2:-1}" 1
	result $? "$1"
	command -v iverilog >/dev/null || { skip "$1, by Verilog" 'there is no iverilog'; return; }
	verilog "$tmp/dialect.bench"
	result $? "$1, by Verilog"
}

# names PREFIX FROM TO
names()
{
	seq -s, -f "$1%g" "$2" "$3"
}

dialect 'carriage returns, blank lines, no line end' <<<$'# x\r\n\r\ninput(a)\r\n\r\noutput(b)\r\nb = not(a)\r'
dialect 'constants' 2 <<'END'
INPUT(a)
OUTPUT(p)
OUTPUT(q)
OUTPUT(r)
OUTPUT(s)
one = vdd
zero = GND
p = XOR(a, one)
q = DFF(one)
r = NOR(a, zero)
s = VDD
END
dialect 'nothing but constants' <<<$'INPUT(a)\nOUTPUT(s)\nOUTPUT(t)\ns = VDD\nt = DFF(s)'
dialect 'flip-flops in loops' 2 <<<$'INPUT(a)\nOUTPUT(q)\nOUTPUT(s)\nq = DFF(n)\nn = NOT(q)\nr = DFF(s)\ns = DFF(r)\nt = DFF(t)'
dialect 'keywords for names' <<<$'INPUT(INPUT)\nOUTPUT(OUTPUT)\nOUTPUT = AND(INPUT, AND)\nAND = NOT(VDD)\nVDD = GND'
dialect 'gates with one input' <<<$'INPUT(a)\nOUTPUT(b)\nOUTPUT(c)\nb = NAND(a)\nc = XNOR(b)'
dialect 'no gate at all' <<<$'INPUT(a)\nOUTPUT(a)'
for kind in AND nor XNOR; do
	dialect "a $kind of 100 inputs" < <(
		seq -f 'INPUT(i%g)' 100
		printf 'OUTPUT(o)\no = %s(%s)\n' $kind "$(names i 1 100)"
	)
done
printf '\xef\xbb\xbfINPUT(a)\nOUTPUT(b)\nb = NOT(a)\n' >"$tmp/marked.bench"
"$tw" run logic "$tmp/marked.bench" --engine=sequential --cycles 1 >/dev/null
result $? 'a byte order mark'

# As long as the largest of the ISCAS netlists ten times over.
seq 1 100000 | awk 'BEGIN { print "INPUT(a)\nOUTPUT(n100000)\nn0 = BUFF(a)" }
	{ printf "n%d = %s(n%d, n%d)\n", $1, $1 % 3 ? "NAND" : "XOR", $1 - 1, int($1 / 2) }' >"$tmp/long.bench"
stimulus 1 3 1 >"$tmp/in"
timeout 100 "$tw" run logic "$tmp/long.bench" --engine=sequential --stimulus "$tmp/in" --out "$tmp/out" >/dev/null &&
	awk '{ v[0] = $1; for (i = 1; i <= 100000; i++) {
		a = v[i - 1]; b = v[int(i / 2)]; v[i] = i % 3 ? !(a && b) : a != b }
		print v[100000] }' "$tmp/in" | diff - "$tmp/out"
result $? 'a hundred thousand gates in a row'

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
