#compdef cihsm
#
# zsh completion for cihsm. What can follow comes from the program itself, which asks neither token
# nor tenant for it. Where it knows nothing, names of files are completed.
_cihsm() {
    local -a found
    found=("${(@f)$("${(Q)words[1]}" metadata --complete words -- "${(j: :)words[2,CURRENT-1]}" 2>/dev/null)}")
    [[ $PREFIX == -* ]] || found=("${(@)found:#--*}")
    found=("${(@)found:#}")
    if (( $#found )); then
        compadd -a found
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
