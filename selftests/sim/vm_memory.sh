#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Runs within a budget of memory: what the messages of the sequential run take at
# their peak, and so much for each process, is enough, and is never exceeded. It is
# less than what is promised.
set -u
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
cd "$tmp" || exit

end=10 cycles=40 seconds=0.2
if [ $slow = 1 ]; then
	end=1 cycles=5 seconds=0.05
fi

# TW_MEMORY_PROCESS: half of what is promised to a domain with spares.
each=65536

# sequential MODEL ARG...: its live messages at their peak, in bytes, in $live.
sequential()
{
	"$tw" run "$@" --engine=sequential --json >json || return
	live=$(value live_peak json)
}

# within NAME PROCS BUDGET MODEL ARG...
within()
{
	local name=$1 procs=$2 budget=$3
	shift 3

	verified "$@" --procs "$procs" --memory "$budget" &&
		[ "$(value memory_budget json)" = "$budget" ]
	result $? "$name"
}

# enough NAME PROCS MODEL ARG...
enough()
{
	local name=$1 procs=$2 budget peak
	shift 2

	sequential "$@" && [ "$live" -gt 0 ]
	result $? "$name: live messages"
	budget=$((live + each * procs))
	within "$name: enough memory" "$procs" $budget "$@"
	peak=$(value memory_budget_peak json)
	[ "$peak" -gt 0 ] && [ "$peak" -le $budget ]
	result $? "$name: not more"
}

phold="phold --lps 32 --remote 0.5 --start-events 8 --end $end"
# shellcheck disable=SC2086 # several words
{
	enough 'PHOLD' 4 $phold --state fork --running all
	races 'PHOLD: a quarter of its live messages, processes wait' memory_waits $phold \
		--procs 4 --memory $((live / 4)) --state fork --running all
	enough 'PHOLD, lazy' 2 $phold --state fork --cancellation lazy
	enough 'PHOLD in place' 4 $phold --state copy --running all
	enough 'PHOLD, reversed' 2 $phold --state reverse
	within 'PHOLD: too little memory' 2 1 $phold
}
[ "$(value memory_budget_peak json)" -gt 1 ]
result $? 'more than the budget is taken then, and that is told'

"$bin/random-circuit" 1 300 >random.bench
enough 'a random circuit' 4 logic random.bench --cycles $cycles
for name in s1423 s5378; do
	circuit=$(netlist $name)
	if [ -n "$circuit" ]; then
		enough $name 2 logic "$circuit" --cycles $((cycles / 4 + 1))
	else
		skip $name 'the netlist is not here'
	fi
done
enough 'a network' 3 net --duration $seconds
finish
