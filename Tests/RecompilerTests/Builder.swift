@testable import Processor
import TestSupport
@testable import X86

/// Grows a program instruction by instruction, each tried on the scout before the next one is drawn: long blocks that really run, with branches,
/// loops, calls and strings among them, and now and then one that ends in a fault.
struct Builder {
    var program: Program
    var encoder: Encoder
    private let scout: Scout
    private var starts: [Int: Int] = [:]
    private var end = 0
    /// What the rows are drawn from besides those that every program excludes.
    var isWanted: (InstructionForm) -> Bool = { _ in true }
    var weights = (70, 15, 15)
    var hasIdioms = true
    /// Whether a program may end in a fault.
    var mayFault = true
    /// Nothing can follow what stands there, or too much was tried in vain.
    private(set) var isOver = false
    private var failures = 0

    init(_ program: Program, _ scout: Scout, seed: UInt64) throws {
        self.program = program
        self.scout = scout
        encoder = Encoder(program.world, scout, seed: seed)
        try scout.begin(program)
        for (index, chunk) in program.chunks.enumerated() {
            starts[end] = index
            end += chunk.bytes.count
        }
    }

    private var random: RandomSource {
        get { encoder.random }
        set { encoder.random = newValue }
    }

    /// A program of about `length` instructions.
    static func make(
        _ world: World, _ scout: Scout, seed: UInt64, length: Int, where isWanted: @escaping (InstructionForm) -> Bool = { _ in true }
    ) throws -> Program {
        var random = RandomSource(seed: seed)
        var program = Program("random block", world, [])
        program.seed = seed
        program.registers.draw(world, &random)
        program.rounds = 2 + random.below(6)
        if random.chance(15) { program.start = 0x2000 - 1 - random.below(60) }
        var builder = try Builder(program, scout, seed: seed &+ 1)
        builder.isWanted = isWanted
        builder.grow(to: length)
        return builder.finish()
    }

    mutating func grow(to length: Int) {
        while program.chunks.count < length && !isOver {
            add(draw())
            if end > 900 { isOver = true }
        }
    }

    func finish() -> Program {
        var result = program
        result.patches += encoder.patches
        return result
    }

    // MARK: Trying

    /// Adds chunks, if the scout gets through them.
    mutating func add(_ chunks: [[UInt8]]) {
        let first = program.chunks.count, begin = end
        for bytes in chunks where !bytes.isEmpty {
            starts[end] = program.chunks.count
            program.chunks.append(Chunk(bytes: bytes))
            scout.place(bytes, at: end)
            end += bytes.count
        }
        scout.mark()
        if follow(from: first) {
            failures = 0
            return
        }
        failures += 1
        if failures > 100 { isOver = true }
        scout.back()
        while program.chunks.count > first {
            let chunk = program.chunks.removeLast()
            end -= chunk.bytes.count
            starts[end] = nil
        }
        end = begin
    }

    /// Runs to the end of the code. What faults behind the first of the new chunks becomes NOPs.
    private mutating func follow(from first: Int) -> Bool {
        for _ in 0..<300 {
            let position = scout.position
            if position == end { return scout.isStackSane || random.chance(5) }
            guard let index = starts[position] else { return false }
            switch scout.step() {
            case .done: continue
            case .strange:
                guard random.chance(4) else { return false }
                isOver = true
                return true
            case .fault:
                if index == first || index < first {
                    guard mayFault && random.chance(2) else { return false }
                    isOver = true
                    return true
                }
                program.chunks[index].bytes = [UInt8](repeating: 0x90, count: program.chunks[index].bytes.count)
                scout.place(program.chunks[index].bytes, at: position)
            }
        }
        return false
    }

    // MARK: Drawing

    private mutating func plain() -> [UInt8] {
        let isWanted = isWanted
        return encoder.encode(encoder.drawRow(weights: weights) { !Encoder.excluded.contains($0.row.operation) && isWanted($0) })
    }

    private mutating func draw() -> [[UInt8]] {
        guard hasIdioms else { return [plain()] }
        switch random.below(100) {
        case 0..<10: return branch()
        case 10..<13: return loop()
        case 13..<16: return callAndReturn()
        case 16..<19: return indirect()
        case 19..<25: return string()
        case 25..<27: return pushAndReturn()
        default: return [plain()]
        }
    }

    /// A relative branch over up to three instructions.
    private mutating func branch() -> [[UInt8]] {
        let over = (0..<random.below(4)).map { _ in plain() }
        let distance = UInt32(over.reduce(0) { $0 + $1.count })
        guard distance < 120 else { return over }
        let form = encoder.drawRow(weights: (1, 0, 0)) { Encoder.branches.contains($0.row.operation) }
        return [encoder.encode(form, distance: distance)] + over
    }

