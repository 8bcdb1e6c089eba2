#compdef cihsm
#
# zsh completion for cihsm. What can follow comes from the program itself, which asks neither token
# nor tenant for it. Where it knows nothing, names of files are completed.
_cihsm() {
    local -a lines found
    local line word
    lines=("${(@f)$("${(Q)words[1]}" metadata --complete words -- "${(j: :)words[2,CURRENT-1]}" 2>/dev/null)}")
    [[ $PREFIX == -* ]] || lines=("${(@)lines:#--*}")
    for line in "${(@)lines:#}"; do
        word=${${line%%$'\t'*}//:/\\:}
        if [[ $line == *$'\t'* ]]; then
            word+=:${line#*$'\t'}
        fi
        found+=("$word")
    done
    if (( $#found )); then
        _describe -t words word found
    else
        _files
    fi
}
# autoloaded from a folder of completions, or read by "source"
if [[ $funcstack[1] == _cihsm ]]; then
    _cihsm "$@"
else
    compdef _cihsm cihsm
fi
