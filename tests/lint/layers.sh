#!/bin/sh
# layers - every include against tests/lint/layers.txt
#
# Prints `file:line: what is wrong` for each breach. Runs at the top of the tree; so do all checks in this folder.
set -eu

rules=$(dirname "$0")/layers.txt
# shellcheck disable=SC2046 # our names have no spaces
awk '
    function wrong(what) { printf "%s:%d: %s\n", FILENAME, FNR, what; breaches++ }

    # The layer of a file by its path, or of an included name.
    function layer_of(name) {
        if (name in layer_of_header)
            return layer_of_header[name]
        sub(/^sim\//, "", name)
        sub(/\/.*/, "", name)
        return name in allowed ? name : ""
    }

    function base_name(path) { sub(/.*\//, "", path); sub(/\.[ch]$/, "", path); return path }
    function folder_name(path) { sub(/\/[^\/]*$/, "", path); return path }

    FNR == 1 { files++ }

    # The rules are the first file.
    files == 1 {
        sub(/#.*/, "")
        if ($1 == "layer") {
            sub(/:/, "", $2)
            allowed[$2] = " " $2 " "
            for (i = 3; i <= NF; i++) {
                if (!($i in allowed))
                    wrong("layer " $2 " includes from " $i ", which is not below it")
                allowed[$2] = allowed[$2] $i " "
            }
        } else if ($1 == "header")
            layer_of_header[$2] = $3
        else if ($1 == "only") {
            owners = ""
            for (i = 3; i <= NF; i++)
                owners = owners " " $i
            only[$2] = owners " "
        } else if ($1 == "apart")
            apart[$2] = 1
        else if (NF)
            wrong("expected layer, header, only or apart, got " $1)
        next
    }

    FNR == 1 {
        own = FILENAME
        sub(/^include\//, "", own)
        mine = layer_of(own)
        if (mine == "")
            wrong("belongs to no layer of tests/lint/layers.txt")
    }

    /^[ \t]*#[ \t]*include[ \t]*[<"]/ && mine != "" {
        name = $0
        sub(/^[ \t]*#[ \t]*include[ \t]*/, "", name)
        for (prefix in only)
            if (index(name, prefix) == 1 && !index(only[prefix], " " mine " "))
                wrong("includes " name ", which only" only[prefix] "may")
        if (name !~ /^"/)
            next
        sub(/^"/, "", name)
        sub(/".*/, "", name)
        # A bare name that is no generated header lies in the same folder.
        theirs = name !~ /\// && !(name in layer_of_header) ? mine : layer_of(name)
        if (theirs == "")
            wrong("includes \"" name "\", which belongs to no layer of tests/lint/layers.txt")
        else if (!index(allowed[mine], " " theirs " "))
            wrong(mine " includes \"" name "\" of " theirs ", which is not below it")
        where = folder_name(name ~ /\// ? "sim/" name : folder_name(FILENAME) "/" name)
        if (where in apart && base_name(name) != base_name(FILENAME))
            wrong("includes \"" name "\": files in " where " know nothing of each other")
    }

    END { exit breaches > 0 }
' "$rules" $(find include sim -name '*.[ch]' | LC_ALL=C sort)
