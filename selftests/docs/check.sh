#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The documents against what they are about: sources, manual pages, programs,
# files and targets that they name, and each other.
# shellcheck disable=SC2016 # backquotes are the documents'
set -u

cd "$(dirname "$0")/../.." || exit
: "${O:?}"
here=selftests/docs
kernel_doc=$O/linux-source/scripts/kernel-doc
documents=(README.md Documentation/*.rst)
tests=0 failures=0
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# result STATUS NAME: what is in $tmp/log tells why.
result()
{
	tests=$((tests + 1))
	if [ "$1" = 0 ]; then
		echo "ok $tests $2"
	else
		failures=$((failures + 1))
		echo "not ok $tests $2"
		sed 's/^/# /' "$tmp/log"
	fi
	: >"$tmp/log"
}

skip()
{
	tests=$((tests + 1))
	echo "ok $tests $1 # SKIP $2"
}

# nothing NAME: the log must be empty.
nothing()
{
	[ ! -s "$tmp/log" ]
	result $? "$1"
}

# every NAME LIST FILE...: each line of LIST is a word in one of the files.
every()
{
	local name=$1 list=$2 word
	shift 2

	[ -s "$list" ] || echo 'there is none' >>"$tmp/log"
	while read -r word; do
		cat "$@" | grep -qE -- "(^|[^A-Za-z0-9_])$word([^A-Za-z0-9_]|$)" ||
			echo "$word is not mentioned" >>"$tmp/log"
	done <"$list"
	nothing "$name"
}

# ---- the comments that documents are made of

for source in uapi/linux/timewarp.h kmod/core/core.h kmod/trace.h libtw/include/timewarp.h; do
	strict=-Wall
	# Hosts implement what it declares first; their comments may be short.
	[ $source != kmod/core/core.h ] || strict=-Wcontents-before-sections
	perl "$kernel_doc" $strict -Werror -none "$source" >"$tmp/log" 2>&1 && [ ! -s "$tmp/log" ]
	result $? "kernel-doc of $source"
done

# ---- what must be mentioned

uapi=uapi/linux/timewarp.h
sed -nE 's/^#define (TW_[A-Z_]+)\t+_IO.*/\1/p' $uapi >"$tmp/list"
every 'every ioctl is in uapi.rst' "$tmp/list" Documentation/uapi.rst

sed -nE 's/^struct (tw_[a-z_]+) \{/\1/p' $uapi >"$tmp/list"
grep -h ':identifiers:' Documentation/uapi.rst >"$tmp/identifiers"
every 'every structure is pulled into uapi.rst' "$tmp/list" "$tmp/identifiers"

sed -nE 's/^ \* (E[A-Z0-9]+)(, (E[A-Z0-9]+))? .*/\1 \3/p' $uapi | tr -s ' ' '\n' | grep . >"$tmp/list"
every 'every errno is in a list of uapi.rst' "$tmp/list" Documentation/uapi.rst

sed -nE 's/^\t(TW_FAILURE_[A-Z]+).*/\1/p' $uapi | grep -v NONE >"$tmp/list"
every 'every failure of a domain is explained' "$tmp/list" Documentation/*.rst

sed -nE 's/^(TRACE_EVENT\(|DEFINE_EVENT\([a-z_]+, )(tw_[a-z_]+),.*/\2/p' kmod/trace.h >"$tmp/list"
every 'every tracepoint is in tracing.rst' "$tmp/list" Documentation/tracing.rst

sed -nE 's/.*debugfs_create_[a-z0-9]+\("([a-z_]+)".*/\1/p' kmod/debugfs.c | grep -v timewarp >"$tmp/list"
every 'every file in debugfs is in tracing.rst' "$tmp/list" Documentation/tracing.rst

sed -nE 's/^[a-z].*[ *](tw_[a-z_]+)\(.*/\1/p' libtw/include/timewarp.h | sort -u >"$tmp/list"
every 'every function of libtw has a manual page' "$tmp/list" libtw/man/*

for suite in selftests/*/Makefile; do
	echo "${suite%/Makefile}"
done >"$tmp/list"
every 'every suite is in testing.rst' "$tmp/list" Documentation/testing.rst

sed -nE 's/^\t\{ "([a-z]+)", bench_.*/\1/p' tools/bench/main.c >"$tmp/list"
every 'every group of tw-bench is in bench.rst' "$tmp/list" Documentation/bench.rst

sed -n '/^# make [a-z]/s/^# \(make [a-z-]*\).*/\1/p' Makefile >"$tmp/list"
every 'every target that the Makefile explains is in a document' "$tmp/list" "${documents[@]}"

# ---- what is mentioned must exist

# Only a whole word between quotes or backquotes is taken for a path.
grep -ohE '`(kmod|uapi|libtw|tools|selftests|Documentation|LICENSES)(/[A-Za-z0-9_./-]*)?`' \
	"${documents[@]}" | tr -d '`' | sort -u >"$tmp/list"
while read -r path; do
	[ -e "$path" ] || echo "$path" >>"$tmp/log"
done <"$tmp/list"
nothing 'every path in the documents exists'

# A command is in backquotes, or a line of its own.
grep -ohE '(`|^ +)make [a-z][a-z-]+' "${documents[@]}" | sed 's/.*make //' | sort -u |
	while read -r target; do
		grep -qE "^([a-z-]+ )*$target( [a-z-]+)*:" Makefile || echo "$target"
	done >"$tmp/log"
nothing 'every target in the documents exists'

# A name that the code has given up: functions, members, macros in backquotes.
grep -ohE '``(tw|TW)_[A-Za-z_]+(\(\))?``' Documentation/*.rst | tr -d '`()' | sort -u |
	while read -r name; do
		grep -rqw --include='*.[ch]' -- "$name" kmod uapi libtw || {
			grep -qE '(TW_[A-Z]+_BARRIER)' <<<"$name" || [[ $name == *_ ]] || echo "$name"
		}
	done >"$tmp/log"
nothing 'every name of code in the documents exists'

grep -ohE '`(tw|timewarp)[a-z_-]*\([1-7]\)`' "${documents[@]}" | tr -d '`' | sort -u |
	while IFS='()' read -r page section; do
		[ -e "libtw/man/$page.$section" ] || [ -e "tools/tw/man/$page.$section" ] ||
			echo "$page($section)"
	done >"$tmp/log"
nothing 'every manual page in the documents exists'

# A test is named by its program and its function, a fixture's by both: crash.in_true_history.
grep -ohE '``[a-z_.]+: [a-zA-Z_.]+``' Documentation/failures.rst | tr -d '`' | sort -u >"$tmp/list"
while IFS=': ' read -r program name; do
	name=${name/./, }
	grep -qE "^(TEST[A-Z_]*\\(|static [a-z_ ]*\\*?|)$name(\\)|\\()" selftests/*/"$program" \
		selftests/*/"$program".c 2>/dev/null || echo "$program: $name"
done <"$tmp/list" >"$tmp/log"
[ -s "$tmp/list" ] || echo 'there is none' >>"$tmp/log"
nothing 'every test in failures.rst exists'

# ---- links

# links FILE: the targets in it that are no addresses.
links()
{
	case $1 in
	*.md) grep -oE '\]\([^)]+\)' "$1" | sed 's/^](//; s/)$//' ;;
	*.rst) tr '\n' ' ' <"$1" | grep -oE '`[^`<]+ <[^>]+>`_' | sed 's/.*<//; s/>.*//'
		sed -nE 's/^\.\. image:: //p' "$1" ;;
	esac | grep -v '^[a-z]*://'
}

