#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Networks cut into processes that run ahead and roll back: the same flows,
# packets and map as the sequential engine's, byte by byte, and as another
# program finds.
set -u
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
cd "$tmp" || exit

seconds=0.5 seeds='1 2 3 4'
if [ $slow = 1 ]; then
	seconds=0.1 seeds=2
fi

"$tw" run net --duration $seconds --procs 2 --svg net.svg --verify --json >json &&
	grep -q '"verified":true' json
result $? 'the built-in network in two processes'
races 'it rolls back' primary net --duration $seconds --procs 2

for name in Abilene Cogentco; do
	network=$(topology $name)
	for procs in 2 4; do
		if [ -z "$network" ]; then
			skip "$name in $procs processes" 'the topology is not here'
			continue
		fi
		compare_net "$network" 50 200 1000 $seconds 5 2e6 7 --procs $procs --verify
		result $? "$name in $procs processes"
	done
done

for seed in $seeds; do
	"$bin/random-network" "$seed" 20 >random.graphml
	compare_net random.graphml 20 200 1000 $seconds 3 1e6 "$seed" --procs $((seed % 4 + 1)) --verify
	result $? "random-network $seed 20 in $((seed % 4 + 1)) processes"
done
for cancellation in aggressive lazy; do
	compare_net random.graphml 20 200 1000 $seconds 3 1e6 5 --procs 3 --cancellation $cancellation
	result $? "$cancellation cancellation"
done
compare_net random.graphml 20 200 1000 0.1 3 1e6 5 --procs 3 --snapshot-interval 1
result $? 'a snapshot before every event'
compare_net random.graphml 20 200 1000 $seconds 3 1e6 5 --procs 3 --window 0.01
result $? 'a window'

timeout 60 "$tw" run net --procs 2 --packets /dev/full >stdout 2>stderr
[ $? = 2 ] && grep -q 'No space' stderr && [ ! -s stdout ]
result $? 'a full disk ends the run'
finish
