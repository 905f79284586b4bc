#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A division by zero in wrong futures: it is undone each time, and the answers
# are those of the sequential engine.
set -u
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
cd "$tmp" || exit

# For the question to overtake the divisor, that must take longer than a slow kernel, or
# a loaded one, takes for everything else.
rounds=20
[ $slow = 0 ] || rounds=10

# divide NAME ARG...
divide()
{
	local name=$1
	shift

	if timeout 250 "$tw" run divide --rounds $rounds --verify --json "$@" >json 2>stderr; then
		grep -q '"verified":true' json && [ ! -s stderr ]
	else
		false
	fi
	local status=$?
	[ $status = 0 ] || note stderr
	result $status "$name"
}

for grain in 10000 100000 500000; do
	timeout 250 "$tw" run divide --rounds $rounds --json --procs 2 --grain-us "$grain" >json
	[ "$(value failures json)" -lt $((rounds / 4)) ] || break
done
divide 'the divisor is late' --procs 2 --grain-us "$grain"
[ "$(value answers json)" = $rounds ]
result $? 'all divisions are there'
[ "$(value failures json)" -gt 0 ]
result $? 'processes have died of it, and nobody heard of that'
divide 'everybody is on his own' --procs 4 --cancellation lazy
divide 'in strict mode' --procs 2 --strict
divide 'one process is never wrong' --procs 1
[ "$(value failures json)" = 0 ]
result $? 'nothing dies'
finish
