#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The repair desk under the sequential engine: a result that was worked out by
# hand, and lines that cannot be used.
set -u
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
cd "$tmp" || exit

# refuse NAME LINE PATTERN: the line is the second one, and the first is served.
refuse()
{
	local status=0

	printf '%b\n' '10 bike 1:3' "$2" '11 lamp 1:3' |
		"$tw" run desk --engine=sequential --stations 2 >stdout 2>stderr || status=$?
	[ $status = 2 ] && grep -q "^tw: stdin:2: $3" stderr &&
		[ "$(cat stdout)" = '10 station 1: bike, 10 to 13' ]
	status=$?
	[ $status = 0 ] || note stderr
	result $status "$1"
}

cat >in <<-'END'
	# TIME NAME STATION:WORK ...
	10 bike 1:3 2:5 3:2
	10 lamp 2:4
	12 radio 1:5

	4 late 1:1
	20
	25 chair 3:1 3:1 1:2
END
cat >want <<-'END'
	10 station 1: bike, 10 to 13
	10 station 2: lamp, 10 to 14
	12 station 1: radio, 13 to 18
	13 station 2: bike, 14 to 19
	19 station 3: bike, 19 to 21
	25 station 3: chair, 25 to 26
	26 station 3: chair, 26 to 27
	27 station 1: chair, 27 to 29
END
"$tw" run desk in --engine=sequential --ledger ledger 2>stderr | sed '/^$/,$d' | diff - want
result $? 'each step has its time'
printf '%s\n' '14 lamp 4 balance 4' '18 radio 5 balance 9' '21 bike 10 balance 19' \
	'29 chair 4 balance 23' | diff - ledger
result $? 'the ledger is in the order of time'
grep -q '^tw: in:6: late comes too late: 4 is past, jobs from 12 on' stderr && [ "$(wc -l <stderr)" = 1 ]
result $? 'what is late is left out'

printf '20 a 1:1\n15 b 1:1\n14 c 1:1\n' |
	"$tw" run desk --engine=sequential --disorder 5 --json 2>stderr | tail -n 1 >json
[ "$(value late json)" = 1 ] && grep -q '^tw: stdin:3:' stderr
result $? 'so much disorder, and no more'
printf '10 a 1:1' | "$tw" run desk --engine=sequential --json | tail -n 1 >json
[ "$(value steps json)" = 1 ]
result $? 'the last line lacks its end'
printf '10 a\303\244\344\355\240\200"\001z 1:1\n' | "$tw" run desk --engine=sequential --json | head -n 1 |
	grep -qF "\"job\":\"a$(printf '\303\244')\\ufffd\\ufffd\\ufffd\\ufffd\\\"\\u0001z\""
result $? 'a name of any bytes is JSON'

refuse 'no time' 'x a 1:1' "'x': begin with a time"
refuse 'time 0' '0 a 1:1' "'0': begin with a time"
refuse 'a time that is too large' '99999999999999999999999 a 1:1' "'9*': begin with a time"
refuse 'a job without a step' '11 a' "'a': give at least one step"
refuse 'no such station' '11 a 3:1' "'3:1': give a step as STATION:WORK"
refuse 'station 0' '11 a 0:1' "'0:1': give a step as STATION:WORK"
refuse 'no work' '11 a 1:' "'1:': give a step as STATION:WORK"
refuse 'more than a number' '11 a 1:1x' "'1:1x': give a step as STATION:WORK"
refuse 'too many steps' '11 a 1:1 1:1 1:1 1:1 1:1 1:1 1:1 1:1 1:1' "'1:1': a job has 8 steps"
refuse 'a name that is too long' "11 $(printf %032d 0) 1:1" "'0*': a name has 31 bytes"
refuse 'a zero byte' '11 a 1:1 \0' 'a zero byte'
refuse 'a line that is too long' "11 $(printf %05000d 0)" 'a line of more than'

"$tw" run desk --engine=sequential nowhere 2>stderr
[ $? = 2 ] && grep -q '^tw: nowhere: ' stderr
result $? 'a file that is not there'

# full NAME STDOUT ARG...: what cannot be written is told, with its error.
full()
{
	local name=$1 out=$2
	shift 2

	"$tw" run desk --engine=sequential in "$@" >"$out" 2>stderr
	[ $? = 1 ] && grep -q '^tw: the run failed: No space left on device' stderr
	result $? "$name"
}

full 'results that cannot be written' /dev/full
full 'a ledger that cannot be written' stdout --ledger /dev/full
finish
