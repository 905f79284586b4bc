#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A division by zero in wrong futures: it is undone each time, and the answers
# are those of the sequential engine.
set -u
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
cd "$tmp" || exit

rounds=20
[ $slow = 0 ] || rounds=10

# divided ARG...: nobody heard of a death, either.
divided()
{
	verified divide --rounds $rounds "$@" && [ ! -s stderr ]
}

# divide NAME ARG...
divide()
{
	local name=$1
	shift

	divided "$@"
	result $? "$name"
}

# For the question to overtake the divisor, that must take longer than a slow kernel, or
# a loaded one, takes for everything else.
late()
{
	local grain

	for grain in 10000 100000 500000; do
		divided --procs 2 --grain-us "$grain" || return
		[ "$(value failures json)" = 0 ] || return 0
	done
	return 1
}

late
result $? 'the divisor is late, and processes die of that'
[ "$(value answers json)" = $rounds ]
result $? 'all divisions are there'
divide 'everybody is on his own' --procs 4 --cancellation lazy
divide 'in strict mode' --procs 2 --strict
divide 'one process is never wrong' --procs 1
[ "$(value failures json)" = 0 ]
result $? 'nothing dies'
finish
