# Completes each argument, a command line, and prints what bash would offer.
source /usr/share/bash-completion/bash_completion
source <(corsage completion bash)
compopt() { :; } # outside of a completion it complains
for COMP_LINE in "$@"; do
	read -ra COMP_WORDS <<<"${COMP_LINE//:/ : }" # as COMP_WORDBREAKS divides it
	[[ $COMP_LINE != *' ' ]] || COMP_WORDS+=('')
	COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) COMP_POINT=${#COMP_LINE} COMP_TYPE=9 COMP_KEY=9
	COMPREPLY=()
	__start_corsage
	(IFS='|' && printf '%s\n' "${COMPREPLY[*]}")
done
