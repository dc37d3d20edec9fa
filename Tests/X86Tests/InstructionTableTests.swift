import Testing

@testable import X86

func decode(_ bytes: [UInt8], code32: Bool = true, generation: Generation = .max) -> DecodeResult {
    let decoder = Decoder(code32: code32, generation: generation)
    return unsafe bytes.withUnsafeBufferPointer { buffer in
        guard let base = buffer.baseAddress else { return .needMoreBytes }
        return unsafe decoder.decode(base, available: buffer.count)
    }
}

func instruction(_ bytes: [UInt8], code32: Bool = true, generation: Generation = .max) throws -> Instruction {
    guard case .instruction(let instruction) = decode(bytes, code32: code32, generation: generation) else { throw Undecoded() }
    return instruction
}

struct Undecoded: Error {}

@Suite struct InstructionTableTests {
    @Test func everyRowReadsAndNoEncodingIsClaimedTwice() {
        #expect(InstructionTable.shared.problems == [])
        #expect(InstructionTable.shared.rows.count > 900)
    }

    @Test func everyOperationHasARow() {
        let described = Set(InstructionTable.shared.rows.map(\.operation))
        let missing = Operation.allCases.filter { !described.contains($0) && !$0.isPseudo }
        #expect(missing.isEmpty, "no row for \(missing)")
        #expect(described.allSatisfy { !$0.isPseudo })
    }

    @Test func instructionsStaySmall() { #expect(MemoryLayout<Instruction>.stride <= 32) }

    /// Each row's own encoding, with a memory and a register operand, leads back to the row.
    @Test func everyRowDecodesToItself() throws {
        let table = InstructionTable.shared
        for (index, row) in table.rows.enumerated() {
            var reached = false
            for modRM in 0...255 {
                let bytes = Self.encoding(row) + [UInt8(modRM)] + [UInt8](repeating: 0, count: 10)
                var found: UInt16 = 0
                _ = unsafe bytes.withUnsafeBufferPointer { buffer in
                    unsafe Decoder(code32: true).decode(buffer.baseAddress.unsafelyUnwrapped, available: 15, row: &found)
                }
                if Int(found) == index + 1 {
                    reached = true
                    break
                }
            }
            #expect(reached, "\(row.encoding) is never reached")
        }
    }

    /// A row that flags an instruction as lockable must have a memory form, or LOCK could never be allowed.
    @Test func lockableRowsTakeMemory() {
        for row in InstructionTable.shared.rows where row.entry.properties.contains(.lock) {
            #expect(row.operands.first.map { ["E", "M"].contains($0.operandClass) } == true, "\(row.encoding)")
        }
    }

    @Test func flagsOfOperations() throws {
        #expect(try instruction([0x01, 0xC8]).flagEffects.writes == .status)
        #expect(try instruction([0x74, 0x00]).flagEffects.reads == .zf)
        #expect(try instruction([0x0F, 0x4F, 0xC0]).flagEffects.reads == [.zf, .sf, .of])
        #expect(try instruction([0xD3, 0xE0]).flagEffects.writes == [])
        #expect(try instruction([0xC1, 0xE0, 0x05]).flagEffects.writes == [.cf, .pf, .zf, .sf])
        #expect(try instruction([0x40]).flagEffects.writes == [.pf, .af, .zf, .sf, .of])
        #expect(try instruction([0x8B, 0xC0]).flagEffects == FlagEffects())
    }

    @Test(
        arguments: [
            ([0xEB, 0x00], true), ([0x74, 0x00], true), ([0x8E, 0xD0], true), ([0x8E, 0xD8], false), ([0xFB], true), ([0xFA], false),
            ([0x0F, 0x22, 0xC0], true), ([0x0F, 0x20, 0xC0], false), ([0x17], true), ([0x07], false), ([0xEC], true), ([0x89, 0xC0], false),
            ([0x0F, 0x0B], true),
            ([0x0F, 0x04], true), ([0xF1], true),
        ] as [([UInt8], Bool)])
    func blockEnds(bytes: [UInt8], ends: Bool) throws {
        let padded = bytes + [0xC0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        #expect(try instruction(padded).endsBlock == ends)
    }

    static func encoding(_ row: InstructionRow) -> [UInt8] {
        let prefix: [UInt8] = row.prefix.map { [[], [0x66], [0xF3], [0xF2]][Int($0)] } ?? []
        let escape: [UInt8] = [[], [0x0F], [0x0F, 0x38], [0x0F, 0x3A]][Int(row.map)]
        return prefix + escape + [row.opcode]
    }
}
