#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The telephone network under the sequential engine: the law, and that it is
# the same each time.
set -u
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# calls ARG...: leaves its summary in $tmp/json.
calls()
{
	"$tw" run calls --engine=sequential --json "$@" >"$tmp/json"
}

# refuse NAME ARG...
refuse()
{
	local name=$1 status=0
	shift

	"$tw" run calls --engine=sequential "$@" >"$tmp/stdout" 2>"$tmp/stderr" || status=$?
	[ $status = 2 ] && grep -q '^tw: --' "$tmp/stderr" && [ ! -s "$tmp/stdout" ]
	result $? "$name"
}

# near VALUE WANT: within a twentieth.
near()
{
	awk -v n="$1" -v want="$2" 'BEGIN { exit n < 0.95 * want || n > 1.05 * want }'
}

calls --seed 9 && digest=$(value digest "$tmp/json")
calls --seed 9 && [ "$digest" = "$(value digest "$tmp/json")" ]
result $? 'the same each time'
calls --seed 10 && [ "$digest" != "$(value digest "$tmp/json")" ]
result $? 'but with another seed'

calls --exchanges 10 --mean 0.5 --end 1000 && near "$(value calls "$tmp/json")" 20000
result $? 'calls come at the rate that exchanges and mean make'

# Erlang's loss formula: 3 lines and an offered load of 3 refuse 27/78 of the calls.
calls --exchanges 1 --lines 3 --mean 1 --hold 3 --delay 1e-6 --end 20000 &&
	near "$(value refused "$tmp/json")" "$(awk -v n="$(value calls "$tmp/json")" \
		'BEGIN { print n * 4.5 / (1 + 3 + 4.5 + 4.5) }')"
result $? "refused are as many as Erlang's formula has it"

calls --lines 0 && [ "$(value refused "$tmp/json")" = "$(value calls "$tmp/json")" ]
result $? 'no lines'
calls --lines 100000 && [ "$(value refused "$tmp/json")" = 0 ]
result $? 'lines for all'
calls --end 0 && [ "$(value calls "$tmp/json")" = 0 ]
result $? 'no calls'
[ "$(value live_peak "$tmp/json")" = 0 ]
result $? 'nor messages'

# Each counts as TW_MEMORY_MESSAGE. At the start there is one for each exchange, the call
# that comes next; with no line a call adds one at the most.
calls --exchanges 7 --lines 0 --mean 1000 --end 1e6 --delay 1e-3 && live=$(value live_peak "$tmp/json") &&
	[ $((live % 192)) = 0 ] && [ "$live" -ge $((7 * 192)) ] && [ "$live" -le $((9 * 192)) ]
result $? 'live messages'

refuse 'a number of processes' --procs 2
refuse 'no exchanges' --exchanges 0
refuse 'no mean' --mean 0
refuse 'no number' --hold never
finish
