# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2207
#
# Completion of tw's commands and options, for bash.

_tw_options()
{
	case $1 in
	'run calls')
		echo --exchanges= --lines= --mean= --hold= --delay= --end= --procs= --seed= --verify \
			--json --engine= --running= --window= --snapshot-interval= --memory= --cancellation= --strict \
			--kill-every= --help
		;;
	'run logic')
		echo --procs= --cycles= --stimulus= --seed= --vcd= --out= --verify --json \
			--engine= --clusters= --window= --running= --snapshot-interval= --memory= \
			--cancellation= --strict --kill-every= --help
		;;
	'run net')
		echo --flows= --rate= --size= --duration= --buffer= --bandwidth= --csv= --svg= \
			--packets= --procs= --seed= --verify --json --engine= --window= \
			--running= --snapshot-interval= --memory= --cancellation= --strict \
			--kill-every= --help
		;;
	'run phold')
		echo --lps= --procs= --remote= --mean= --lookahead= --start-events= --end= \
			--grain-us= --payload= --lazy-share= --seed= --verify --json --engine= --running= \
			--window= --snapshot-interval= --memory= --cancellation= --strict --kill-every= \
			--state= --help
		;;
	'run desk')
		echo --stations= --disorder= --bound= --ledger= --procs= --seed= --verify --json \
			--engine= --running= --window= --snapshot-interval= --memory= --cancellation= \
			--strict --kill-every= --help
		;;
	'run divide')
		echo --rounds= --grain-us= --procs= --seed= --verify --json --engine= \
			--running= --window= --snapshot-interval= --memory= --cancellation= --strict \
			--kill-every= --help
		;;
	trace)
		echo --process= --cause= --domain= --duration= --totals --doubles --json \
			--buffer= --verbose --help
		;;
	info)
		echo --json --help
		;;
	run)
		echo calls logic net phold desk divide help
		;;
	'')
		echo run trace info help --json --version
		;;
	esac
}

_tw_values()
{
	case $1 in
	--engine) echo timewarp sequential ;;
	--cancellation) echo aggressive lazy ;;
	--running) echo all ;;
	--state) echo fork copy reverse ;;
	--window) echo learnt ;;
	--cause) echo primary secondary lost memory ;;
	esac
}

# The words of the command so far, without options: "run logic".
_tw_command()
{
	local word command=''

	for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
		case "$command/$word" in
		/run | /trace | /info | /help) command=$word ;;
		run/calls | run/logic | run/net | run/phold | run/desk | run/divide | run/help) command="run $word" ;;
		esac
	done
	echo "$command"
}

_tw()
{
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command option=''

	# Readline takes "--option=value" as three words.
	if [ "$cur" = = ]; then
		option=$prev cur=''
	elif [ "$prev" = = ]; then
		option=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	compopt +o nospace 2>/dev/null
	if [ -n "$option" ]; then
		COMPREPLY=($(compgen -W "$(_tw_values "$option")" -- "$cur"))
		case $option in
		--stimulus | --vcd | --out | --csv | --svg | --packets | --ledger) COMPREPLY=($(compgen -f -- "$cur")) ;;
		esac
		return
	fi
	command=$(_tw_command)
	COMPREPLY=($(compgen -W "$(_tw_options "$command")" -- "$cur"))
	case "$command:$cur" in
	*:-*) ;;
	'run logic:'* | 'run net:'* | 'run desk:'*) COMPREPLY=($(compgen -f -- "$cur")) ;;
	esac
	[[ ${COMPREPLY[0]-} != *= ]] || compopt -o nospace 2>/dev/null
}

complete -F _tw tw
