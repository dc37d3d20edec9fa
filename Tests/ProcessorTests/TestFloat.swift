import Foundation
import TestSupport

/// Berkeley TestFloat's generator of vectors, built from the sources that QEMU brings along, with SoftFloat's rules of the 8087 and SSE for NaNs.
struct TestFloat {
    /// What one line holds: operands as 64-bit low and high parts, the result, and SoftFloat's exception flags.
    struct Vectors {
        var operands: [[Wide]]
        var results: [Wide]
        var flags: [UInt8]
        var count: Int { results.count }
    }

    /// Up to 80 bits, as memory holds them.
    struct Wide: Equatable {
        var low: UInt64 = 0
        var high: UInt64 = 0
    }

    let program: String

    init() async throws {
        program = try await Packages.build("testfloat", Self.script, of: try await Packages.source("qemu")).appending(path: "testfloat_gen").path
    }

    /// Every `stride`-th vector of a function. Output is `operands result flags` in hexadecimal, a line each.
    func vectors(_ function: String, _ options: [String], every stride: Int) throws -> Vectors {
        let output = try Program.run(program, ["-level", "1"] + options + [function], limit: 300)
        guard output.status == 0 else { throw Packages.Missing(what: "testfloat_gen \(function): \(output.errors)") }
        var vectors = Vectors(operands: [], results: [], flags: [])
        var fields: [Wide] = []
        var value = Wide()
        var line = 0
        func nibble(_ byte: UInt8) -> UInt64? {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte & 15)
            case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt64(byte & 15) + 9
            default: nil
            }
        }
        for byte in output.output.utf8 {
            if let digit = nibble(byte) {
                value.high = value.high << 4 | value.low >> 60
                value.low = value.low << 4 | digit
                continue
            }
            fields.append(value)
            value = Wide()
            guard byte == UInt8(ascii: "\n") else { continue }
            if line % stride == 0 && fields.count > 2 {
                vectors.flags.append(UInt8(truncatingIfNeeded: fields.removeLast().low))
                vectors.results.append(fields.removeLast())
                vectors.operands.append(fields)
            }
            fields.removeAll(keepingCapacity: true)
            line += 1
        }
        return vectors
    }

    /// Four of SoftFloat's files belong to hosts without fast 64-bit integers.
    private static let script = #"""
        tar -xf "$archive" -C "$work" --strip-components=3 --wildcards '*/tests/fp/berkeley-*'
        soft=$work/berkeley-softfloat-3 test=$work/berkeley-testfloat-3/source
        flags="-O2 -w -DINLINE_LEVEL=5 -DSOFTFLOAT_ROUND_ODD -DSOFTFLOAT_FAST_DIV32TO16 -DSOFTFLOAT_FAST_DIV64TO32 -DSOFTFLOAT_FAST_INT64
            -DFLOAT16 -DFLOAT64 -DEXTFLOAT80 -DFLOAT128 -DFLOAT_ROUND_ODD -DLONG_DOUBLE_IS_EXTFLOAT80"
        rm "$soft"/source/s_add{ExtF80M,F128M}.c "$soft"/source/s_{invalidF128M,mulAddF128M}.c
        mkdir "$work/objects"
        cd "$work/objects"
        gcc -c $flags -I"$soft/build/Linux-x86_64-GCC" -I"$soft/source/8086-SSE" -I"$soft/source/include" "$soft"/source/*.c "$soft"/source/8086-SSE/*.c
        ar rcs ../libsoftfloat.a ./*.o
        gcc $flags -o "$out/testfloat_gen" -I"$soft/../berkeley-testfloat-3/build/Linux-x86_64-GCC" -I"$test" -I"$test/subj-C" -I"$soft/source/include" \
            "$test"/{testfloat_gen,genLoops,uint128,uint128_inline,fail,functions_common,functionInfos,standardFunctionInfos,random,readHex,writeHex}.c \
            "$test"/genCases*.c "$test"/writeCase*.c -L"$work" -lsoftfloat
        """#
}
