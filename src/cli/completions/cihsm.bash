# bash completion for cihsm                                   -*- shell-script -*-
#
# What can follow comes from the program itself, which asks neither token nor tenant for it. Where
# it knows nothing, names of files are completed.
_cihsm() {
    local word=${COMP_WORDS[COMP_CWORD]} found IFS=' '
    COMPREPLY=()
    while IFS= read -r found; do
        found=${found%%$'\t'*}
        if [[ $found == "$word"* && ($found != --* || $word == -*) ]]; then
            COMPREPLY+=("$found")
        fi
    done < <("$1" metadata --complete words -- "${COMP_WORDS[*]:1:COMP_CWORD-1}" 2>/dev/null)
}
complete -o default -F _cihsm cihsm
