import Testing

@testable import Processor

@Suite struct StatisticsTests {
    /// Runs `code` so many rounds in flat mode.
    private func run(_ code: [UInt8], threshold: Int = 3, rounds: Int = 100, engine: Engine = .recompiler) throws -> Board {
        let board = try Board(engine, threshold: threshold, isExact: false)
        var program = Program("statistics", try World(.flat), [code])
        program.rounds = rounds
        try board.load(program.image, program.world.state)
        for _ in 0..<1000 { if board.processor.run(budget: 50_000) == .halted { break } }
        return board
    }

    private func hitRate(_ board: Board) throws -> Double {
        let statistics = try #require(board.processor.translationStatistics)
        return try #require(TranslationStatistics.hitRate(executed: board.processor.instructionsExecuted, interpreted: statistics.interpreted))
    }

    /// mov ecx,200; add edx,ecx; dec ecx; jnz
    private let loop: [UInt8] = [0xB9, 200, 0, 0, 0, 0x01, 0xCA, 0x49, 0x75, 0xFB]

    @Test func theHitRateIsTheShareOfTranslatedCode() throws {
        #expect(try hitRate(run(loop)) > 0.95)
        let cold = try run(loop, threshold: 1 << 14, rounds: 20)
        #expect(try hitRate(cold) == 0)
        #expect(cold.processor.translationStatistics?.translations == 0)
        #expect(TranslationStatistics.hitRate(executed: 0, interpreted: 0) == nil)
        #expect(TranslationStatistics.hitRate(executed: 4, interpreted: 1) == 0.75)
    }

    @Test func anInterpreterHasNone() throws { #expect(try run(loop, engine: .interpreter).processor.translationStatistics == nil) }

    @Test func unitsAndTheirRoomAreCounted() throws {
        let board = try run(loop)
        let before = try #require(board.processor.translationStatistics)
        #expect(before.translations > 0 && before.cacheUsed > 0 && before.cacheUsed < before.cacheCapacity)
        board.processor.recompiler.flush()
        let after = try #require(board.processor.translationStatistics)
        #expect(after.evictions == before.evictions + 1 && after.discarded == before.discarded && after.cacheUsed < before.cacheUsed)
        // Nothing is there to be dropped.
        board.processor.recompiler.flush()
        #expect(board.processor.translationStatistics == after)
    }

    @Test func changedCodeIsDiscarded() throws {
        let board = try run(loop)
        let before = try #require(board.processor.translationStatistics)
        // As a bus master writes.
        board.memory.write(World.code, [UInt8](repeating: 0x90, count: World.codePages << 12))
        let after = try #require(board.processor.translationStatistics)
        #expect(after.discarded > before.discarded && after.discarded - before.discarded <= after.translations)
        #expect(after.evictions == before.evictions)
    }

    @Test func exitsHaveTheirReasons() throws {
        let plain = try #require(try run(loop).processor.translationStatistics?.exits)
        // mov eax,[device]: no map has it.
        let device = try #require(try run([0xA1] + Board.device.bytes(4)).processor.translationStatistics?.exits)
        #expect(device.slowAccess >= plain.slowAccess + 90)
        // cpuid; and registers put back
        let whole = try #require(try run([0x51, 0x0F, 0xA2, 0x59]).processor.translationStatistics?.exits)
        #expect(whole.instruction >= plain.instruction + 90)
        // ud2: a fault every round
        let fault = try #require(try run([0x0F, 0x0B]).processor.translationStatistics?.exits)
        #expect(fault.fault >= plain.fault + 90)
        // It is never less than nothing.
        for exits in [plain, device, whole, fault] { #expect(exits.all.allSatisfy { $0.count < 1 << 40 }) }
    }
}
