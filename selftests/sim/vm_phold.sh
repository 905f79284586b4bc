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
races 'four processes, half of the events remote, roll back' primary phold --state fork \
	--lps 32 --procs 4 --running all --remote 0.5 --end $((end * 3 / 2 + 1))
phold 'lazy cancellation' --lps 32 --procs 4 --remote 0.5 --end $end --cancellation lazy
phold 'no lookahead' --lps 8 --procs 2 --remote 0.3 --lookahead 0 --end $((2 * end))
phold 'frequent snapshots' --lps 8 --procs 2 --remote 0.2 --end $((2 * end)) --snapshot-interval 2
phold 'events that burn CPU' --lps 8 --procs 2 --remote 0.1 --end $((2 * end)) --grain-us 200
races 'restored by copy' primary phold --lps 32 --procs 2 --remote 0.3 --end $((3 * end)) --state copy
phold 'restored by copy, lazy' --lps 32 --procs 4 --remote 0.5 --end $((2 * end)) --state copy --cancellation lazy
races 'restored by reversal' primary phold --lps 32 --procs 4 --remote 0.3 --end $((3 * end)) --state reverse
phold 'restored by reversal, frequent snapshots' --lps 8 --procs 2 --remote 0.2 --end $((2 * end)) --state reverse --snapshot-interval 1
for state in fork copy reverse; do
	phold "payloads in messages, each with its own cancellation, $state" --lps 16 --procs 4 --remote 0.5 \
		--end $end --payload 1000 --lazy-share 0.5 --state $state
	phold "payloads in files, each with its own cancellation, $state" --lps 16 --procs 4 --remote 0.5 \
		--end $end --payload 100000 --lazy-share 0.5 --state $state
done
races 'all lazy, in an aggressive domain: some need not be sent again' lazy_hits phold \
	--lps 32 --procs 4 --remote 0.5 --end $((3 * end)) --cancellation aggressive \
	--lazy-share 1 --state reverse
phold 'an object in each process' --lps 8 --procs 8 --remote 0.5 --end $end
phold 'nothing remote' --lps 64 --procs 2 --remote 0 --end $((5 * end))
[ "$(value primary json)" = 0 ]
result $? 'and then nothing rolls back'
many="--lps 32 --procs 32 --remote 0.5 --end $end"
# shellcheck disable=SC2086 # several words
races 'more processes than processors: some are held' throttled phold --state fork $many
some=$(value primary json)
# shellcheck disable=SC2086
phold 'all of them running' $many --running all
[ "$(value throttled json)" = 0 ]
result $? 'and none is held'
[ "$some" -lt "$(value primary json)" ]
result $? 'lowest timestamp first has fewer stragglers'
races 'a window' throttled phold --state fork --lps 16 --procs 4 --remote 0.5 --end $end --window 1 --running all
phold 'a window that is learnt' --lps 16 --procs 4 --remote 0.5 --end $end --window learnt --running all
finish
