import HostMemory

/// What the processor underneath can do, as it says itself.
enum HostProcessor {
    /// SSE3, SSSE3, SSE4.1, SSE4.2, POPCNT: CPUID leaf 1 ECX.
    static let neededByMax: UInt32 = 1 << 0 | 1 << 9 | 1 << 19 | 1 << 20 | 1 << 23
    static let hasEverything = (features ?? 0) & neededByMax == neededByMax

    /// CPUID leaf 1 ECX; nil where the host gives no memory for code.
    private static let features: UInt32? = {
        guard let code = try? ExecutableBuffer("processor identification", size: 4096) else { return nil }
        // push rbx; mov eax,1; cpuid; mov [rdi],ecx; pop rbx; ret
        let bytes: [UInt8] = [0x53, 0xB8, 1, 0, 0, 0, 0x0F, 0xA2, 0x89, 0x0F, 0x5B, 0xC3]
        for (index, byte) in bytes.enumerated() { unsafe code.writable.storeBytes(of: byte, toByteOffset: index, as: UInt8.self) }
        var result: UInt32 = 0
        unsafe withUnsafeMutablePointer(to: &result) { pointer in
            typealias Identify = @convention(c) (UnsafeMutablePointer<UInt32>) -> Void
            unsafe unsafeBitCast(code.executable, to: Identify.self)(pointer)
        }
        return result
    }()
}
