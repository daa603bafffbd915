# Shared by the scripts of tools/: finding Python, filling .venv, asking Debian for packages. Sourced, not run.

say() { printf '%s\n' "$*" >&2; }
die() { say "$*"; exit 1; }
is_root() { [ "$(id -u)" = 0 ]; }
has() { command -v "$1" >/dev/null 2>&1; }
on_debian() { has dpkg && has apt-get; }

# missing_packages NAME...: prints those that are not installed.
missing_packages() {
    for package in "$@"; do
        dpkg-query -W -f '${Status}\n' "$package" 2>/dev/null | grep -q 'ok installed$' || printf '%s ' "$package"
    done
}

# apt_install NAME...: installs what is missing, looking at the package lists once. Root on Debian only.
apt_install() {
    needed=$(missing_packages "$@")
    [ -n "$needed" ] || return 0
    say "installing Debian packages: $needed"
    export DEBIAN_FRONTEND=noninteractive
    log=$(mktemp)
    # shellcheck disable=SC2086  # a list of words
    if ! { apt-get -qq update && apt-get -qq install -y --no-install-recommends $needed; } >"$log" 2>&1; then
        cat "$log" >&2
        rm -f "$log"
        return 1
    fi
    rm -f "$log"
}

# find_python: sets PYTHON to an interpreter of 3.11 or later that runs.
find_python() {
    for PYTHON in ${PYTHON:-} python3.11 python3.12 python3.13 python3; do
        "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && return 0
    done
    die "Python 3.11 or later is needed and was not found (Debian: apt-get install python3 python3-venv)."
}

# make_virtualenv: makes .venv, or makes it anew when its interpreter is gone.
make_virtualenv() {
    .venv/bin/python -m pip --version >/dev/null 2>&1 && return 0
    rm -rf .venv
    if ! "$PYTHON" -c 'import ensurepip, venv' 2>/dev/null; then
        if is_root && on_debian; then
            apt_install python3-venv
        else
            die "$PYTHON cannot make virtual environments. Debian: apt-get install python3-venv   then: make setup"
        fi
    fi
    say "making .venv with $("$PYTHON" --version)"
    "$PYTHON" -m venv .venv
}

# install_once STAMP FILE: installs a requirement file unless that same text was installed into this same folder before.
install_once() {
    stamp=.venv/installed-$1
    now=$({ cat "$2" pyproject.toml; pwd; } | cksum)
    [ "$(cat "$stamp" 2>/dev/null)" = "$now" ] && return 0
    say "installing $2"
    # Said explicitly: where a caller looks at the result, the shell does not stop by itself.
    .venv/bin/python -m pip install -qq --disable-pip-version-check -r "$2" || return 1
    printf '%s\n' "$now" >"$stamp"
}

# can_build_driver: is there what mysqlclient needs to build?
can_build_driver() {
    has pkg-config && { has cc || has gcc; } &&
        { pkg-config --exists libmariadb || pkg-config --exists mysqlclient || pkg-config --exists mariadb; } &&
        .venv/bin/python -c 'import os, sysconfig
raise SystemExit(not os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")))'
}

# install_mariadb_driver: builds the driver where it can be built. SQLite goes without, and so does `make run`.
install_mariadb_driver() {
    if can_build_driver; then
        install_once mariadb requirements-mariadb.txt || say "The MariaDB driver could not be built: SQLite only."
    elif ! .venv/bin/python -c 'import MySQLdb' 2>/dev/null; then
        say "SQLite only. For MariaDB, install: apt-get install build-essential pkg-config python3-dev libmariadb-dev" \
            "  then: make setup"
    fi
}
