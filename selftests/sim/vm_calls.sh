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

	if timeout 250 "$tw" run calls --verify --json "$@" >json 2>stderr; then
		grep -q '"verified":true' json
		result $? "$name"
	else
		note stderr
		result 1 "$name"
	fi
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

# Room for the exchanges and two sinks, and for no call.
limit=/sys/module/timewarp/parameters/endpoints_per_user
if [ -w $limit ]; then
	old=$(cat $limit)
	echo 6 >$limit
	timeout 250 "$tw" run calls >stdout 2>stderr
	[ $? = 1 ] && [ ! -s stdout ] &&
		grep -Eq '^tw: the run failed: process [1-4] \(exchange\), pid [0-9]+, exited with 1 at virtual time' stderr
	status=$?
	[ $status = 0 ] || note stderr
	echo "$old" >$limit
	result $status 'a run that fails says who has failed'
else
	skip 'a run that fails says who has failed' 'only root may set parameters of the module'
fi
finish
