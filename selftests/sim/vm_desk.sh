#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Jobs come in by a port while the simulation runs: what comes late is left out,
# and results and ledger are those of the sequential engine, also where the reader
# of the results is slow.
set -u
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
cd "$tmp" || exit

jobs=150
[ $slow = 0 ] || jobs=40

# lines N DISORDER SEED: so many jobs, whose times are that far out of order.
lines()
{
	awk -v n="$1" -v disorder="$2" -v seed="$3" 'BEGIN {
		srand(seed)
		for (i = 1; i <= n; i++) {
			line = 1000 + 4 * i - int(rand() * (disorder + 1)) " job" i
			for (step = 1 + int(rand() * 4); step; step--)
				line = line " " 1 + int(rand() * 3) ":" 1 + int(rand() * 9)
			print line
		}
	}'
}

# desk NAME ARG...: the summary is left in json, the results in results.
desk()
{
	local name=$1 status
	shift

	timeout 250 "$tw" run desk --verify --json --ledger ledger "$@" >out 2>stderr
	status=$?
	tail -n 1 out >json
	sed '$d' out >results
	[ $status = 0 ] && grep -q '"verified":true' json
	status=$?
	[ $status = 0 ] || note stderr
	result $status "$name"
}

lines $jobs 0 1 >in
desk 'lines in order' in
[ "$(value jobs json)" = $jobs ] && [ "$(value late json)" = 0 ] && [ ! -s stderr ]
result $? 'none is late'
[ "$(wc -l <ledger)" = $jobs ] && [ "$(wc -l <results)" = "$(value steps json)" ]
result $? 'each job is in the ledger, each step is told'
awk '$1 < last { exit 1 } { last = $1 }' ledger
result $? 'the ledger is in the order of time'

lines $jobs 40 2 >in
desk 'lines out of order, as was said' --disorder 40 --running all in
[ "$(value jobs json)" = $jobs ] && [ "$(value late json)" = 0 ] && [ ! -s stderr ]
result $? 'none is late'
desk 'frequent snapshots, strict, by a pipe' --disorder 40 --snapshot-interval 1 --strict < <(cat in)
desk 'processes are killed' --disorder 40 --kill-every 2 --snapshot-interval 1:8 in

desk 'a budget of memory' --disorder 40 --memory 65536 --running all in
[ "$(value memory_budget json)" = 65536 ] && [ "$(value memory_waits json)" -gt 0 ]
result $? 'makes somebody wait'
desk 'hardly any memory, hardly any room for results' --memory 1 --bound 1 --disorder 40 in

# Only who has the same idea of "late" leaves the same jobs out.
"$tw" run desk --engine=sequential --json --disorder 10 in 2>want | tail -n 1 >want.json
desk 'lines further out of order than was said' --disorder 10 in
[ "$(value late json)" -gt 0 ] && [ "$(value late json)" = "$(value late want.json)" ]
result $? 'they are left out'
diff stderr want
result $? 'and told, with their lines'

# One step of one job, then a line that is late, then one that is not.
printf '%s\n' '10 bike 1:3' '5 lamp 2:4' '10 sofa 2:4' >in
desk 'a late line' in
grep -qx 'tw: in:2: lamp comes too late: 5 is past, jobs from 10 on are taken; it is left out (see --disorder)' stderr
result $? 'has its number told'
printf '13 bike 3 balance 3\n14 sofa 4 balance 7\n' | diff - ledger
result $? 'and the others go on'

printf '%s\n' '10 bike 1:3' '11 lamp 9:4' '12 sofa 2:4' >in
"$tw" run desk --ledger ledger in >out 2>stderr
[ $? = 2 ] && grep -q "^tw: in:2: '9:4': give a step as STATION:WORK" stderr
result $? 'a line that is wrong'
printf '13 bike 3 balance 3\n' | diff - ledger && [ "$(cat out)" = '10 station 1: bike, 10 to 13' ]
result $? 'ends the input, and not the job before'

"$tw" run desk --ledger /dev/full in >out 2>stderr
[ $? = 1 ] && grep -Eq '^tw: the run failed: process 4 \(clerk\), pid [0-9]+, exited with 1 at virtual time 13' stderr
result $? 'a ledger that cannot be written'

# answer LINE...: say these, and read one line of what comes back.
answer()
{
	printf '%s\n' "$@" >&"${LIVE[1]}"
	read -r -t 120 reply <&"${LIVE[0]}"
}

# Whoever asks waits for the answer, while the input stays open.
coproc LIVE { exec "$tw" run desk --ledger ledger; }
live=$LIVE_PID
answer '10 bike 1:3 2:5' 12 && [ "$reply" = '10 station 1: bike, 10 to 13' ] &&
	answer 20 && [ "$reply" = '13 station 2: bike, 13 to 18' ] &&
	answer '25 lamp 1:1' 27 && [ "$reply" = '25 station 1: lamp, 25 to 26' ]
result $? 'questions are answered while it runs'
eval "exec ${LIVE[1]}>&-"
wait "$live"
result $? 'the end of the input is its end'

# pushed_back: a domain in which a process has waited for the reader.
pushed_back()
{
	grep -qs '^pushed_back [1-9]' /sys/kernel/debug/timewarp/*/stat
}

# Nobody reads before a station waits for it: the pipe has no room for all, and the
# window lets no station write much that is not committed and does not count.
lines 600 0 3 >in
mkfifo pipe
timeout 250 "$tw" run desk --verify --json --ledger ledger --bound 1000 --window 20 in >pipe 2>stderr &
exec 3<pipe
until pushed_back || ! kill -0 $! 2>/dev/null; do
	sleep 0.1
done
pushed_back
result $? 'a station waits for the reader'
cat <&3 >out
wait $!
status=$?
tail -n 1 out >json
[ $status = 0 ] && grep -q '"verified":true' json && [ "$(value pushed_back json)" -gt 0 ]
status=$?
[ $status = 0 ] || note stderr
result $status 'and nothing is lost'
[ "$(($(wc -l <out) - 1))" = "$(value steps json)" ]
result $? 'nor told twice'
finish
