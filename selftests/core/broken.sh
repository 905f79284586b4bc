#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# broken.sh OUT [NAME] - the suite must catch each of the broken cores
#
# A broken core is one file of the core changed by broken/NAME.sed, in a build of
# its own. A script that changes nothing, or breaks the build, is a failure too.
# CORE, CC, FLAGS, SOURCES, ALL_OBJECTS, UNIT_OBJECTS and CORE_OUT are given by
# the Makefile.
set -u

cd "$(dirname "$0")" || exit
out=$1
schedules=40000

# The changed file with the objects of the others.
link()
{
	local program=$1 object objects=()

	shift
	for object; do
		[ "$object" = "$CORE_OUT/${file%.c}.o" ] || objects+=("$object")
	done
	# shellcheck disable=SC2086
	$CC $FLAGS -w -I"$dir/core" -o "$dir/$program" "$dir/core/$file" "${objects[@]}"
}

# The result is one line: the verdict, and what there is to say.
try()
{
	local name=$1 script=broken/$1.sed dir=$out/broken/$1 file why='' died

	file=$(sed -n 's/^# in: //p' "$script")
	rm -rf "$dir"
	mkdir -p "$dir/core"
	cp "$CORE"/*.[ch] "$dir/core/"
	sed -i -f "$script" "$dir/core/$file"
	if cmp -s "$CORE/$file" "$dir/core/$file"; then
		echo "not ok broken $name: it changes nothing"
		return
	fi
	# shellcheck disable=SC2086 # lists of words
	if [[ $file == *.h ]]; then
		$CC $FLAGS -w -I"$dir/core" -o "$dir/explore" "$dir"/core/*.c $SOURCES
	else
		link explore $ALL_OBJECTS && link unit $UNIT_OBJECTS
	fi >"$dir/log" 2>&1 || {
		echo "not ok broken $name: it does not build"
		return
	}
	# The single cases first, as they take no time.
	if [ -e "$dir/unit" ]; then
		{ timeout 60 "$dir/unit" >"$dir/cases" 2>&1; died=$?; } 2>>"$dir/log"
		why=$(sed -n '/^not ok/ { s/^not ok [0-9]* - //p; q }' "$dir/cases")
		[ "$died" = 0 ] || why=${why:-a single case ends with $died}
	fi
	if [ -z "$why" ]; then
		timeout 60 "$dir/explore" --schedules "$schedules" >>"$dir/log" 2>&1
		why=$(grep -m 1 '^# seed [0-9]*: ' "$dir/log")
	fi
	if [ -n "$why" ]; then
		echo "ok broken $name # ${why#\# }"
	else
		echo "not ok broken $name: not caught by $schedules schedules"
	fi
}

if [ $# -gt 1 ]; then
	try "$2"
	exit
fi

names=(broken/*.sed)
names=("${names[@]#broken/}")
names=("${names[@]%.sed}")
echo "TAP version 13"
echo "1..${#names[@]}"
printf '%s\n' "${names[@]}" | xargs -P "$(nproc)" -n 1 "./$(basename "$0")" "$out" |
	awk '/^ok /  { sub(/^ok /, ""); print "ok " ++n " - " $0 }
	     /^not / { sub(/^not ok /, ""); print "not ok " ++n " - " $0; bad = 1 }
	     END     { exit bad }'
