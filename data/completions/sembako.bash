# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Completion of the Sembako programs' commands, options and files. It asks the programs themselves (--help), so that it
# knows what they know.

# The commands of a program, one a line: the rows between "Commands:" and the next blank line.
_sembako_commands() {
    LC_ALL=C LANGUAGE='' "$1" --help 2>/dev/null </dev/null |
        sed -n '/^Commands:$/,/^$/ { s|^  \([a-z]\)|\1|; T; s|   *.*$||; p }'
}

# The options of a command, one a line: "--name" or "--name VALUE".
_sembako_options() {
    LC_ALL=C LANGUAGE='' "$@" --help 2>/dev/null </dev/null |
        sed -n 's/^  \(--[a-z][a-z-]*\)[ =]\{0,1\}\([^ ]*\).*$/\1 \2/p'
}

# What may stand for a value of this kind.
_sembako_value() {
    local kind=$1 current=$2
    case $kind in
    *DIR*) mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
    'id|en' | *'|'*[a-z]) mapfile -t COMPREPLY < <(compgen -W "${kind//|/ }" -- "$current") ;;
    N | NUMBER | DAYS | DATE | NAME | HOST:PORT | CODE | ID) COMPREPLY=() ;;
    *) mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
    esac
}

_sembako() {
    local program=$1 current=$2 previous=$3 commands options command=() word kind i
    COMPREPLY=()
    commands=$(_sembako_commands "$program")
    # The words of the command so far: those that begin a line of the list. Others are options, values or arguments.
    for ((i = 1; i < COMP_CWORD; i++)); do
        word="${command[*]:+${command[*]} }${COMP_WORDS[i]}"
        if grep -qxE -- "$word( .*)?" <<<"$commands"; then
            command+=("${COMP_WORDS[i]}")
        fi
    done
    options=$(_sembako_options "$program" "${command[@]}")
    kind=
    while read -r word i; do
        [ "$word" != "$previous" ] || kind=$i
    done <<<"$options"
    if [[ $previous == --* && -n $kind ]]; then
        _sembako_value "$kind" "$current"
    elif [[ $current == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$(cut -d ' ' -f 1 <<<"$options")" -- "$current")
    elif [ -n "$commands" ] && ! grep -qx -- "${command[*]}" <<<"$commands"; then
        # The next word of every command that begins with the words so far.
        word="${command[*]:+${command[*]} }"
        mapfile -t COMPREPLY < <(compgen -W "$(sed -n "s/^$word\([a-z-]*\).*$/\1/p" <<<"$commands" | sort -u)" -- "$current")
    else
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
    fi
}

complete -o filenames -F _sembako sembako-keys sembako-personalize sembako-reader sembako-card
