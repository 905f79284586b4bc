#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What cannot be used is refused: exit status 2, a message with file and line,
# and nothing written.
set -u
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

mkdir "$tmp/work"
cd "$tmp/work" || exit

# refuse NAME PATTERN ARG...: the run in which all that is wrong is what is named.
refuse()
{
	local name=$1 pattern=$2 before status=0 reason=''
	shift 2

	echo old >o
	before=$(find . | sort)
	"$tw" run logic --engine=sequential "$@" >stdout 2>stderr </dev/null || status=$?
	[ $status = 2 ] || reason="exit status $status"
	grep -Eq "$pattern" stderr || reason="no '$pattern' in the message"
	[ ! -s stdout ] || reason='something on the standard output'
	rm stdout
	mv stderr ../stderr
	[ "$(find . | sort)" = "$before" ] || reason='other files than before'
	[ "$(cat o)" = old ] || reason='the old output is gone'
	[ -z "$reason" ] || { echo "# $reason"; note ../stderr; }
	[ -z "$reason" ]
	result $? "$name"
}

# netlist_error NAME PATTERN: the netlist is the standard input.
netlist_error()
{
	cat >n.bench
	refuse "$1" "^tw: n.bench:$2" n.bench --cycles 3 --out o --vcd v
	rm n.bench
}

netlist_error 'no known kind of gate' "3: 'NADN'" <<'END'
INPUT(a)
OUTPUT(b)
b = NADN(a, a)
END
netlist_error 'no known statement' "1: 'INPUTS\('" <<'END'
INPUTS(a)
END
netlist_error 'a net without a statement' "2: " <<'END'
INPUT(a)
a
OUTPUT(a)
END
netlist_error 'truncated within a gate' '3: .*truncated' <<<$'INPUT(a)\nOUTPUT(b)\nb = AND(a,'
netlist_error 'truncated within a word' "3: 'NO'" <<<$'INPUT(a)\nOUTPUT(b)\nb = NO'
netlist_error 'truncated after a word' '3: .*truncated' <<<$'INPUT(a)\nOUTPUT(b)\nb = NOT'
netlist_error 'truncated after the gate' '2: .*not driven' <<<$'INPUT(a)\nOUTPUT(b)'
netlist_error 'a line cut in the middle' '3: the line ends' <<'END'
INPUT(a)
OUTPUT(b)
b = AND(a, a
c = NOT(b)
END
netlist_error 'no pins' '2: ' <<<$'INPUT(a)\nb = AND()'
netlist_error 'a comma too many' '2: ' <<<$'INPUT(a)\nb = AND(a,,a)'
netlist_error 'two pins of a NOT' '2: NOT takes one' <<<$'INPUT(a)\nb = NOT(a, a)'
netlist_error 'two pins of a DFF' '2: DFF takes one' <<<$'INPUT(a)\nb = DFF(a, a)'
netlist_error 'a character that is no text' '2: character 0x01' <<<$'INPUT(a)\nb\x01 = NOT(a)'
netlist_error 'net not driven' "3: net 'x' is used but not driven" <<'END'
INPUT(a)
OUTPUT(b)
b = AND(a, x)
END
netlist_error 'output not driven' "2: net 'x' is used but not driven" <<<$'INPUT(a)\nOUTPUT(x)'
netlist_error 'net driven twice' "4: net 'b' is driven twice, first in line 3" <<'END'
INPUT(a)
OUTPUT(b)
b = NOT(a)
b = BUF(a)
END
netlist_error 'input driven' "2: net 'a' is driven twice, first in line 1" <<<$'INPUT(a)\na = NOT(a)'
netlist_error 'input twice' "2: net 'a' is driven twice" <<<$'INPUT(a)\nINPUT(a)'
netlist_error 'combinational loop' '[345]: combinational loop: (x -> y -> z -> x|y -> z -> x -> y|z -> x -> y -> z);' <<'END'
INPUT(a)
OUTPUT(w)
x = NAND(a, z)
y = NOT(x)
z = BUFF(y)
w = AND(z, a)
END
netlist_error 'a gate that reads itself' '1: combinational loop: x -> x;' <<<'x = NOT(x)'

: >n.bench
refuse 'an empty netlist' '^tw: n.bench: there is no circuit' n.bench --out o
rm n.bench
refuse 'no such netlist' '^tw: n.bench: No such file' n.bench --out o
refuse 'a directory for a netlist' '^tw: /: Is a directory' / --out o
refuse 'no netlist' 'no CIRCUIT' --out o

printf 'INPUT(a)\nINPUT(b)\nOUTPUT(c)\nc = AND(a, b)\nd = DFF(c)\n' >../good.bench

# stimulus_error NAME PATTERN [ARG...]: the stimulus is the standard input.
stimulus_error()
{
	local name=$1 pattern=$2
	shift 2

	cat >s
	refuse "$name" "^tw: s:$pattern" ../good.bench --stimulus s --out o --vcd v "$@"
	rm s
}

stimulus_error 'a line too short' '2: 1 bits; a line has 2' <<<$'00\n1\n11'
stimulus_error 'a line too long' '3: more than 2' <<<$'00\n01\n111'
stimulus_error 'another character' '2: character 2 is neither' <<<$'00\n0x\n11'
stimulus_error 'carriage returns' '1: ' <<<$'00\r\n01\r'
stimulus_error 'an empty line' '2: 0 bits' <<<$'00\n\n11'
stimulus_error 'no line' '1: there is no line' </dev/null
stimulus_error 'fewer lines than cycles' '2: the stimulus ends here' --cycles 3 <<<$'00\n01'
stimulus_error 'truncated in a line' '2: 1 bits' <<<$'00\n0'
refuse 'no such stimulus' '^tw: s: No such file' ../good.bench --stimulus s --out o
refuse 'a pipe for a stimulus' 'regular file' ../good.bench --stimulus /dev/null --out o

refuse 'no such directory for --out' '^tw: no/o: No such' ../good.bench --out no/o
refuse 'no such directory for --vcd' '^tw: no/v: No such' ../good.bench --out o --vcd no/v
refuse 'a directory for --out' '^tw: /tmp: ' ../good.bench --out /tmp
refuse 'a full disk' '^tw: /dev/full: No space' ../good.bench --out o --vcd /dev/full --cycles 10000
refuse 'the circuit for --out' 'is read too' ../good.bench --out ../good.bench
refuse 'one file for both outputs' '(both|same)' ../good.bench --out o --vcd ./o
refuse 'more processes than gates' '^tw: --procs=9: ' ../good.bench --procs 9 --out o
refuse 'no number' '^tw: --cycles=x: ' ../good.bench --cycles x --out o
refuse 'no cycles' '^tw: --cycles=0: ' ../good.bench --cycles 0 --out o
refuse 'two stimuli' 'drop the other' ../good.bench --stimulus s --seed 1 --out o
refuse 'no such engine' '^tw: --engine=x: ' ../good.bench --engine x --out o
refuse 'no such option' 'unrecognized option' ../good.bench --bogus --out o
refuse 'two circuits' 'one CIRCUIT already' ../good.bench ../good.bench --out o
if [ "$(id -u)" != 0 ]; then
	: >r && chmod a-w r
	refuse 'an output that must not be written' '^tw: r: Permission' ../good.bench --out r
else
	skip 'an output that must not be written' 'root may write everything'
fi
finish
