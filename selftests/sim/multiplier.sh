#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The circuit that tw-gen-circuit writes multiplies.
set -u
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

gen=${GEN:-tw-gen-circuit}

# multiply BITS ROWS: random factors in, and their products out, in time.
multiply()
{
	local circuit=$tmp/m.bench latency

	"$gen" --bits "$1" --rows "$2" >"$circuit" || return
	latency=$(sed -nE '1s/.*latency ([0-9]+)$/\1/p' "$circuit")
	stimulus $((2 * $1)) 60 "$1$2" >"$tmp/in"
	"$tw" run logic "$circuit" --engine=sequential --stimulus "$tmp/in" --out "$tmp/out" \
		>/dev/null || return
	paste -d ' ' "$tmp/in" "$tmp/out" | awk -v bits="$1" -v latency="$latency" '
		function number(from, n,  i, x) {
			x = 0
			for (i = n - 1; i >= 0; i--)
				x = 2 * x + substr($0, from + i, 1)
			return x
		}
		{
			product[NR] = number(1, bits) * number(1 + bits, bits)
			right += NR > latency && number(2 * bits + 2, 2 * bits) == product[NR - latency]
		}
		END { exit latency < 1 || right != NR - latency }'
}

for shape in '2 1' '3 2' '8 8' '8 3' '16 4' '24 4' '26 26'; do
	# shellcheck disable=SC2086
	multiply $shape
	result $? "$shape: bits, rows between registers"
done
"$gen" >"$tmp/a" && "$gen" >"$tmp/b" && cmp -s "$tmp/a" "$tmp/b"
result $? 'it writes the same each time'
[ "$(grep -c '=' "$tmp/a")" -gt 3000 ]
result $? 'thousands of gates by default'
! "$gen" --bits 1 >"$tmp/a" 2>"$tmp/stderr" && [ ! -s "$tmp/a" ]
result $? 'a number out of range is refused'
! "$gen" >/dev/full 2>"$tmp/stderr" && grep -q written "$tmp/stderr"
result $? 'a full disk is noticed'
finish