    /// A few rounds of up to four instructions, by LOOP or by DEC and a conditional jump.
    private mutating func loop() -> [[UInt8]] {
        let body = (0..<1 + random.below(4)).map { _ in plain() }
        let length = body.reduce(0) { $0 + $1.count }
        let start = [encoder.load(1, UInt32(1 + random.below(6)))]
        if random.chance(50) { return start + body + [[random.pick([0xE2, 0xE2, 0xE1, 0xE0]), UInt8(truncatingIfNeeded: -length - 2)]] }
        let decrement: [UInt8] = world.mode.is16 ? [0x66, 0x49] : [0x49]
        let distance = -length - decrement.count
        if random.chance(50) { return start + body + [decrement, [random.pick([0x75, 0x7F, 0x79]), UInt8(truncatingIfNeeded: distance - 2)]] }
        let size = world.mode.is16 ? 2 : 4
        return start + body + [decrement, [0x0F, 0x85] + UInt32(truncatingIfNeeded: distance - 2 - size).bytes(size)]
    }

    private var world: World { program.world }
    private var near: Int { world.mode.is16 ? 2 : 4 }

    /// jmp over; f: …; ret; over: call f, twice.
    private mutating func callAndReturn() -> [[UInt8]] {
        let body = (0..<1 + random.below(3)).map { _ in plain() }
        let tail: [UInt8] = random.chance(80) ? [0xC3] : [0xC2, 0, 0]
        let length = body.reduce(0) { $0 + $1.count } + tail.count
        let call = near + 1
        return [[0xEB, UInt8(truncatingIfNeeded: length)]] + body
            + [
                tail, [0xE8] + UInt32(truncatingIfNeeded: -length - call).bytes(near),
                [0xE8] + UInt32(truncatingIfNeeded: -length - 2 * call).bytes(near),
            ]
    }

    /// mov reg,target; jmp or call reg, or through memory.
    private mutating func indirect() -> [[UInt8]] {
        let over = (0..<random.below(3)).map { _ in plain() }
        let distance = over.reduce(0) { $0 + $1.count }
        let extensionNumber: UInt8 = random.chance(50) ? 4 : 2
        let register = UInt8(random.pick([0, 1, 2, 3, 6, 7]))
        let load = world.mode.is16 ? 6 : 5
        if random.chance(50) {
            let target = program.entry &+ UInt32(end + load + 2 + distance)
            return [encoder.load(register, target), [0xFF, 0xC0 | extensionNumber << 3 | register]] + over
        }
        // push target; jmp [esp]: with 16-bit addresses there is no such form, so the stack's place is taken by BP.
        if world.mode.is16 { return over }
        let target = program.entry &+ UInt32(end + 5 + 3 + distance)
        return [[0x68] + target.bytes(4), [0xFF, 0x04 | extensionNumber << 3, 0x24]] + over
    }

    private mutating func pushAndReturn() -> [[UInt8]] {
        let over = (0..<random.below(3)).map { _ in plain() }
        let distance = over.reduce(0) { $0 + $1.count }
        let target = program.entry &+ UInt32(end + 1 + near + 1 + distance)
        return [[0x68] + target.bytes(near), [0xC3]] + over
    }

    /// Pointers, a count, and the string instruction; or XLAT.
    private mutating func string() -> [[UInt8]] {
        let form = encoder.drawRow(weights: (1, 0, 0)) { Encoder.strings.contains($0.row.operation) }
        let e = scout.e
        func offset(_ segment: Int) -> UInt32 { world.window &+ encoder.target(&encoder.random, 4, false) &- e.s.segments[segment].base }
        if form.row.operation == .XLAT { return [encoder.load(3, offset(3) &- UInt32(e.reg(0, as: UInt8.self))), encoder.encode(form)] }
        var result = [encoder.load(6, offset(3)), encoder.load(7, offset(0))]
        if random.chance(30) {
            result[1] = encoder.load(7, offset(3) &+ UInt32(random.below(9)) &- 4 &+ e.s.segments[3].base &- e.s.segments[0].base)
        }
        if random.chance(90) { result.append(encoder.load(1, UInt32(random.below(random.chance(80) ? 12 : 200)))) }
        if [.INS, .OUTS].contains(form.row.operation) { result.append(encoder.load(2, 0xF4)) }
        if random.chance(20) { result.append([random.chance(50) ? 0xFC : 0xFD]) }
        result.append(encoder.encode(form))
        return result
    }
}
