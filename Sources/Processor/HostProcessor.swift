import HostMemory

/// What the processor underneath can do, as it says itself.
package enum HostProcessor {
    /// SSE3, SSSE3, SSE4.1, SSE4.2, POPCNT: CPUID leaf 1 ECX.
    static let neededByMax: UInt32 = 1 << 0 | 1 << 9 | 1 << 19 | 1 << 20 | 1 << 23
    static let hasEverything = identify(1, 2) & neededByMax == neededByMax
    /// RORX: bytes AH…BH beside memory operands without the interpreter.
    package static let hasBMI2 = identify(0, 0) >= 7 && identify(7, 1) & 1 << 8 != 0
    /// Shifts, multiplication and division leave undefined flags as the interpreter does, which follows AMD's processors.
    static let leavesFlagsAsAMD = identify(0, 1) == 0x6874_7541
    /// LAHF and SAHF in 64-bit mode, by which flags are kept.
    package static let hasLAHF = identify(0x8000_0001, 2) & 1 != 0

    /// One register of a CPUID leaf, subleaf 0: 0 EAX, 1 EBX, 2 ECX, 3 EDX; 0 where the host gives no memory for code.
    private static func identify(_ leaf: UInt32, _ register: Int) -> UInt32 {
        guard let code = try? ExecutableBuffer("processor identification", size: 4096) else { return 0 }
        // push rbx; mov eax,esi; xor ecx,ecx; cpuid; mov [rdi],eax; mov [rdi+4],ebx; mov [rdi+8],ecx; mov [rdi+12],edx; pop rbx; ret
        let bytes: [UInt8] = [
            0x53, 0x89, 0xF0, 0x31, 0xC9, 0x0F, 0xA2, 0x89, 0x07, 0x89, 0x5F, 4, 0x89, 0x4F, 8, 0x89, 0x57, 12, 0x5B, 0xC3,
        ]
        for (index, byte) in bytes.enumerated() { unsafe code.writable.storeBytes(of: byte, toByteOffset: index, as: UInt8.self) }
        var result = InlineArray<4, UInt32>(repeating: 0)
        unsafe withUnsafeMutablePointer(to: &result) { pointer in
            typealias Identify = @convention(c) (UnsafeMutableRawPointer, UInt32) -> Void
            unsafe unsafeBitCast(code.executable, to: Identify.self)(pointer, leaf)
        }
        return result[register]
    }
}
