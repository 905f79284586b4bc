#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What all models share: how far ahead, how many at a time, how many snapshots.
# None of it changes a result, and each has its effect.
set -u
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
cd "$tmp" || exit

more=40 every=2
[ $slow = 0 ] || more=10 every=50

# run NAME ARG...
run()
{
	local name=$1
	shift

	verified "$@"
	result $? "$name"
}

# Without the first one of each process that was created.
snapshots()
{
	local spawned

	spawned=$(value spawned json)
	echo $(($(value snapshots json) - ${spawned:-0}))
}

# options WINDOW MODEL ARG...
options()
{
	local window=$1 model=$2 few many
	shift

	races "$model: a window holds processes" throttled "$@" --window "$window" --running all
	run "$model: a window that is learnt" "$@" --window learnt
	run "$model: all at a time" "$@" --running all
	[ "$(value throttled json)" = 0 ]
	result $? "$model: nobody is held"
	races "$model: one at a time, the others are held" throttled "$@" --running 1
	run "$model: rare snapshots" "$@" --snapshot-interval 100000:200000
	few=$(snapshots)
	run "$model: frequent snapshots" "$@" --snapshot-interval 1:2
	# a tenth more there may be by chance
	many=$(snapshots)
	[ "$many" -gt 0 ] && [ $((2 * many)) -gt $((3 * few)) ]
	result $? "$model: there are many more"
}

tw-gen-circuit --bits 4 --rows 1 >small.bench
options 0.5 logic small.bench --procs 3 --cycles 5
options 0.001 net --procs 3 --duration 0.05
options 0.5 phold --procs 3 --lps 12 --remote 0.5 --end 5
options 0.2 divide --procs 4 --rounds 5
options 0.3 calls --exchanges 3 --end 3

# Killed again and again: who is killed must be replaced, and nothing lost.
killed()
{
	races "$1: processes are killed, and replaced" lost \
		"$@" --kill-every $every --snapshot-interval 1:8
}

killed logic small.bench --procs 3 --cycles $more
killed net --procs 3 --duration 0.05
killed phold --state fork --procs 3 --lps 12 --remote 0.5 --end $more --grain-us 200
killed divide --procs 4 --rounds $more
killed calls --exchanges 3 --end 8
finish
