# list.sh SCALE REGEX: the benchmarks whose name matches, with SCALE percent of their work. Here and there it is the same file: in the guest, and on
# the host in the guest's tree. `measure` reports each of them, see measure.c.
scale=$1 only=$2
export PATH=/b:/bin LC_ALL=C HOME=/tmp
# libcrypto would otherwise choose its code by the processor, and the host's has more to choose from.
export OPENSSL_ia32cap=0:0
cd /tmp || exit 1

scaled() { echo $((($1 * scale + 99) / 100)); }
wanted() { echo "$1" | grep -Eq -e "$only"; }
# row [-o FILE] NAME GROUP COMMAND...
row() {
    name=$1
    [ "$1" != -o ] || name=$3
    if wanted "$name"; then measure "$@"; fi
}
# loop N COMMAND: a shell's text
loop() { echo "n=0; while [ \$n -lt $1 ]; do $2; n=\$((n + 1)); done"; }
# needs NAME FILE COMMAND...: an input of the benchmark NAME, made outside its time where no other benchmark left it
needs() {
    name=$1 file=$2
    shift 2
    if wanted "$name" && [ ! -e "$file" ]; then "$@" > "$file"; fi
}

head -c "$(scaled 16777216)" /b/data > data
head -c "$(scaled 6000000)" /b/data > part

# ---- The processor, below any system
row records cpu processor records "$(scaled 60000000)"
row lists cpu processor lists "$(scaled 12000)"
row matrix cpu processor matrix "$(scaled 100000)"
row nbody cpu processor nbody "$(scaled 4000000)"
row wave cpu processor wave "$(scaled 20000000)"
row -o data.gz gzip cpu gzip -c -n -6 data
needs gunzip data.gz gzip -c -n -6 data
row gunzip cpu gzip -dc data.gz data.gz data.gz
row -o data.bz2 bzip2 cpu bzip2 -c data
needs bunzip2 data.bz2 bzip2 -c data
row bunzip2 cpu bzip2 -dc data.bz2
row -o part.xz xz cpu xz -c -6 -T1 part
needs unxz part.xz xz -c -6 -T1 part
row unxz cpu xz -dc -T1 part.xz part.xz part.xz
rm -f data.gz data.bz2 part.xz
row sha256 cpu openssl dgst -r -sha256 data data data data data data data data
row md5 cpu openssl dgst -r -md5 data data data data data data data data data data data data
key=000102030405060708090a0b0c0d0e0f
row aes128 cpu sh -c "$(loop 5 "openssl enc -aes-128-cbc -K $key -iv $key -in data -out data.aes"); cat data.aes"
rm -f data.aes
# 2^607 - 1 is a prime.
row modexp cpu sh -c "$(loop "$(scaled 40)" "openssl prime -hex 7$(head -c 151 /dev/zero | tr '\0' F)")"
row sqlite cpu sh -c "sed 's/@ROWS@/$(scaled 300000)/' /b/work.sql | sqlite3 -batch :memory:"
row perl cpu perl /b/work.pl "$(scaled 600000)"
row python cpu python3 -S -E /b/work.py "$(scaled 1000000)"
row shloop cpu sh -c "n=0 s=0; while [ \$n -lt $(scaled 600000) ]; do n=\$((n + 1)); s=\$((s ^ n)); done; echo \$s"
row awk cpu mawk "BEGIN { for (n = 0; n < $(scaled 6000000); n++) { k = n % 1000; t[k] += n; if (k == 7) s = s \"x\" } print t[77], length(s) }"
row sort cpu sh -c "w=/b/words; cat \$w \$w \$w \$w \$w \$w \$w \$w | head -n $(scaled 480000) | sort"

# ---- The system: processes, system calls, files
row forkexec system system forkexec "$(scaled 2000)" /bin/busybox
row forkexecd system system forkexec "$(scaled 2000)" /bin/true
row shfork system sh -c "$(loop "$(scaled 1000)" 'x=$(/bin/true)')"
row scripts system sh -c "$(loop "$(scaled 40)" "python3 -S -E -c 'print(1)'; perl -e 'print 1'; sqlite3 :memory: 'select 1'")"
row fork system system fork "$(scaled 10000)"
row getppid system system getppid "$(scaled 4000000)"
row rw system system rw "$(scaled 1500000)"
row open system system open "$(scaled 500000)"
row pipe system system pipe "$(scaled 100000)"
row yield system system yield "$(scaled 300000)"
row signal system system signal "$(scaled 100000)"
row gtod system system gtod "$(scaled 10000000)"
row findgrep system sh -c "$(loop "$(scaled 20)" 'find /b /usr -type f | sort | wc -l; grep -r qqqq /usr/lib/python3* | wc -l')"

# ---- Memory: pages, their translations, copying, code that is written
row mmap memory system mmap "$(scaled 400)"
row cow memory system cow "$(scaled 300)"
row mprotect memory system mprotect "$(scaled 300000)"
row tlb memory system tlb "$(scaled 60000000)"
row memcpy memory system memcpy "$(scaled 1000)"
row jit memory system jit "$(scaled 3000000)"
echo "bench: done"