for document in "${documents[@]}"; do
	for target in $(links "$document"); do
		[ -e "$(dirname "$document")/${target%%#*}" ] || echo "$document: $target" >>"$tmp/log"
	done
done
nothing 'every link leads somewhere'

for document in Documentation/*.rst; do
	name=${document##*/}
	[ "$name" = index.rst ] || grep -q "<$name>" Documentation/index.rst || echo "$name" >>"$tmp/log"
done
nothing 'the index has every document'

# ---- markup

for document in Documentation/*.rst; do
	if /usr/bin/python3 -c 'import docutils' 2>/dev/null; then
		Documentation/render --kernel-doc "$kernel_doc" "$document" >"$tmp/log" 2>&1
		result $? "$document is clean"
	else
		skip "$document is clean" 'python3-docutils is not there'
	fi
done

# ---- examples

# Compiled by the Makefile before this runs.
for program in readme uapi objects; do
	[ -x "$O/selftests/docs/$program" ]
	result $? "the program $program compiles"
done

run_counter()
{
	$here/extract Documentation/simulation.rst counter.bench >"$tmp/counter.bench" &&
		printf '%s\n' 1 1 1 0 1 1 >"$tmp/counter.in" &&
		"$O/tools/tw" run logic "$tmp/counter.bench" --stimulus "$tmp/counter.in" \
			--out "$tmp/counter.out" --engine=sequential &&
		sed -n '/# cat counter.out/,/^$/p' Documentation/simulation.rst | sed '1d;/^$/d;s/^ *//' |
			diff - "$tmp/counter.out"
}

if [ -x "$O/tools/tw" ]; then
	run_counter >"$tmp/log" 2>&1
	result $? 'the circuit of simulation.rst gives what it says'
else
	skip 'the circuit of simulation.rst gives what it says' 'tw is not built'
fi

echo "1..$tests"
[ $failures = 0 ]
