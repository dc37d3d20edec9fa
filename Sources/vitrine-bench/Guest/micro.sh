# micro.sh OUT: builds the micro kernels, OUT/micro for Linux and OUT/micro.elf for a bare PC.
set -eu
out=$1
cd "$(dirname "$0")"
echo 'int main(void) { return 0; }' | gcc -m32 -static -x c -o /dev/null - 2> /dev/null \
    || { echo "32-bit programs cannot be built here: apt-get install gcc-multilib" >&2 && exit 1; }
flags="-m32 -march=i686 -mtune=generic -O2 -std=gnu11 -Wall -Wextra -Werror -fno-pic -fno-stack-protector -Wl,--no-warn-rwx-segments"
mkdir -p "$out"
# shellcheck disable=SC2086
{
    gcc $flags -static -no-pie -DLINUX -o "$out/micro" micro.c kernels.S
    gcc $flags -static -no-pie -ffreestanding -fno-asynchronous-unwind-tables -mgeneral-regs-only -nostdlib -Wl,--build-id=none -Wl,-T,micro.ld \
        -o "$out/micro.elf" micro.c kernels.S
}
