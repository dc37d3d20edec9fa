import Foundation
import TestSupport

/// Programs that nobody here wrote, built from Debian's source packages. Each build is a folder of programs, called as the suite calls them.
enum SuiteBuilds {
    /// Why a suite is not run: what is missing is said, what fails to build is a failure.
    static func missing(_ packages: [String]) async -> String? {
        for program in ["gcc", "perl"] where Program.find(program) == nil { return "\(program) is not installed" }
        let compiled = try? Program.run("/bin/sh", ["-c", "echo 'int main(void) { return 0; }' | gcc -m32 -static -x c - -o /dev/null"], limit: 60)
        guard compiled?.status == 0 else { return "gcc makes no 32-bit programs (package gcc-multilib)" }
        for package in packages {
            let isThere = package.hasPrefix("linux-") ? await Packages.have(package) : (try? await Packages.source(package)) != nil
            if !isThere { return "\(package): \(Packages.unreachable)" }
        }
        return nil
    }

    /// The program that runs the others, in the guest as on the host.
    static func runner() async throws -> URL {
        let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "runner.c")
        let text = try String(contentsOf: source, encoding: .utf8)
        let script = "gcc -m32 -static -O2 -s -o \"$out/runner\" -x c - <<'END'\n\(text)\nEND"
        return try await Packages.build("runner", script, of: .init(archive: "", version: "1")).appending(path: "runner")
    }

    /// none/tests/x86 with the expected outputs.
    static func valgrind() async throws -> URL {
        try await Packages.build("valgrind", valgrindScript, of: try await Packages.source("valgrind"))
    }

    /// tests/tcg: i386, what of multiarch does not ask for a certain kernel, and two Multiboot kernels.
    static func qemu() async throws -> URL {
        try await Packages.build("qemu", qemuScript, of: try await Packages.source("qemu"))
    }

    /// tools/testing/selftests/x86
    static func selftests() async throws -> URL {
        let source = try await Packages.source("linux-source-6.1", "usr/src/linux-source-6.1.tar.xz")
        return try await Packages.build("selftests", selftestsScript, of: source)
    }

    private static let valgrindScript = #"""
        tar -xf "$archive" -C "$work" --strip-components=1 --wildcards '*/none/tests/x86/*' '*/include/*' '*/tests/*.h' '*/config.h'
        cd "$work/none/tests/x86"
        for definition in insn_*.def; do perl gen_insn_test.pl < "$definition" > "${definition%.def}.c"; done
        for source in *.c; do
            name=${source%.c}
            flags="-m32 -static -s -w -O -march=pentium3 -mfpmath=387 -mmmx -msse -I. -I../../.. -I../../../include"
            case $name in
                cpuid_c) name=cpuid source="cpuid_c.c cpuid_s.S" ;;
                insn_basic) flags="$flags -O0 -fno-pic -no-pie -fno-stack-protector" ;;
                insn_sse2 | insn_sse3 | insn_ssse3) flags="$flags -msse4.2" ;;
                fpu_lazy_eflags) flags="$flags -O2 -march=pentiumpro" ;;
                bug137714-x86) flags="$flags -msse2" ;;
                lzcnt32 | movbe | ssse3_misaligned) flags="$flags -mlzcnt -mmovbe -mssse3" ;;
            esac
            gcc $flags -o "$out/$name" $source -lm -lpthread
            [ ! -f "$name.stdout.exp" ] || cp "$name.stdout.exp" "$out/$name.expected"
        done
        """#

    /// The Multiboot kernels switch off through the port where QEMU's firmware puts the power management; here it stands at B004h.
    private static let qemuScript = #"""
        tar -xf "$archive" -C "$work" --strip-components=2 --wildcards '*/tests/tcg/*'
        cd "$work/tcg/i386"
        for source in test-i386*.c hello-i386.c; do
            name=${source%.c}
            flags="-m32 -static -s -w -O1 -I. -I../multiarch"
            case $name in
                test-i386) flags="-m32 -static -s -w -O0 -fno-pie -no-pie" source="$source test-i386-code16.S test-i386-vm86.S" ;;
                test-i386-sse-exceptions) flags="$flags -msse4.1 -mfpmath=sse" ;;
                test-i386-pcmpistri) flags="$flags -msse4.2" ;;
                hello-i386) flags="$flags -ffreestanding -nostdlib" ;;
                test-i386-bmi2 | test-i386-ssse3) continue ;;
            esac
            gcc $flags -o "$out/$name" $source -lm
        done
        cd ../multiarch
        for name in float_convd float_convs float_madds munmap-pthread overflow sha1 sha512 sigbus signals test-mmap testthread threadcount; do
            source=$name.c
            case $name in float_*) source="$source libs/float_helpers.c" ;; esac
            gcc -m32 -static -s -w -O2 -I. -Ilibs -o "$out/$name" $source -lm -lpthread
        done
        cd ..
        sed -i 's/0x604/0xb004/' i386/system/boot.S
        mkdir "$out/system"
        flags="-m32 -nostdlib -O0 -w -Iminilib -fno-pic -fno-stack-protector -march=pentium3 -mfpmath=387 -DCHECK_UNALIGNED=1"
        for name in hello memory; do
            gcc $flags -static -no-pie -o "$out/system/$name" -Wl,-Ti386/system/kernel.ld,-melf_i386 \
                i386/system/boot.S minilib/printf.c "multiarch/system/$name.c" -lgcc
        done
        """#

    private static let selftestsScript = #"""
        tar -xf "$archive" -C "$work" --strip-components=1 --wildcards '*/tools/testing/selftests/x86' '*/tools/testing/selftests/*.h' \
            '*/arch/x86/include/asm/desc_defs.h'
        cd "$work/tools/testing/selftests/x86"
        list=$(sed -n '/^TARGETS_C_\(BOTHBITS\|32BIT_ONLY\|32BIT_NEEDED\)/{:a;/\\$/{N;ba};s/.*:=//;s/[\\\n]//g;p}' Makefile)
        for name in $list; do
            source=$name.c extra=
            case $name in
                ptrace_syscall) source="$source raw_syscall_helper_32.S" ;;
                test_syscall_vdso) source="$source thunks_32.S" ;;
                check_initial_reg_state) extra=-Wl,-ereal_start ;;
            esac
            gcc -m32 -static -s -w -no-pie -O2 -std=gnu99 -pthread -I.. -DCAN_BUILD_32 $extra -o "$out/$name" $source -lrt -ldl -lm
        done
        """#
}
