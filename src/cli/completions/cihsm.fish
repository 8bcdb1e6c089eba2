# fish completion for cihsm. What can follow comes from the program itself, which asks neither token
# nor tenant for it. Where it knows nothing, names of files are completed.
function __cihsm_complete
    set -l words (commandline -opc)
    set -l word (commandline -ct)
    set -l found ($words[1] metadata --complete words -- "$words[2..-1]" 2>/dev/null)
    if not string match -q -- '-*' $word
        set found (string match -v -- '--*' $found)
    end
    if test (count $found) -gt 0
        printf '%s\n' $found
    else
        __fish_complete_path $word
    end
end
complete -c cihsm -f -a '(__cihsm_complete)'
