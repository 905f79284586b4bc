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

model=logic

# refuse NAME PATTERN ARG...: the run in which all that is wrong is what is named.
refuse()
{
	local name=$1 pattern=$2 before status=0 reason=''
	shift 2

	echo old >o
	before=$(find . | sort)
	"$tw" run "$model" --engine=sequential "$@" >stdout 2>stderr </dev/null || status=$?
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
printf 'n0 = NOT(n1000)\n' >../loop
seq 1 1000 | awk '{ printf "n%d = NOT(n%d)\n", $1, $1 - 1 }' >>../loop
netlist_error 'a loop of a thousand gates' '.*combinational loop: .* -> [.]{3} \(1001 nets\) -> n[0-9]+;' <../loop
netlist_error 'pins of a constant' "2: '\('" <<<$'INPUT(a)\nb = VDD(a)'
netlist_error 'a constant that nobody drives' "3: net 'vdd' is used but not driven" <<<$'INPUT(a)\nOUTPUT(b)\nb = AND(a, vdd)'
netlist_error 'a gate of another format' "3: 'LUT' is no kind of gate" <<<$'INPUT(a)\nOUTPUT(b)\nb = LUT 0x2 (a)'
netlist_error 'a comment of another language' "1: 'comment'" <<<$'// comment\nINPUT(a)'
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
refuse 'no interval' '^tw: --snapshot-interval=0: ' ../good.bench --snapshot-interval 0 --out o
refuse 'no least interval' '^tw: --snapshot-interval=: ' ../good.bench --snapshot-interval :3 --out o
refuse 'bounds the wrong way round' '^tw: --snapshot-interval=3:2: ' ../good.bench --snapshot-interval 3:2 --out o
refuse 'bounds of many digits' '^tw: --snapshot-interval=0{30}3:2: the first' ../good.bench \
	--snapshot-interval "$(printf %031d 3)":2 --out o
refuse 'no window' '^tw: --window=-1: ' ../good.bench --window -1 --out o
refuse 'nobody to kill' 'drop --engine' ../good.bench --kill-every 5 --out o
refuse 'no such option' 'unrecognized option' ../good.bench --bogus --out o
refuse 'two circuits' 'one CIRCUIT already' ../good.bench ../good.bench --out o
if [ "$(id -u)" != 0 ]; then
	: >r && chmod a-w r
	refuse 'an output that must not be written' '^tw: r: Permission' ../good.bench --out r
else
	skip 'an output that must not be written' 'root may write everything'
fi

model=net

# network_error NAME PATTERN: the topology is the standard input.
network_error()
{
	cat >n.graphml
	refuse "$1" "^tw: n.graphml:$2" n.graphml --csv o --svg v --packets p
	rm n.graphml
}

# graph_error NAME PATTERN ELEMENT...: these are lines 7 and so on of a file that is right.
graph_error()
{
	local name=$1 pattern=$2
	shift 2

	network_error "$name" "$pattern" < <(
		cat <<-'END'
			<graphml>
			<key id="lat" for="node" attr.name="Latitude"/>
			<key id="lon" for="node" attr.name="Longitude"/>
			<key id="speed" for="edge" attr.name="LinkSpeedRaw"/>
			<graph edgedefault="undirected">
			<node id="a"/> <node id="b"/> <edge source="a" target="b"/>
		END
		printf '%s\n' "$@" '</graph></graphml>'
	)
}

network_error 'an empty topology' '1: no element found' </dev/null
network_error 'no XML' '1: syntax error' <<<'11 14'
network_error 'truncated XML' '3: no element found' <<<$'<graphml>\n<graph>'
network_error 'a truncated tag' '2: unclosed token' <<<$'<graphml>\n<graph'
network_error 'a tag that does not fit' '2: mismatched tag' <<<$'<graphml>\n<graph></node>'
network_error 'no GraphML' '1: <html>; this is no GraphML' <<<'<html><body/></html>'
network_error 'an unknown entity' '1: undefined entity' <<<'<graphml>&nope;</graphml>'
network_error 'no nodes' ' there are no nodes' <<<'<graphml><graph/></graphml>'
network_error 'no graph' ' there are no nodes' <<<'<graphml/>'
network_error 'no edges' ' no two nodes are linked' <<<'<graphml><graph><node id="a"/></graph></graphml>'
network_error 'loops only' ' no two nodes are linked' \
	<<<'<graphml><graph><node id="a"/><edge source="a" target="a"/></graph></graphml>'
graph_error 'a node without an id' '7: a node without an id' '<node/>'
graph_error 'a node twice' "8: node 'c' is there twice, first in line 7" '<node id="c"/>' '<node id="c"/>'
graph_error 'an edge without a target' '7: an edge without a target' '<edge source="a"/>'
graph_error 'an edge to nowhere' "7: an edge to 'x'; there is no such node" '<edge source="a" target="x"/>'
graph_error 'a hyperedge' '7: <hyperedge> is not understood' '<hyperedge/>'
graph_error 'a graph in a node' '7: <graph> is not understood' '<node id="c"><graph/></node>'
graph_error 'a second graph' '7: a second graph' '</graph><graph>'
graph_error 'data without a key' '7: data without a key' '<node id="c"><data>x</data></node>'
for latitude in north 91 nan 1e999 '1 2'; do
	graph_error "the latitude $latitude" "7: Latitude '$latitude'; give a number from -90 to 90" \
		"<node id=\"c\"><data key=\"lat\">$latitude</data></node>"
done
graph_error 'no longitude' "7: Longitude '400'" '<node id="c"><data key="lon">400</data></node>'
for speed in fast -1 0 1e30; do
	graph_error "the speed $speed" "7: LinkSpeedRaw '$speed'" \
		"<edge source=\"a\" target=\"b\"><data key=\"speed\">$speed</data></edge>"
done
graph_error 'a label without an end' '[0-9]+: a Latitude of more than' \
	"<node id=\"c\"><data key=\"lat\">$(printf '%05000d' 0)</data></node>"

refuse 'no such topology' '^tw: n.graphml: No such file' n.graphml --csv o
refuse 'a directory for a topology' '^tw: /: Is a directory' / --csv o
refuse 'more processes than nodes' '^tw: --procs=26: ' --procs 26 --csv o
refuse 'no flows' '^tw: --flows=0: ' --flows 0 --csv o
refuse 'no duration' '^tw: --duration=0: ' --duration 0 --csv o
refuse 'no rate' '^tw: --rate=x: ' --rate x --csv o
refuse 'two topologies' 'one TOPOLOGY already' a b --csv o
refuse 'one file for two outputs' '(both|same)' --csv o --svg ./o
refuse 'one new file for two outputs' 'same' --svg w --packets w
printf '<graphml><graph><node id="a"/><node id="b"/><edge source="a" target="b"/></graph></graphml>' >../net.graphml
refuse 'the topology for an output' 'is read too' ../net.graphml --csv ../net.graphml
refuse 'a full disk for the packets' '^tw: /dev/full: No space' --csv o --packets /dev/full
finish
