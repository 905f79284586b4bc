#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Code, help, manual page and completion of tw name the same commands and
# options, and the options' defaults agree.
set -u
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

source=${SOURCE:-$here/../../tools}
# shellcheck source=/dev/null
. "$source/tw/completion/tw.bash"

# same WHAT: $tmp/a and $tmp/b list the same.
same()
{
	sort -u -o "$tmp/a" "$tmp/a"
	sort -u -o "$tmp/b" "$tmp/b"
	diff "$tmp/a" "$tmp/b" >"$tmp/diff" && [ -s "$tmp/a" ]
	local status=$?
	[ $status = 0 ] || note "$tmp/diff"
	result $status "$1"
}

# Long options, those of argp itself aside.
options()
{
	grep -Eo -- '--[a-z][a-z-]*' | grep -vxE -- '--(help|usage|version)'
}

# help COMMAND: the options that the help describes.
help()
{
	# shellcheck disable=SC2086
	"$tw" $1 --help | sed '/^EXAMPLES/,$d' | sed -nE 's/^ +(-., )?(--[a-z-]+).*/\2/p' | options
}

# code FILE...: the options in the argp tables of source files.
code()
{
	sed -nE 's/^\t+\{ "([a-z-]+)", .*/--\1/p' "$@"
}

# page NAME: the options that a manual page describes.
page()
{
	sed -E 's/\\-/-/g' "$source/tw/man/$1.1" |
		awk '/^\.SH / { in_options = $2 == "OPTIONS" } in_options && tag; { tag = /^\.TP/ }' | options
}

# check_options COMMAND PAGE FILE...: the sources that have its options.
check_options()
{
	local command=$1 manual=$2
	shift 2

	"$tw" ${command:+$command} --help >/dev/null
	result $? "tw $command --help"
	code "$@" >"$tmp/a"
	help "$command" >"$tmp/b"
	same "tw $command: code and help"
	_tw_options "$command" | options >"$tmp/b"
	same "tw $command: code and completion"
	[ -z "$manual" ] && return
	page "$manual" >"$tmp/b"
	same "tw $command: code and manual page"
	# What a page gives as examples is what the help gives.
	"$tw" ${command:+$command} --help | sed '1,/^EXAMPLES/d' | sed 's/^ *//; s/ *#.*//' | grep '^tw ' >"$tmp/a"
	sed -n '/^\.SH EXAMPLES/,/^\.fi/p' "$source/tw/man/$manual.1" | grep '^tw ' >"$tmp/b"
	same "tw $command: examples in help and manual page"
}

# table FILE: the commands of a source file's table.
table()
{
	sed -nE 's/^\t+\{ "([a-z]+)", (tw_cmd|NULL).*/\1/p' "$1"
}

# check_commands COMMAND FILE
check_commands()
{
	table "$2" >"$tmp/a"
	# shellcheck disable=SC2086
	"$tw" $1 help | sed -nE 's/^  ([a-z]+) .*/\1/p' >"$tmp/b"
	same "tw $1: commands in code and help"
	_tw_options "$1" | tr ' ' '\n' | grep -v '^-' >"$tmp/b"
	same "tw $1: commands in code and completion"
}

check_commands '' "$source/tw/main.c"
sed -n '/^\.SH COMMANDS/,/^\.SH OPTIONS/p' "$source/tw/man/tw.1" |
	awk 'tag { print $2 } { tag = /^\.TP/ }' >"$tmp/b"
same 'tw: commands in code and manual page'
check_commands run "$source/tw/run.c"
check_options 'run logic' tw-run-logic "$source/sim/logic/options.c" "$source/sim/options.c"
check_options 'run net' tw-run-net "$source/sim/net/options.c" "$source/sim/options.c"
check_options 'run calls' tw-run-calls "$source/sim/calls/calls.c" "$source/sim/options.c"
check_options 'run desk' tw-run-desk "$source/sim/desk/desk.c" "$source/sim/options.c"
check_options 'run divide' tw-run-divide "$source/sim/divide/divide.c" "$source/sim/options.c"
check_options 'run phold' tw-run-phold "$source/sim/phold/phold.c" "$source/sim/options.c"
if "$tw" help | grep -q '^  trace'; then
	check_options trace tw-trace "$source/trace/trace.c"
