#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# PHOLD in processes: every object handles what it handles under the
# sequential engine.
set -u
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
cd "$tmp" || exit

# Time units of the shortest run; the others are multiples of it.
end=10
[ $slow = 0 ] || end=1

# phold NAME ARG...: by fork, unless ARG says otherwise
phold()
{
	local name=$1
	shift

	verified phold --state fork "$@"
	result $? "$name"
}

phold 'two processes' --lps 16 --procs 2 --end $((3 * end))
[ "$(value model_events json)" -gt $((16 * end)) ]
result $? 'it ran'
phold 'four processes, half of the events remote' --lps 32 --procs 4 --running all \
	--remote 0.5 --end $((end * 3 / 2 + 1))
[ "$(value primary json)" -gt 0 ]
result $? 'it rolls back'
phold 'lazy cancellation' --lps 32 --procs 4 --remote 0.5 --end $end --cancellation lazy
phold 'no lookahead' --lps 8 --procs 2 --remote 0.3 --lookahead 0 --end $((2 * end))
phold 'frequent snapshots' --lps 8 --procs 2 --remote 0.2 --end $((2 * end)) --snapshot-interval 2
phold 'events that burn CPU' --lps 8 --procs 2 --remote 0.1 --end $((2 * end)) --grain-us 200
phold 'restored by copy' --lps 32 --procs 2 --remote 0.3 --end $((3 * end)) --state copy
[ "$(value primary json)" -gt 0 ]
result $? 'it goes back'
phold 'restored by copy, lazy' --lps 32 --procs 4 --remote 0.5 --end $((2 * end)) --state copy --cancellation lazy
phold 'restored by reversal' --lps 32 --procs 4 --remote 0.3 --end $((3 * end)) --state reverse
[ "$(value primary json)" -gt 0 ]
result $? 'it goes back'
phold 'restored by reversal, frequent snapshots' --lps 8 --procs 2 --remote 0.2 --end $((2 * end)) --state reverse --snapshot-interval 1
for state in fork copy reverse; do
	phold "payloads in messages, each with its own cancellation, $state" --lps 16 --procs 4 --remote 0.5 \
		--end $end --payload 1000 --lazy-share 0.5 --state $state
	phold "payloads in files, each with its own cancellation, $state" --lps 16 --procs 4 --remote 0.5 \
		--end $end --payload 100000 --lazy-share 0.5 --state $state
done
phold 'all lazy, in an aggressive domain' --lps 32 --procs 4 --remote 0.5 --end $((3 * end)) \
	--cancellation aggressive --lazy-share 1 --state reverse
[ "$(value lazy_hits json)" -gt 0 ]
result $? 'some need not be sent again'
phold 'an object in each process' --lps 8 --procs 8 --remote 0.5 --end $end
phold 'nothing remote' --lps 64 --procs 2 --remote 0 --end $((5 * end))
[ "$(value primary json)" = 0 ]
result $? 'and then nothing rolls back'
many="--lps 32 --procs 32 --remote 0.5 --end $end"
# shellcheck disable=SC2086 # several words
phold 'more processes than processors' $many
[ "$(value throttled json)" -gt 0 ]
result $? 'some are held'
some=$(value primary json)
# shellcheck disable=SC2086
phold 'all of them running' $many --running all
[ "$(value throttled json)" = 0 ]
result $? 'and none is held'
[ "$some" -lt "$(value primary json)" ]
result $? 'lowest timestamp first has fewer stragglers'
phold 'a window' --lps 16 --procs 4 --remote 0.5 --end $end --window 1 --running all
[ "$(value throttled json)" -gt 0 ]
result $? 'it holds processes'
phold 'a window that is learnt' --lps 16 --procs 4 --remote 0.5 --end $end --window learnt --running all
finish
