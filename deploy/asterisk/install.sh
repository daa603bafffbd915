#!/bin/sh
# Brings Asterisk, and what the prompts are spoken with, to a Debian machine whose own release has none, without touching the machine.
#
#     deploy/asterisk/install.sh [FOLDER]        (default: ~/.cache/kongchong/asterisk)
#
# Needs no root. The packages come from the machine's own Debian mirror, of the first release that answers (forky, sid, bullseye), and
# are verified by Debian's own keys; lists and cache are private to a scratch folder. They are unpacked, never installed, and
# run on the C library that came with them. Ends with 0 when FOLDER/bin/asterisk runs (also when it stood before), with 3 where no
# release answers, with 1 when something is wrong.
set -eu

folder=${1:-${ASTERISK_PREFIX:-${XDG_CACHE_HOME:-$HOME/.cache}/kongchong/asterisk}}
suites=${ASTERISK_SUITES:-forky sid bullseye}
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
wanted="asterisk espeak-ng sox"
here=$(dirname "$(readlink -f "$0")")

say() { printf '%s\n' "$*" >&2; }

if [ -x "$folder/bin/asterisk" ] && "$folder/bin/asterisk" -V >/dev/null 2>&1; then
    exit 0
fi
if ! command -v apt-get >/dev/null || ! command -v dpkg-deb >/dev/null || [ ! -r "$keyring" ]; then
    say "Asterisk cannot be had here: this is no Debian."
    exit 3
fi

# mirror: the address from which this machine takes Debian's main archive.
mirror() {
    apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | sed 's:/*$::' | grep '/debian$' | head -n 1
}

archive=${ASTERISK_MIRROR:-$(mirror)}
if [ -z "$archive" ]; then
    say "Asterisk cannot be had here: apt names no Debian mirror."
    exit 3
fi

scratch=$(mktemp -d "${TMPDIR:-/tmp}/kongchong-asterisk.XXXXXX")
trap 'rm -rf "$scratch"' EXIT INT TERM

# private COMMAND...: apt-get over lists, cache and state of its own; the machine's proxies and the like still hold.
private() {
    apt-get -qq \
        -o Dir::State="$scratch/state" -o Dir::State::status="$scratch/state/status" -o Dir::State::lists="$scratch/state/lists" \
        -o Dir::Cache="$scratch/cache" -o Dir::Etc::sourcelist="$scratch/sources.list" -o Dir::Etc::sourceparts=- \
        -o Dir::Etc::preferencesparts=- -o Dir::Etc::preferences=- \
        -o APT::Sandbox::User="$(id -un)" -o APT::Update::Post-Invoke-Success= -o APT::Update::Post-Invoke= -o DPkg::Post-Invoke= \
        -o APT::Architectures="$(dpkg --print-architecture)" -o Acquire::Languages=none -o Acquire::Retries=2 \
        -o Acquire::http::Timeout=15 -o Acquire::https::Timeout=15 -o Debug::NoLocking=1 "$@"
}

# fetch SUITE: downloads the packages of one release with everything they need.
fetch() {
    rm -rf "$scratch/state" "$scratch/cache"
    mkdir -p "$scratch/state/lists/partial" "$scratch/cache/archives/partial"
    : >"$scratch/state/status"
    printf 'deb [signed-by=%s] %s %s main\n' "$keyring" "$archive" "$1" >"$scratch/sources.list"
    private update >"$scratch/log" 2>&1 || return 1
    # shellcheck disable=SC2086  # a list of words
    private --no-install-recommends --download-only -y install $wanted >>"$scratch/log" 2>&1
}

found=""
for suite in $suites; do
    if fetch "$suite"; then
        found=$suite
        break
    fi
done
if [ -z "$found" ]; then
    say "Asterisk cannot be had here: none of these releases answers: $suites"
    [ ! -s "$scratch/log" ] || tail -n 3 "$scratch/log" >&2
    exit 3
fi

say "unpacking Asterisk of Debian $found"
mkdir -p "$scratch/root"
for package in "$scratch"/cache/archives/*.deb; do
    dpkg-deb --fsys-tarfile "$package" | tar -x -C "$scratch/root" \
        --exclude='./usr/share/man' --exclude='./usr/share/doc' --exclude='./usr/share/locale' --exclude='*.wav' --exclude='*.gsm'
done

root=$scratch/root
# find_one NAME: the folder that holds the first file of that name.
find_one() { dirname "$(find "$root/usr" -name "$1" ! -type d | sort | head -n 1)"; }
modules=$(find_one res_agi.so)
libraries=$(find "$root" -path '*/lib/*' -name 'libc.so.6' | sort | head -n 1)
libraries=$(dirname "$libraries")
loader=$(find "$libraries" -name 'ld-linux*.so*' | head -n 1)

made=$scratch/made
mkdir -p "$made/bin" "$made/programs" "$made/lib" "$made/modules" "$made/share"
cp -L "$loader" "$made/lib/ld.so"
cp -R "$(find_one core-en_US.xml)" "$made/share/documentation"
cp -R "$(find_one phontab)" "$made/share/espeak-ng-data"
for program in sbin/asterisk bin/espeak-ng bin/sox; do
    cp -L "$root/usr/$program" "$made/programs/"
done
sed -n 's/^load *= *//p' "$here/etc/modules.conf" | while read -r module; do
    # One release has modules that another has not.
    [ ! -e "$modules/$module" ] || cp "$modules/$module" "$made/modules/"
done

# Of the libraries, those that the programs and modules name; two releases keep some of them in folders of their own.
path=$libraries:$(find "$root" -path '*/lib/*' -name '*.so*' ! -path "$modules/*" ! -path '*/gconv/*' -exec dirname {} \; | sort -u | paste -sd: -)
for file in "$made"/programs/* "$made"/modules/*; do
    "$made/lib/ld.so" --library-path "$path" --list "$file" 2>/dev/null || :
done | sed -n 's/.* => \(.*\) (0x.*/\1/p' | sort -u | while read -r library; do
    case $library in "$root"/*) cp -L "$library" "$made/lib/" ;; esac
done

# start PROGRAM [VARIABLE=VALUE]: a start script that runs a program on the libraries beside it.
start() {
    cat >"$made/bin/$1" <<END
#!/bin/sh
here=\$(dirname "\$(dirname "\$(readlink -f "\$0")")")
${2:-}
exec "\$here/lib/ld.so" --library-path "\$here/lib" "\$here/programs/$1" "\$@"
END
    chmod 755 "$made/bin/$1"
}
start asterisk
start sox
start espeak-ng 'export ESPEAK_DATA_PATH="$here/share"'

for program in "asterisk -V" "espeak-ng --version" "sox --version"; do
    # shellcheck disable=SC2086  # a program and its option
    if ! "$made/bin/"$program >"$scratch/log" 2>&1; then
        say "What was unpacked does not run: $program"
        tail -n 3 "$scratch/log" >&2
        exit 1
    fi
done
mkdir -p "$(dirname "$folder")"
rm -rf "$folder.old"
[ ! -e "$folder" ] || mv "$folder" "$folder.old"
mv "$made" "$folder"
rm -rf "$folder.old"
say "$("$folder/bin/asterisk" -V) stands in $folder"