fi
check_options info '' "$source/tw/info.c"

# check_defaults MODEL OPTION...: numbers, in the help of the code and in the manual page.
check_defaults()
{
	local model=$1 option code
	shift

	for option in "$@"; do
		code=$("$tw" run "$model" --help | tr -s ' \n' ' ' |
			sed -nE "s/.*--$option=[^-]*\\(default: ([0-9.e]+)\\).*/\\1/p")
		sed 's/\\-/-/g' "$source/tw/man/tw-run-$model.1" | grep -A 2 -- "--$option=" |
			tr '\n' ' ' | grep -q "[; ]$code\. " && [ -n "$code" ]
		result $? "tw run $model --$option: default in help and manual page"
	done
}

check_defaults phold lps remote mean lookahead start-events end grain-us seed
check_defaults calls exchanges lines mean hold delay end seed
check_defaults desk stations disorder bound
check_defaults divide rounds grain-us seed
check_defaults net flows rate size duration buffer bandwidth seed

# Models add to the summary; no two numbers may have one name.
for model in $("$tw" run help | sed -nE 's/^  ([a-z]+) .*/\1/p' | grep -vx -e help -e logic); do
	"$tw" run "$model" --engine=sequential --json </dev/null >"$tmp/json" &&
		grep -oE '"[a-z_]+":' "$tmp/json" | sort | uniq -d >"$tmp/twice" && [ ! -s "$tmp/twice" ]
	status=$?
	[ $status = 0 ] || note "$tmp/twice"
	result $status "tw run $model --json: every name is there once"
done

# complete WORD...: what the completion offers for the last word.
complete_words()
{
	COMP_WORDS=("$@")
	COMP_CWORD=$(($# - 1))
	COMPREPLY=()
	_tw
	echo "${COMPREPLY[*]}"
}

[ "$(complete_words tw r)" = run ]
result $? 'completion of a command'
[ "$(complete_words tw run l)" = logic ]
result $? 'completion of a model'
[ "$(complete_words tw run logic --cy)" = --cycles= ]
result $? 'completion of an option'
[ "$(complete_words tw run logic --engine = s)" = sequential ]
result $? 'completion of a value'

page_errors()
{
	LC_ALL=C.UTF-8 MANROFFSEQ='' MANWIDTH=80 man --warnings -E UTF-8 -l -Tutf8 -Z "$1" \
		2>"$tmp/errors" >/dev/null
}

for manual in "$source"/tw/man/*.1; do
	if command -v man >/dev/null; then
		page_errors "$manual" && [ ! -s "$tmp/errors" ]
		result $? "${manual##*/} is a clean page"
	else
		skip "${manual##*/} is a clean page" 'there is no man'
	fi
done

"$tw" >"$tmp/stdout" 2>"$tmp/stderr"
[ $? = 2 ] && grep -q '^Usage' "$tmp/stderr"
result $? 'no command'
"$tw" fly 2>"$tmp/stderr"
[ $? = 2 ] && grep -q "unknown command 'fly'" "$tmp/stderr"
result $? 'an unknown command'
"$tw" run fly 2>"$tmp/stderr"
[ $? = 2 ] && grep -q "unknown command 'fly'" "$tmp/stderr"
result $? 'an unknown model'
for model in calls divide phold; do
	"$tw" run "$model" file 2>"$tmp/stderr"
	[ $? = 2 ] && grep -q "^tw: 'file': tw run $model takes options only" "$tmp/stderr"
	result $? "tw run $model with an argument"
done
"$tw" --version | grep -q '^tw [0-9]'
result $? '--version'
"$tw" --version >/dev/full 2>"$tmp/stderr"
[ $? = 1 ] && grep -q 'output cannot be written' "$tmp/stderr"
result $? 'a version that cannot be written'
"$tw" run phold --engine=sequential --json >/dev/full 2>"$tmp/stderr"
[ $? = 1 ] && grep -q 'output cannot be written' "$tmp/stderr"
result $? 'a summary that cannot be written'
if [ -e /dev/timewarp ]; then
	skip 'tw info without the device' 'the device is here'
else
	"$tw" info 2>"$tmp/stderr"
	[ $? = 1 ] && grep -q 'load the module' "$tmp/stderr"
	result $? 'tw info without the device'
fi
finish
