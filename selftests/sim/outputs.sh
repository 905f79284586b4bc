#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Where output goes, and what it costs.
set -u
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

"$bin/random-circuit" 2 100 >"$tmp/c.bench"
run=("$tw" run logic "$tmp/c.bench" --engine=sequential)
cd "$tmp" || exit

"${run[@]}" --cycles 20 --out right >summary
[ "$(wc -l <right)" = 20 ]
result $? 'a line for each cycle'
grep -q 'peak memory' summary && grep -q 'gate evaluations' summary
result $? 'a summary'

echo old >new && ln -s new link
"${run[@]}" --cycles 20 --out link >summary
cmp -s new right && [ -L link ]
result $? 'the target of a symbolic link is replaced, the link stays'

"${run[@]}" --cycles 20 --out /dev/null >summary
result $? 'a device'
"${run[@]}" --cycles 20 --out /dev/fd/3 3>&1 >summary | cmp -s - right
result $? 'a pipe'
TMPDIR=. "${run[@]}" --cycles 20 --out plain >summary && cmp -s plain right &&
	[ "$(stat -c %a plain)" = "$(printf '%o' $((0666 & ~$(umask))))" ]
result $? 'a new file has the usual mode'
"${run[@]}" --cycles 20 2>stderr >summary && [ ! -s stderr ]
result $? 'nothing is said on a pipe while it runs'

different=0
if command -v script >/dev/null; then
	script -qec "${run[*]} --cycles 300000 --vcd /dev/null" /dev/null >terminal </dev/null
	grep -q 'GVT .* of 300000 cycles .*ETA' terminal
	result $? 'progress is shown on a terminal'
else
	skip 'progress is shown on a terminal' 'there is no script(1)'
fi

for procs in 1 2 3 7; do
	"${run[@]}" --cycles 50 --procs $procs --vcd vcd.$procs --out out.$procs >summary
	cmp -s vcd.$procs vcd.1 || different=1
	cmp -s out.$procs out.1 || different=1
done
result $different 'the files do not depend on the number of processes'
"${run[@]}" --cycles 50 --seed 1 --out seed1 >summary
"${run[@]}" --cycles 50 --seed 2 --out seed2 >summary
cmp -s out.1 seed1 && ! cmp -s seed1 seed2
result $? 'the seed makes the inputs, 1 if none is given'

printf 'INPUT(a)\nINPUT(b)\nOUTPUT(b)\nOUTPUT(a)\nOUTPUT(b)\n' >wires.bench
printf '01\n10' >wires.in
"$tw" run logic wires.bench --engine=sequential --stimulus wires.in --out wires.out >summary
[ "$(tr '\n' / <wires.out)" = 101/010/ ]
result $? 'outputs that are inputs, and come twice; no line end after the last line'
printf 'OUTPUT(q)\nq = DFF(n)\nn = NOT(q)\n' >ring.bench
printf '\n\n\n\n' >ring.in
"$tw" run logic ring.bench --engine=sequential --stimulus ring.in --out ring.out >summary
[ "$(tr '\n' / <ring.out)" = 0/1/0/1/ ]
result $? 'a circuit without inputs'
printf 'INPUT(a)\nb = NOT(a)\n' >blind.bench
"$tw" run logic blind.bench --engine=sequential --cycles 3 --out blind.out --vcd blind.vcd >summary &&
	[ "$(wc -c <blind.out)" = 3 ] && "$here/vcd.awk" blind.vcd >/dev/null
result $? 'a circuit without outputs'

# Twenty times the cycles, and no more memory but for rounding.
"${run[@]}" --cycles 2000 --out o --vcd v --json >few
"${run[@]}" --cycles 40000 --out o --vcd v --json >many
few=$(value memory_peak few) many=$(value memory_peak many)
[ "${few:-0}" -gt 0 ] && [ $((many - few)) -lt 1000000 ]
result $? 'memory does not grow with the number of cycles'
finish
