#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# PHOLD under the sequential engine: the law, and that it is the same each time.
set -u
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# phold ARG...: leaves its summary in $tmp/json.
phold()
{
	"$tw" run phold --engine=sequential --json "$@" >"$tmp/json"
}

# refuse NAME ARG...
refuse()
{
	local name=$1 status=0
	shift

	"$tw" run phold --engine=sequential "$@" >"$tmp/stdout" 2>"$tmp/stderr" || status=$?
	[ $status = 2 ] && grep -q '^tw: --' "$tmp/stderr" && [ ! -s "$tmp/stdout" ]
	result $? "$name"
}

phold --lps 30 --remote 0.3 --seed 9 && digest=$(value digest "$tmp/json")
phold --lps 30 --remote 0.3 --seed 9 --procs 7 && [ "$digest" = "$(value digest "$tmp/json")" ]
result $? 'what objects handle does not depend on where they are'
phold --lps 30 --remote 0.3 --seed 10 && [ "$digest" != "$(value digest "$tmp/json")" ]
result $? 'but on the seed'

# Each of the events in flight is handled about once in the mean delay.
near()
{
	awk -v n="$(value model_events "$tmp/json")" -v want="$1" \
		'BEGIN { exit n < 0.97 * want || n > 1.03 * want }'
}

phold --lps 100 --start-events 3 --end 200 --mean 2 --lookahead 0.5 && near 30000
result $? 'events come at the rate that start events and mean delay make'
phold --lps 10 --end 100 --mean 1 --lookahead 1 &&
	[ "$(value model_events "$tmp/json")" = 990 ]
result $? 'a delay that is all lookahead'
phold --lps 20 --lookahead 0 --remote 1 --end 500 && near 10000
result $? 'no lookahead'
phold --lps 5 --start-events 0 && [ "$(value model_events "$tmp/json")" = 0 ]
result $? 'no events'

phold --lps 10 --end 100 --grain-us 500 &&
	awk -v wall="$(value wall_s "$tmp/json")" -v n="$(value model_events "$tmp/json")" \
		'BEGIN { exit wall < 0.5 * n * 500e-6 }'
result $? 'an event burns its grain'

phold --lps 10 --payload 100001 && digest=$(value digest "$tmp/json") &&
	[ "$(value payload "$tmp/json")" = 100001 ] && phold --lps 10 --payload 100002 &&
	[ "$digest" != "$(value digest "$tmp/json")" ]
result $? 'payloads are part of what objects handle'
phold --lps 10 --lazy-share 0 && digest=$(value digest "$tmp/json") &&
	phold --lps 10 --lazy-share 0.5 && [ "$digest" = "$(value digest "$tmp/json")" ]
result $? 'how events are cancelled is not'

refuse 'a mean below the lookahead' --mean 1 --lookahead 2
refuse 'no mean' --mean 0 --lookahead 0
refuse 'no probability' --remote 1.5
refuse 'more processes than objects' --procs 3 --lps 2
refuse 'a payload without room for its sum' --payload 7
refuse 'a payload that strict mode cannot send' --payload 65529 --strict
refuse 'no share' --lazy-share 1.1
refuse 'no number' --end never
refuse 'no end' --end 0
finish
