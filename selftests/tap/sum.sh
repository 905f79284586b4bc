#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# No failure is lost on its way: tools/vm/tap adds up what tests say, tools/vm/check
# the steps of the suite, .ci/run both halves of it. Here a "make" of our own is in
# place of all that they run.
set -u

top=$(cd "$(dirname "$0")/../.." && pwd)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
nr=0 failures=0
unset KERNEL TAP_KEEP
export O=$tmp/O

result()
{
	nr=$((nr + 1))
	if [ "$1" = 0 ]; then
		echo "ok $nr $2"
	else
		failures=$((failures + 1))
		echo "not ok $nr $2"
		sed 's/^/# /' "$tmp/out"
	fi
}

# ends NAME STATUS TEXT: how the last command ended, and its last lines.
ends()
{
	[ "$got" = "$2" ] && tail -n "$(wc -l <<<"$3")" "$tmp/out" | diff - <(echo "$3") >"$tmp/diff"
	result $? "$1"
}

# ---- tools/vm/tap

# sum NAME STATUS LINES TEXT: of one file with these lines.
sum()
{
	printf '%b' "$3" >"$tmp/x.tap"
	got=0
	"$top/tools/vm/tap" "$tmp/x.tap" >"$tmp/out" 2>&1 || got=$?
	ends "$1" "$2" "$4"
}

sum 'all is well' 0 '1..2\nok 1 a\nok 2 b # SKIP no c\n' '1 passed, 0 failed, 1 skipped'
sum 'nothing came' 1 '' $'failed: x.tap: nothing came\n0 passed, 1 failed, 0 skipped'
sum 'a test fails' 1 'ok 1 a\nnot ok 2 b\n1..2\n' \
	$'failed: x.tap: not ok 2 b\n1 passed, 1 failed, 0 skipped'
sum 'no plan' 1 'ok 1 a\n' \
	$'failed: x.tap: no plan, so there is no telling whether it ran to its end\n1 passed, 1 failed, 0 skipped'
sum 'not to its end' 1 '1..3\nok 1 a\n' \
	$'failed: x.tap: 2 of 3 results are missing, of this part or before\n1 passed, 1 failed, 0 skipped'
sum 'given up' 1 '1..1\nok 1 a\nBail out! no\n' \
	$'failed: x.tap: Bail out! no\n1 passed, 1 failed, 0 skipped'
sum 'a part is named' 1 '# one\nok 1 a\n1..1\n# two\n# 3\nnot ok 1 b\n1..1\n' \
	$'failed: x.tap: two: not ok 1 b\n1 passed, 1 failed, 0 skipped'
program='1..1\n# selftests: it: works\n'
sum 'a test of a program fails' 1 "$program# 1..2\n# ok 1 a\n# not ok 2 b\nnot ok 1 selftests: it: works\n" \
	$'failed: x.tap: it: works: not ok 2 b\n1 passed, 1 failed, 0 skipped'
sum 'a program dies' 1 "$program# 1..2\n# ok 1 a\nnot ok 1 selftests: it: works # exit=139\n" \
	$'failed: x.tap: not ok 1 selftests: it: works # exit=139\n1 passed, 1 failed, 0 skipped'
sum 'a program ends before its plan' 1 "$program# 1..2\n# ok 1 a\nok 1 selftests: it: works\n" \
	$'failed: x.tap: ok 1 selftests: it: works: 1 of 2 results are missing\n1 passed, 1 failed, 0 skipped'
sum 'so much that it takes one line' 1 "1..99\n$(seq -s '' -f 'not ok %g\n' 99)" \
	"failed: x.tap: $(seq -s '; ' -f 'not ok %g' 99)
0 passed, 99 failed, 0 skipped"

printf '1..1\n# why\nnot ok 1 a\n' >"$tmp/x.tap"
got=0
"$top/tools/vm/tap" -v context=1 "$tmp/x.tap" >"$tmp/out" || got=$?
ends 'what led to it' 1 $'    not ok 1 a\nfailed: x.tap: not ok 1 a\n0 passed, 1 failed, 0 skipped'

# ---- tools/vm/check and .ci/run

# What make is told to do last is in $tmp/TARGET.
mkdir "$tmp/bin" "$tmp/plan"
cat >"$tmp/bin/make" <<-END
	#!/bin/bash
	target=\${!#}
	[ ! -e "$tmp/plan/\$target" ] || . "$tmp/plan/\$target"
END
chmod +x "$tmp/bin/make"
PATH=$tmp/bin:$PATH

# plan TARGET COMMAND
plan()
{
	echo "$2" >"$tmp/plan/$1"
}

# suite NAME STATUS TEXT: two steps of it.
suite()
{
	got=0
	"$top/tools/vm/check" build native >"$tmp/out" 2>&1 || got=$?
	ends "$1" "$2" "$3"
}

good='printf "ok 1 a\n1..1\n"'
plan check-native "$good"
suite 'the suite passes' 0 '2 passed, 0 failed, 0 skipped'
plan check-native "$good; exit 2"
suite 'a suite that does not build' 1 \
	$'failed: native.tap: not ok 99 native ends with 2\n2 passed, 1 failed, 0 skipped'
plan check-native "printf 'not ok 1 a\n1..1\n'; exit 2"
suite 'a failure is one failure' 1 $'failed: native.tap: not ok 1 a\n1 passed, 1 failed, 0 skipped'
plan all 'exit 2'
plan check-native "$good"
suite 'a build fails' 1 $'failed: build.tap: not ok 1 build for kernel 6.12\n1 passed, 1 failed, 0 skipped'

# ci NAME STATUS TEXT
ci()
{
	got=0
	"$top/.ci/run" >"$tmp/out" 2>&1 || got=$?
	ends "$1" "$2" "$3"
}

# shellcheck disable=SC2016 # expanded when it is run
kept='printf "ok 1 a\n1..1\n" >"$TAP_KEEP/$target.tap"'
plan check "$kept"
plan check-debug "$kept"
ci 'both halves pass' 0 '2 passed, 0 failed, 0 skipped'
plan check 'exit 2'
ci 'one half does not come to its tests' 1 \
	$'failed: make.tap: not ok 1 make check ends with 2\n1 passed, 1 failed, 0 skipped'
plan check "$kept; exit 2"
ci 'one half breaks off' 1 \
	$'failed: make.tap: not ok 1 make check ends with 2\n2 passed, 1 failed, 0 skipped'
# shellcheck disable=SC2016
plan check 'printf "not ok 1 a\n1..1\n" >"$TAP_KEEP/$target.tap"; exit 2'
ci 'a failure of the first half is told at the end' 1 \
	$'failed: check.tap: not ok 1 a\n1 passed, 1 failed, 0 skipped'

echo "1..$nr"
[ $failures = 0 ]
