@testable import X86

/// What is not drawn, and which differences are explained: each with its reason.
enum Masks {
    /// Operations that the host cannot be asked for.
    static let hostExcluded: [(operations: [Operation], reason: String)] = [
        ([.SYSENTER, .SYSEXIT], "the host's kernel would be entered; undefined in compatibility mode on this vendor's processors"),
        ([.CPUID, .RDTSC, .RDPMC], "they tell the host's identity and time"),
        ([.SGDT, .SIDT, .SLDT, .STR, .SMSW], "CR4.UMIP is set, and the kernel answers in the processor's place"),
    ]

    /// Byte pairs that the host's code must not hold at any offset, since a jump may lead there: INT 80h, SYSCALL, SYSENTER, RDTSC, CPUID, RDPMC,
    /// group 7 (SGDT, XGETBV, RDTSCP …), RDRAND and RDSEED.
    static let hostForbidden: [[UInt8]] = [
        [0xCD, 0x80], [0x0F, 0x05], [0x0F, 0x34], [0x0F, 0x31], [0x0F, 0xA2], [0x0F, 0x33], [0x0F, 0x01, 0xC0], [0x0F, 0x01, 0xD0], [0x0F, 0x01, 0xF9],
    ]

    /// Differences that are the host's own; the rest is ours to explain.
    static func explainedByHost(_ c: Case, _ ours: GuestState, _ theirs: GuestState, _ differences: [(field: String, text: String)]) -> [String] {
        var left = differences.map(\.field)
        // AMD keeps FOP, FIP and FDP only while an unmasked exception waits (APM Vol. 2 §11.4.4).
        if theirs.fpu.status & 0x80 == 0 { left.removeAll { ["FOP", "FIP", "FDP"].contains($0) } }
        return left
    }
}
