# system.sh CACHE OUT: makes the small Linux that the benchmarks run in, of Debian's i386 packages and the sources beside this script.
#
#   OUT/vmlinuz OUT/root.cpio     the guest        OUT/root       the same tree, for the host
#   OUT/small.cpio                busybox alone    OUT/packages   names and versions
#
# Packages are kept in CACHE/packages. apt works with the system's sources, but with lists and a state of its own: the system is neither asked for nor
# told anything, and needs no i386 architecture.
set -euo pipefail
umask 022
export LC_ALL=C
cache=$1 out=$2 sources=$(cd "$(dirname "$0")" && pwd)
fail() { echo "$*" >&2 && exit 1; }
echo 'int main(void) { return 0; }' | gcc -m32 -static -x c -o /dev/null - 2> /dev/null \
    || fail "32-bit programs cannot be built here: apt-get install gcc-multilib"
command -v apt-get > /dev/null && command -v dpkg-deb > /dev/null || fail "the guest is made of Debian's packages, and this host has no apt-get and dpkg-deb"

programs="busybox-static coreutils gzip bzip2 xz-utils openssl sqlite3 perl-base python3-minimal mawk"
# What only the package system wants.
unused='gcc-.*-base|base-files|debianutils|tar|dpkg|libmd0|libzstd1|readline-common'

mkdir -p "$cache/packages"
exec 9> "$cache/lock"
flock 9
work=$(mktemp -d "$cache/work.XXXXXX")
trap 'rm -rf "$work"' EXIT

# ---- Packages

apt=$cache/archive
mkdir -p "$apt/lists/partial" "$apt/archives/partial"
: > "$apt/status"
cat > "$apt/apt.conf" << END
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
Dir::State "$apt";
Dir::State::lists "$apt/lists";
Dir::State::status "$apt/status";
Dir::Cache "$apt";
APT::Architecture "i386";
APT::Architectures { "i386"; };
APT::Install-Recommends "false";
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::Retries "2";
END
export APT_CONFIG=$apt/apt.conf
if [ -z "$(find "$apt/lists" -name '*_Packages*' -newermt '-1 day' -print -quit)" ]; then
    apt-get -qq update || echo "some package lists cannot be read; going on with the others" >&2
fi
kernel=$(apt-cache depends linux-image-686 2> /dev/null | sed -n 's/^ *Depends: \(linux-image-[0-9].*\)$/\1/p' | head -n 1)
[ -n "$kernel" ] || fail "the package sources have no linux-image-686 for i386: Debian 12 is the last release that has"
# shellcheck disable=SC2086
names=$(apt-get -s install $programs | awk '/^Inst / { print $2 }' | grep -Exv "$unused")
mkdir "$work/new"
cd "$work/new"
# shellcheck disable=SC2086
files=$(apt-get -qq download --print-uris "$kernel" $names | awk '{ print $2 }')
cd "$cache/packages"
# shellcheck disable=SC2086
apt-get -qq download "$kernel" $names
for file in $files; do
    [ -f "$file" ] || fail "$file cannot be fetched"
    case $file in
        linux-image-*) mkdir "$work/kernel" && dpkg-deb --fsys-tarfile "$file" | tar -x -C "$work/kernel" ./boot ;;
        *) dpkg-deb -x "$file" "$work/unpacked" ;;
    esac
    dpkg-deb -f "$file" Package Version | awk '{ printf "%s%s", $2, NR % 2 ? " " : "\n" }'
done > "$work/packages"

# ---- The tree

root=$work/root
libraries=usr/lib/i386-linux-gnu
mkdir -p "$root"/{b,dev,etc,proc,sys,tmp,usr/bin,$libraries,usr/lib/ssl}
ln -s usr/bin "$root/bin"
ln -s usr/lib "$root/lib"
: > "$root/usr/lib/ssl/openssl.cnf"

# Where a program or library is in the packages
find_file() {
    local folder
    for folder in bin usr/bin lib/i386-linux-gnu $libraries; do
        [ ! -e "$work/unpacked/$folder/$1" ] || { echo "$work/unpacked/$folder/$1" && return; }
    done
    fail "no package has $1"
}
# add FOLDER NAME: the file, and all libraries it needs
add() {
    local file library
    [ ! -e "$root/$1/$2" ] || return 0
    file=$(find_file "$2")
    cp -L "$file" "$root/$1/$2"
    for library in $(readelf -d "$file" 2> /dev/null | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'); do add "$libraries" "$library"; done
}
for program in busybox true gzip bzip2 xz openssl sqlite3 perl mawk; do add usr/bin $program; done
python=$(cd "$work/unpacked/usr/bin" && ls | grep -Ex 'python3\.[0-9]+')
add usr/bin "$python"
ln -s "$python" "$root/usr/bin/python3"
cp -a "$work/unpacked/usr/lib/$python" "$root/usr/lib/"
cp -a "$work/unpacked/$libraries/perl-base" "$root/$libraries/"
add $libraries ld-linux.so.2
ln -s i386-linux-gnu/ld-linux.so.2 "$root/usr/lib/ld-linux.so.2"
for applet in sh cat cut expr find grep head mount poweroff rm sed sort tr wc; do ln -s busybox "$root/usr/bin/$applet"; done

for program in measure processor system; do
    gcc -m32 -march=i686 -mtune=generic -mfpmath=387 -O2 -std=gnu11 -Wall -Wextra -static -s -o "$root/b/$program" "$sources/$program.c" -lm
done
cp "$sources"/{list.sh,work.pl,work.py,work.sql} "$root/b/"
cp "$sources/init.sh" "$root/init"
chmod 755 "$root/init"
gcc -O2 -o "$work/data" "$sources/data.c"
"$work/data" 16777216 > "$root/b/data"
"$work/data" words 60000 > "$root/b/words"

"$root/usr/bin/busybox" true || fail "this host does not run 32-bit programs"
# /dev/console is in the kernel's own first file system.
pack() { (cd "$1" && find . -mindepth 1 | sort | "$root/usr/bin/busybox" cpio -o -H newc -R 0:0 2> /dev/null) > "$2"; }
small=$work/small
mkdir -p "$small"/{bin,dev,proc,sys,tmp}
cp "$root/usr/bin/busybox" "$small/bin/"
cp "$root/init" "$small/"
for applet in sh cat mount poweroff; do ln -s busybox "$small/bin/$applet"; done
pack "$root" "$work/root.cpio"
pack "$small" "$work/small.cpio"

rm -rf "$out"
mkdir -p "$out"
mv "$work"/{packages,root,root.cpio,small.cpio} "$out/"
mv "$work"/kernel/boot/vmlinuz-* "$out/vmlinuz"
