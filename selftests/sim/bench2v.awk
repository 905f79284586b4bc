#!/usr/bin/awk -f
# SPDX-License-Identifier: GPL-2.0
#
# bench2v.awk FILE - a netlist, one statement in a line, as Verilog: the
# circuit and a bench that reads lines of bits from "stimulus" and prints the
# outputs at the end of each cycle.

function net(word)
{
	gsub(/[ \t\r()]/, "", word)
	if (!(word in number))
		number[word] = n++
	return "n" number[word]
}

{ sub(/#.*/, "") }

toupper($0) ~ /^[ \t]*INPUT[ \t]*\(/ {
	sub(/^[^(]*\(/, "")
	input[ins++] = net($0)
	next
}

toupper($0) ~ /^[ \t]*OUTPUT[ \t]*\(/ {
	sub(/^[^(]*\(/, "")
	output[outs++] = net($0)
	next
}

/=/ {
	split($0, side, "=")
	to = net(side[1])
	kind = toupper(side[2])
	gsub(/[ \t]|\(.*/, "", kind)
	sub(/^[^(]*\(/, "", side[2])
	pins = split(side[2], pin, ",")
	if (kind ~ /^(VDD|GND)$/) {
		wires = wires "\twire " to " = " (kind == "VDD") ";\n"
		next
	}
	if (kind == "DFF") {
		state = state "\treg " to " = 0; always @(posedge clk) " to " <= " net(pin[1]) ";\n"
		next
	}
	op = kind ~ /AND/ ? " & " : kind ~ /X/ ? " ^ " : " | "
	all = net(pin[1])
	for (i = 2; i <= pins; i++)
		all = all op net(pin[i])
	invert = kind ~ /^N/ || kind == "XNOR"
	wires = wires "\twire " to " = " (invert ? "~" : "") "(" all ");\n"
}

END {
	print "`default_nettype none\nmodule bench;\n\treg clk = 0; integer f, got;"
	printf "\treg [%d:0] line;\n", (ins ? ins : 1) - 1
	for (i = 0; i < ins; i++)
		printf "\twire %s = line[%d];\n", input[i], ins - 1 - i
	printf "%s%s", wires, state
	print "\tinitial begin\n\t\tf = $fopen(\"stimulus\", \"r\");"
	print "\t\tgot = $fscanf(f, \"%b\\n\", line);"
	print "\t\twhile (got == 1) begin\n\t\t\t#10;"
	printf "\t\t\t$display(\"%%b\", {%s", output[0]
	for (i = 1; i < outs; i++)
		printf ", %s", output[i]
	print "});"
	print "\t\t\tgot = $fscanf(f, \"%b\\n\", next);"
	print "\t\t\tclk = 1; line <= next; #5 clk = 0;\n\t\tend\n\t\t$finish;\n\tend"
	printf "\treg [%d:0] next;\nendmodule\n", (ins ? ins : 1) - 1
}
