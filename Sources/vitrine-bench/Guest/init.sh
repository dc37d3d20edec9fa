#!/bin/sh
# The guest's first process. Kernel arguments:
#   bench.mode=boot                    say that it runs, and switch off
#   bench.scale=N bench.only=REGEX     see list.sh
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev 2> /dev/null
mount -t tmpfs -o size=400m tmpfs /tmp
echo "bench: reached"

mode=list scale=100 only=.
set -f
for argument in $(cat /proc/cmdline); do
    case $argument in
        bench.mode=*) mode=${argument#*=} ;;
        bench.scale=*) scale=${argument#*=} ;;
        bench.only=*) only=${argument#*=} ;;
    esac
done
set +f
[ "$mode" = boot ] || sh /b/list.sh "$scale" "$only"
poweroff -f
