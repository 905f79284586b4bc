#!/usr/bin/awk -f
# SPDX-License-Identifier: GPL-2.0
#
# vcd.awk FILE - a waveform as lines "time net value", the values that it
# starts with first, at time 0. Fails on anything that a reader may stumble at.

function bad(why)
{
	print FILENAME ":" FNR ": " why > "/dev/stderr"
	failed = 1
	exit 1
}

!defined && $1 == "$var" {
	if (NF != 6 || $2 != "wire" || $3 != 1 || $6 != "$end")
		bad("a strange $var")
	if ($4 in name)
		bad("identifier given twice")
	if ($5 in seen)
		bad("net declared twice")
	name[$4] = $5
	seen[$5] = 1
	nets++
}

!defined && $1 == "$scope" { scopes++ }
!defined && $1 == "$timescale" { scale++ }

$1 == "$enddefinitions" {
	if (scopes != 1 || scale != 1)
		bad("scope or timescale is missing")
	defined = 1
	next
}

!defined { next }

/^#/ {
	now = substr($0, 2) + 0
	if (timed && now <= last)
		bad("time does not grow")
	timed = 1
	last = now
	next
}

$1 == "$dumpvars" { dumping = 1; next }

$1 == "$end" && dumping {
	if (dumped != nets)
		bad("not every net has a first value")
	dumping = 0
	next
}

/^[01]/ {
	id = substr($0, 2)
	if (!(id in name))
		bad("no such identifier")
	v = substr($0, 1, 1)
	if (!dumping && value[id] == v)
		bad("a change that is none")
	dumped += dumping
	value[id] = v
	print now, name[id], v
	next
}

{ bad("what is this?") }

END {
	if (!failed && (!defined || !timed || dumping))
		bad("it is not complete")
	exit failed
}
