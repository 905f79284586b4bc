#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The telephone network in processes that come and go: every call goes as it
# does under the sequential engine.
set -u
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
cd "$tmp" || exit

end=8
[ $slow = 0 ] || end=2

# calls NAME ARG...
calls()
{
	local name=$1
	shift

	verified calls "$@"
	result $? "$name"
}

calls 'four exchanges' --end $end
[ "$(value spawned json)" -ge "$(value calls json)" ]
result $? 'each call is a process'
[ $(($(value spawned json) - $(value unspawned json))) = "$(value calls json)" ]
result $? 'and no others are left'
calls 'hardly any line, and nobody held' --running all --lines 1 --mean 0.5 --end $((end / 2)) --seed 2
calls 'lazy cancellation' --lines 2 --cancellation lazy --end $end --seed 3
calls 'a snapshot before every event' --exchanges 2 --snapshot-interval 1 --end $((end / 2)) --seed 4
calls 'strict mode' --strict --end $((end / 2)) --seed 6
calls 'one exchange' --exchanges 1 --mean 0.3 --end $((end / 2)) --seed 5

# Killed all at once, again and again: that cannot be survived, and is told.
"$tw" run calls --end 1e6 >stdout 2>stderr &
guardian=$!
until grep -qs '^committed [1-9]' /sys/kernel/debug/timewarp/*/stat || ! kill -0 $guardian; do
	sleep 0.1
done
children=/proc/$guardian/task/$guardian/children
while mapfile -d ' ' -t tasks <"$children" && [ ${#tasks[@]} -gt 0 ]; do
	kill -KILL "${tasks[@]}"
done 2>/dev/null
wait $guardian
[ $? = 1 ] && [ ! -s stdout ] &&
	grep -Eq '^tw: the run failed: process [0-9]+ \((exchange|call)\)' stderr
status=$?
[ $status = 0 ] || note stderr
result $status 'a run that fails says who has failed'
finish
