#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# model.sh OUT - check the models by spin; TAP to stdout
#
# Each model holds, and each of the faults that it can be given is found.
set -u

cd "$(dirname "$0")" || exit
here=$PWD
out=$1
count=0
failed=0

# verdict IS SHOULD NAME - one line of TAP
verdict()
{
	local ok=ok

	[ "$1" = "$2" ] || { ok="not ok"; failed=1; }
	echo "$ok $((++count)) - $3"
}

# Does an exhaustive search find errors, with a fault or without? yes, no, or nothing.
search()
{
	local model=$1 fault=$2 dir=$out/$1-${2:-right}

	mkdir -p "$dir"
	(
		cd "$dir" || exit
		spin ${fault:+-D$fault} -a "$here/$model.pml" >log 2>&1 &&
			gcc -O1 -w -DSAFETY -DNOCLAIM -o pan pan.c >>log 2>&1 &&
			timeout 120 ./pan -m1000000 >>log 2>&1
		grep -q 'search depth too small\|max search depth' log && exit
		sed -n 's/.*errors: 0$/no/p; s/.*errors: [1-9][0-9]*$/yes/p' log
	)
}

models=(next_barrier gvt)
next_barrier=(NO_KERNEL_BARRIER NO_PROCESS_BARRIER NO_REREAD)
gvt=(NO_RED NO_QUIESCE NO_PENDING)

echo "TAP version 13"
if ! command -v spin >/dev/null; then
	echo "1..0 # SKIP spin is not installed"
	exit
fi
echo "1..$((${#models[@]} + ${#next_barrier[@]} + ${#gvt[@]}))"
for model in "${models[@]}"; do
	declare -n faults=$model
	verdict "$(search "$model" '')" no "$model holds"
	for fault in "${faults[@]}"; do
		verdict "$(search "$model" "$fault")" yes "$model finds $fault"
	done
done
exit $failed
