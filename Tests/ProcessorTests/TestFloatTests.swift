import Foundation
import TestSupport
import Testing

@testable import Bus
@testable import Processor

/// TestFloat's vectors run by our x87 and SSE: results to the last bit and exception flags, in every rounding mode and precision.
@Suite(.serialized) struct TestFloatTests {
    /// How many vectors of each function and mode: a sample, or all.
    private static let stride = ProcessInfo.processInfo.environment["VITRINE_FULL"] == nil ? 211 : 1

    private static let canBuild: @Sendable () async -> Bool = {
        guard Program.find("gcc") != nil else { return false }
        return (try? await TestFloat()) != nil
    }

    @Test(.timeLimit(.minutes(120)), .enabled("gcc is missing, or \(Packages.unreachable)", canBuild))
    func everyVectorOfX87AndSSE() async throws {
        let generator = try await TestFloat()
        let rig = try Rig()
        var total = 0, passed = 0
        for form in Form.all where HostProcessor.hasEverything || !form.needsSSE4 {
            var cases = 0, wrong = 0, first = ""
            for (options, control) in form.modes {
                let vectors = try generator.vectors(form.function, options + form.options, every: Self.stride)
                try #require(vectors.count > 0, "\(form.function)")
                cases += vectors.count
                for failure in try rig.run(form, vectors, control: control) {
                    wrong += 1
                    if first.isEmpty { first = "\(options.joined(separator: " ")): \(failure)" }
                }
            }
            #expect(wrong == 0, "\(form.function) by \(form.name): \(wrong) of \(cases) vectors, the first with \(first)")
            total += cases
            passed += cases - wrong
        }
        print("suite TestFloat: cases \(total), passed \(passed)")
    }

    @Test(.timeLimit(.minutes(120)), .enabled("gcc is missing, or \(Packages.unreachable)", canBuild))
    func aWrongInstructionIsNoticed() async throws {
        let vectors = try await TestFloat().vectors("extF80_sub", [], every: 211)
        let addition = try #require(Form.all.first { $0.name == "FADDP" })
        #expect(try Rig().run(addition, vectors, control: 0x33F).count > vectors.count / 4)
    }
}

/// A guest program that takes records of 64 bytes, one after the other.
private final class Rig {
    private static let control: UInt32 = 0x5000, records: UInt32 = 0x1_0000, capacity = 16_384
    private let bench: Bench

    init() throws {
        bench = try ProtectedModeTests.bench(.max)
        bench.e.s.cr4 |= 0x600
        bench.e.s.cr0 |= 0x20
    }

    /// Descriptions of what came out wrong.
    func run(_ form: Form, _ vectors: TestFloat.Vectors, control: UInt32) throws -> [String] {
        var failures: [String] = []
        for start in stride(from: 0, to: vectors.count, by: Self.capacity) {
            let range = start..<min(start + Self.capacity, vectors.count)
            try execute(form, vectors, range, control: control)
            for index in range {
                if let wrong = judge(form, vectors, index, at: Self.records + UInt32(index - start) * 64) { failures.append(wrong) }
            }
        }
        return failures
    }

    private func execute(_ form: Form, _ vectors: TestFloat.Vectors, _ range: Range<Int>, control: UInt32) throws {
        var at = Self.records
        for index in range {
            for (number, operand) in vectors.operands[index].enumerated() { put(operand, form.operand, at + UInt32(number) * 16) }
            for offset in stride(from: UInt32(32), to: 64, by: 4) { bench.memory.write(at + offset, .dword, 0) }
            at += 64
        }
        bench.memory.write(Self.control, .dword, control)
        // fldcw or ldmxcsr, with no exception noted
        let prepare: [UInt8] = form.unit == .x87 ? [0xDB, 0xE3, 0xD9, 0x2D, 0, 0x50, 0, 0] : [0x0F, 0xAE, 0x15, 0, 0x50, 0, 0]
        let body = prepare + form.code + [0x83, 0xC3, 64, 0x49]
        let back = -Int32(body.count + 6)
        // jnz back; hlt
        let code = body + [0x0F, 0x85] + (0..<4).map { UInt8(truncatingIfNeeded: back >> ($0 * 8)) } + [0xF4]
        bench.memory.write(0x1000, code)
        bench.e.s.eip = 0x1000
        bench.e.s.halted = false
        bench.e.ebx = Self.records
        bench.e.ecx = UInt32(range.count)
        let reason = bench.run(limit: range.count * 8192)
        guard reason == .halted, bench.e.ecx == 0 else { throw Packages.Missing(what: "\(form.name) stopped at \(bench.e.s.eip)") }
    }

