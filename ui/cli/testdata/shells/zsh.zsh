# Types each argument, a command line, into a zsh with a terminal of its own, then
# Tab, and prints what the line has become.
zmodload zsh/zpty
zpty shell env TERM=dumb zsh -f -i
zpty -w shell 'PS1=; unset zle_bracketed_paste; autoload -Uz compinit; compinit -u -D; source <(corsage completion zsh); compdef _corsage corsage'
zpty -w shell 'show() { print -r -- "beca""me:${BUFFER}:end" }; zle -N show; bindkey "^T" show; print rea""dy'
zpty -r shell output '*ready*'
for line in "$@"; do
	zpty -n -w shell $'\C-u'"$line"$'\t\C-t'
	zpty -r shell output '*became:*:end*'
	became=${output##*became:}
	print -r -- "${became%%:end*}"
done
