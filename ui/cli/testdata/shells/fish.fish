# Completes each argument, a command line, and prints what fish would offer.
corsage completion fish | source
for line in $argv
    set offered (complete -C $line | string replace -r '\t.*' '')
    string join '|' -- $offered
end
true
