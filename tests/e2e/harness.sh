#!/bin/bash
# harness - the test runner itself: what it must count as a failure
#
# A runner that lets a crash, a leak or an empty program pass makes every other test worthless.
set -u

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
tests=$scratch/release/tests/unit
mkdir -p "$tests"

# fake NAME: a test program that does what is said on stdin.
fake() {
    { echo '#!/bin/sh' && cat; } >"$tests/$1"
    chmod +x "$tests/$1"
}

# claim WHAT LAST_LINE STATUS ARGUMENT...: the runner ends with this line and exit status.
claim() {
    local what=$1 last=$2 status=$3 got

    shift 3
    got=$(tests/run.sh --timeout 1 "$@" 2>&1)
    if [ $? -eq "$status" ] && [ "${got##*$'\n'}" = "$last" ]; then
        echo "ok $what"
    else
        echo "not ok $what: expected '$last', got:"
        printf '%s\n' "${got//$'\n'/$'\n'    }"
    fi
}

fake test_good <<'END'
echo '[==========] Running 2 test(s).'
echo '[ RUN      ] a'
echo '[       OK ] a'
echo '[ RUN      ] b'
echo '[       OK ] b'
echo '[==========] 2 test(s) run.'
echo '[  PASSED  ] 2 test(s).'
END
fake test_bad <<'END'
echo '[==========] Running 3 test(s).'
echo '[==========] 3 test(s) run.'
echo '[  PASSED  ] 1 test(s).'
echo '[  FAILED  ] 2 test(s), listed below:'
echo '[  FAILED  ] a'
echo '[  FAILED  ] b'
exit 2
END
fake test_two_groups <<'END'
echo '[==========] first: Running 1 test(s).'
echo '[  PASSED  ] 1 test(s).'
echo '[==========] second: Running 2 test(s).'
echo '[  PASSED  ] 1 test(s).'
echo '[  FAILED  ] second: 1 test(s), listed below:'
exit 1
END
fake test_crash <<'END'
echo '[==========] Running 3 test(s).'
echo '[       OK ] a'
kill -SEGV $$
END
fake test_leak <<'END'
echo '[==========] Running 1 test(s).'
echo '[  PASSED  ] 1 test(s).'
exit 23
END
fake test_hang <<'END'
echo '[==========] Running 1 test(s).'
exec sleep 30
END
fake test_empty <<'END'
exit 0
END
fake test_which <<'END'
echo '[==========] Running 1 test(s).'
[ "$STORMCELL" = "${0%/release/*}/stormcell" ] && echo '[  PASSED  ] 1 test(s).'
END
fake check.sh <<'END'
echo 'ok one'
echo 'not ok two'
END
fake broken.sh <<'END'
echo 'ok one'
exit 1
END

claim 'what passes is counted' '2 passed, 0 failed' 0 "$tests/test_good"
claim 'what fails is counted' '1 passed, 2 failed' 1 "$tests/test_bad"
claim 'groups are added up' '2 passed, 1 failed' 1 "$tests/test_two_groups"
claim 'programs are added up' '5 passed, 3 failed' 1 "$tests"/test_{good,bad,good} "$tests/test_empty"
claim 'a crash is a failure' '1 passed, 1 failed' 1 "$tests/test_crash"
claim 'an exit status that no test explains is a failure' '1 passed, 1 failed' 1 "$tests/test_leak"
claim 'a program that hangs is stopped and is a failure' '0 passed, 1 failed' 1 "$tests/test_hang"
claim 'a program without tests is a failure' '0 passed, 1 failed' 1 "$tests/test_empty"
claim 'a program that is not there is a failure' '0 passed, 1 failed' 1 "$tests/test_absent"
claim 'nothing at all is no success' '0 passed, 0 failed' 1
claim 'a test finds the program of its own flavour' '1 passed, 0 failed' 0 "$tests/test_which"
claim 'lines of a script are checks' '1 passed, 1 failed' 1 "$tests/check.sh"
claim 'a script that breaks off is a failure' '1 passed, 1 failed' 1 "$tests/broken.sh"
claim 'many at once are all counted' '24 passed, 1 failed' 1 --jobs 4 \
    "$tests"/test_{good,good,good,good,good,good,good,good,good,good,good,good,empty}