    private func put(_ value: TestFloat.Wide, _ format: (bytes: Int, lanes: Int), _ at: UInt32) {
        if format.bytes == 4 {
            for lane in 0..<UInt32(format.lanes) { bench.memory.write(at + lane * 4, .dword, UInt32(truncatingIfNeeded: value.low)) }
        } else {
            for lane in 0..<UInt32(format.lanes) {
                bench.memory.write(at + lane * 8, .dword, UInt32(truncatingIfNeeded: value.low))
                bench.memory.write(at + lane * 8 + 4, .dword, UInt32(truncatingIfNeeded: value.low >> 32))
            }
        }
        if format.bytes == 10 { bench.memory.write(at + 8, .word, UInt32(truncatingIfNeeded: value.high)) }
    }

    private func number(_ at: UInt32, _ bytes: Int) -> TestFloat.Wide {
        var value = TestFloat.Wide(low: UInt64(bench.memory.read(at, .dword)))
        if bytes > 4 { value.low |= UInt64(bench.memory.read(at + 4, .dword)) << 32 }
        if bytes > 8 { value.high = UInt64(bench.memory.read(at + 8, .word)) }
        return value
    }

    private func judge(_ form: Form, _ vectors: TestFloat.Vectors, _ index: Int, at: UInt32) -> String? {
        let status = bench.memory.read(at + 48, .dword)
        // SoftFloat: inexact 1, underflow 2, overflow 4, infinite 8, invalid 16; x86 the other way round. It knows no denormal exception.
        let expected = vectors.flags[index], wanted = vectors.results[index]
        let flags = (0..<5).reduce(UInt32(0)) { $0 | (UInt32(expected) >> UInt32($1) & 1) << [5, 4, 3, 2, 0][$1] }
        var isRight = status & 0x3D == flags
        var got: [TestFloat.Wide] = []
        func holds(_ relation: Form.Relation, carry: Bool, zero: Bool, unordered: Bool) -> Bool {
            guard !unordered else { return false }
            switch relation {
            case .equal: return zero
            case .less: return carry
            case .lessOrEqual: return carry || zero
            }
        }
        switch form.result {
        case .number(let bytes, let lanes):
            got = (0..<lanes).map { number(at + 32 + UInt32($0 * bytes), bytes) }
            isRight = isRight && got.allSatisfy { $0 == wanted }
        case .mask(let bytes, let lanes):
            got = (0..<lanes).map { number(at + 32 + UInt32($0 * bytes), bytes) }
            let mask = TestFloat.Wide(low: wanted.low == 0 ? 0 : bytes == 4 ? 0xFFFF_FFFF : UInt64.max)
            isRight = isRight && got.allSatisfy { $0 == mask }
        case .flags(let relation):
            let bits = bench.memory.read(at + 32, .dword)
            got = [TestFloat.Wide(low: UInt64(bits & 0x8D5))]
            // SF, AF and OF are cleared.
            isRight = isRight && bits & 0x890 == 0
            isRight = isRight && holds(relation, carry: bits & 1 != 0, zero: bits & 0x40 != 0, unordered: bits & 4 != 0) == (wanted.low != 0)
        case .conditions(let relation):
            let bits = status
            isRight =
                isRight && holds(relation, carry: bits & 0x100 != 0, zero: bits & 0x4000 != 0, unordered: bits & 0x400 != 0) == (wanted.low != 0)
        }
        guard !isRight else { return nil }
        func hex(_ value: TestFloat.Wide) -> String { String(value.high, radix: 16) + ":" + String(value.low, radix: 16) }
        return
            "\(vectors.operands[index].map(hex).joined(separator: ", ")): \(got.map(hex).joined(separator: " ")) status \(String(status, radix: 16))"
            + " instead of \(hex(wanted)) flags \(String(flags, radix: 16))"
    }
}
