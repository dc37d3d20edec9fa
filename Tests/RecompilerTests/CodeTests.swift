import Foundation
import Testing

@testable import Processor

/// What some blocks of guest code become, kept as text: a change of its quality shows in review. `VITRINE_RECORD=1` writes the files anew.
@Suite(.serialized, .enabled(if: HostProcessor.hasBMI2)) struct CodeTests {
    struct Sample: CustomTestStringConvertible, Sendable {
        var name: String
        var mode = Mode.flat
        var code: [UInt8]
        var testDescription: String { name }
    }

    static let samples = [
        // add eax,ecx; sub edx,eax; xor ecx,edx; lea eax,[eax+ecx*4+8]; and eax,0FFh
        Sample(name: "arithmetic", code: [0x01, 0xC8, 0x29, 0xC2, 0x31, 0xD1, 0x8D, 0x44, 0x88, 8, 0x25, 0xFF, 0, 0, 0]),
        // cmp eax,ecx; mov [ebx],edx; adc eax,0
        Sample(name: "flags-over-a-store", code: [0x39, 0xC8, 0x89, 0x13, 0x83, 0xD0, 0]),
        // add eax,ecx; lea ebx,[ebx+4]; mov edx,[esi]; adc edx,0; cmp eax,edx; mov [edi],ecx; setz cl
        Sample(
            name: "flags-over-an-address-made-ahead",
            code: [0x01, 0xC8, 0x8D, 0x5B, 4, 0x8B, 0x16, 0x83, 0xD2, 0, 0x39, 0xD0, 0x89, 0x0F, 0x0F, 0x94, 0xC1]),
        // mov eax,[esi]; mov edx,[esi+8]; mov [edi],eax; mov [edi+4],dl
        Sample(name: "loads-and-stores", code: [0x8B, 0x06, 0x8B, 0x56, 8, 0x89, 0x07, 0x88, 0x57, 4]),
        // push eax; push ecx; mov edx,[esp+4]; pop ecx; pop eax
        Sample(name: "stack", code: [0x50, 0x51, 0x8B, 0x54, 0x24, 4, 0x59, 0x58]),
        // call over a jmp to inc eax; ret
        Sample(name: "call-and-return", code: [0xE8, 2, 0, 0, 0, 0xEB, 2, 0x40, 0xC3]),
        // mov ecx,5; add edx,ecx; dec ecx; jnz
        Sample(name: "loop", code: [0xB9, 5, 0, 0, 0, 0x01, 0xCA, 0x49, 0x75, 0xFB]),
        // add [esi],eax; inc dword [esi+4]; or byte [edi],10h
        Sample(name: "read-modify-write", code: [0x01, 0x06, 0xFF, 0x46, 4, 0x80, 0x0F, 0x10]),
        // movzx eax,cl; movsx edx,word [esi]; movzx ecx,byte [esi+3]
        Sample(name: "extension", code: [0x0F, 0xB6, 0xC1, 0x0F, 0xBF, 0x16, 0x0F, 0xB6, 0x4E, 3]),
        // cld; mov ecx,5; rep movsd; lodsb; stosd
        Sample(name: "strings", code: [0xFC, 0xB9, 5, 0, 0, 0, 0xF3, 0xA5, 0xAC, 0xAB]),
        // mov ax,[bx]; mov [di],ax; push ax; pop dx; mov al,es:[si]
        Sample(name: "segments", mode: .segments16, code: [0x8B, 0x07, 0x89, 0x05, 0x50, 0x5A, 0x26, 0x8A, 0x04]),
        // fld dword [esi]; fadd dword [esi+4]; fstp dword [edi]
        Sample(name: "x87", code: [0xD9, 0x06, 0xD8, 0x46, 4, 0xD9, 0x1F]),
        // movdqu xmm0,[esi]; paddd xmm0,xmm1; movdqu [edi],xmm0
        Sample(name: "sse2", code: [0xF3, 0x0F, 0x6F, 0x06, 0x66, 0x0F, 0xFE, 0xC1, 0xF3, 0x0F, 0x7F, 0x07]),
        // mov eax,TARGET; call eax over a jmp to inc eax; ret
        Sample(name: "indirect-call", code: [0xB8] + (World.code + start + 9).bytes(4) + [0xFF, 0xD0, 0xEB, 2, 0x40, 0xC3]),
    ]
    /// In a page of its own: a trace that comes by the prologue ends before it.
    private static let start: UInt32 = 0x1100

    @Test(arguments: samples) func code(_ sample: Sample) throws {
        let listing = try listing(sample)
        #expect(!listing.contains("?"), "there is host code that the test cannot read")
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Goldens/\(sample.name).txt")
        if ProcessInfo.processInfo.environment["VITRINE_RECORD"] != nil { try Data(listing.utf8).write(to: file) }
        let kept = try String(contentsOf: file, encoding: .utf8)
        #expect(kept == listing, "the code is another; if it is meant to be, run again with VITRINE_RECORD=1 and review \(file.lastPathComponent)")
    }

    /// Runs the sample until it is translated; then what it became, unit by unit.
    private func listing(_ sample: Sample) throws -> String {
        let board = try Board(.recompiler, threshold: 3, isExact: false)
        try board.processor.startProfile()
        var program = Program(sample.name, try World(sample.mode), [sample.code])
        program.start = Int(Self.start)
        program.rounds = 10
        try board.load(program.image, program.world.state)
        for _ in 0..<100 { if board.processor.run(budget: 50_000) == .halted { break } }
        let profile = try #require(board.processor.recompiler.profile)
        let first = World.code + Self.start, units = profile.units.filter { (first..<first + UInt32(sample.code.count)).contains($0.physical) }
        #expect(!units.isEmpty && units.contains { $0.entries > 0 })
        return units.sorted { $0.physical < $1.physical }.map(Self.describe).joined(separator: "\n")
    }

    private static func describe(_ unit: Profile.Unit) -> String {
        var lines: [String] = []
        func part(_ title: String, _ code: [String]) {
            let bytes = code.reduce(0) { $0 + ($1.count + 1) / 3 }
            lines.append("\(title)  ; \(code.count) instructions, \(bytes) bytes")
            lines += code.map { "    " + $0 }
        }
        guard let first = unit.starts.first, let last = unit.starts.last else { return "nothing" }
        part("(head)", HostCode.lines(unit.host[..<unit.counter.lowerBound]) + HostCode.lines(unit.host[unit.counter.upperBound..<first]))
        for index in unit.instructions.indices {
            part(unit.text(of: index), HostCode.lines(unit.host[unit.starts[index]..<unit.starts[index + 1]]))
        }
        let hot = last - unit.counter.count
        lines.append("(in all \(unit.instructions.count) guest instructions, \(hot) bytes on the way through, \(unit.host.count - last) seldom run)")
        return lines.joined(separator: "\n") + "\n"
    }
}
