import TestSupport

/// Draws programs that change their own code and stay valid whatever they change: there are three copies of the code, alike but for immediates and for
/// opcodes whose every mixture is an instruction, and all stores copy bytes from some place in one of them to the same place in another.
struct CodeChanges {
    /// Where the copies stand, from the start of the code pages: the first is the one that runs, until its pages are mapped elsewhere.
    static let copies = [0x1000, 0x3000, 0x5000]

    private enum Kind: Equatable {
        case constant(Int)
        case store(Int)
        case call
        case transfer
        case remap
        case hotData
        case filler(Int)
    }

    /// Parts of the program, with what was drawn for them.
    private struct Piece {
        var kind: Kind
        var values: [UInt32]
        var at = 0
        var length = 0
        /// Where the bytes begin that a store copies, from where to where, and how many.
        var place = 0, from = 0, to = 0, count = 0
        /// Which window a store goes through.
        var window: UInt32 = 0
        var number = 0
    }

    private let world: World
    private var random: RandomSource
    private var pieces: [Piece] = []
    private var start = 0
    private var total = 0

    static func make(_ world: World, seed: UInt64) -> Program {
        var changes = CodeChanges(world: world, random: RandomSource(seed: seed))
        return changes.draw(seed)
    }

    private init(world: World, random: RandomSource) {
        self.world = world
        self.random = random
    }

    private var isSmall: Bool { world.mode.is16 }
    private var mayRemap: Bool { world.mode.isFlat }

    private mutating func draw(_ seed: UInt64) -> Program {
        for _ in 0..<3 + random.below(18) {
            let kind: Kind =
                switch random.below(20) {
                case 0..<8: .constant(random.below(9))
                case 8..<14: .store(random.below(Self.storeKinds))
                case 14: .call
                case 15: .transfer
                case 16: mayRemap ? .remap : .constant(0)
                case 17: .hotData
                default: .filler(random.below(5))
                }
            pieces.append(Piece(kind: kind, values: (0..<3).map { _ in random.word() }))
        }
        settle()
        // Sometimes the code crosses a page.
        start = random.chance(50) ? 64 + random.below(0x900) : 0x1000 - 1 - random.below(max(1, total))
        var transfers = 0
        let constants = pieces.filter { if case .constant(let number) = $0.kind { number < 4 } else { false } }
        for index in pieces.indices {
            pieces[index].number = transfers & 7
            if pieces[index].kind == .transfer { transfers += 1 }
            pieces[index] = aimed(pieces[index], constants)
        }

        var program = Program("code changes", world, [])
        program.seed = seed
        program.start = Self.copies[0] + start
        program.rounds = 4
        program.budgets = [5000, 5000, 200, 7, 1]
        program.limit = 6000
        if isSmall { program.registers.segments = [0x1000, 0x1000, 0x1000, 0x1000, 0x1000, 0x1000] }
        if world.mode == .segments32 || world.mode == .segments32User {
            let flat = world.selector(.flatData)
            program.registers.segments = [flat, world.selector(.code), flat, flat, flat, flat]
        }
        if mayRemap && world.mode.level == 3 { program.patches += handlers }
        program.registers.general[4] = top
        if world.mode.level == 3 { program.registers.eflags |= 0x3000 }
        program.chunks = [Chunk(bytes: head, isFixed: true)] + pieces.map { Chunk(bytes: bytes($0, 0)) } + [Chunk(bytes: tail, isFixed: true)]
        for copy in 1...2 {
            let code = head + pieces.flatMap { bytes($0, copy) } + tail + [0xCD, World.endVector]
            program.patches.append((World.code + UInt32(Self.copies[copy] + start), code))
        }
        for piece in pieces where piece.kind == .transfer {
            let source = World.code + UInt32(Self.copies[piece.from] + start + piece.place)
            let target = World.code + UInt32(Self.copies[piece.to] + start + piece.place)
            program.patches.append((World.transfers + UInt32(piece.number) * 12, source.bytes(4) + target.bytes(4) + UInt32(piece.count).bytes(4)))
        }
        return program
    }

    /// Where pieces stand.
    private mutating func settle() {
        var at = head.count
        for index in pieces.indices {
            pieces[index].at = at
            pieces[index].length = bytes(pieces[index], 0).count
            at += pieces[index].length
        }
        total = at
    }

    /// What a store changes.
    private mutating func aimed(_ drawn: Piece, _ constants: [Piece]) -> Piece {
        var piece = drawn
        piece.from = random.below(3)
        piece.to = random.chance(70) ? 0 : random.below(3)
        piece.window = world.mode.isFlat ? random.pick(World.windows) : world.window
        switch piece.kind {
        case .store(let number): piece.count = Self.sizes[number]
        case .transfer: piece.count = 1 + random.below(16)
        case .remap: piece.place = random.below(2)
        case .call:
            if let constant = constants.isEmpty ? nil : random.pick(constants) { piece.place = constant.at + constant.length - 4 }
        default: break
        }
        guard piece.count > 0 else { return piece }
        if random.chance(40) {
            // Close behind, or itself.
            piece.place = max(0, min(total - piece.count, piece.at + piece.length - random.below(8)))
        } else {
            piece.place = random.below(max(1, total - piece.count))
        }
        if piece.place + piece.count > total { piece.count = max(1, total - piece.place) }
        return piece
    }

    // MARK: Code

    private var counter: UInt32 { isSmall ? 0x7000 : world.window &+ World.code &+ 0x7000 }
    private var top: UInt32 { isSmall ? 0x7F00 : world.window &+ World.code &+ 0x7F00 }

    /// An instruction with an absolute memory operand.
    private func memory(_ opcode: [UInt8], _ reg: UInt8, _ offset: UInt32) -> [UInt8] {
        opcode + (isSmall ? [reg << 3 | 6] + offset.bytes(2) : [reg << 3 | 5] + offset.bytes(4))
    }
    private var wide: [UInt8] { isSmall ? [0x66] : [] }
    private func load(_ number: UInt8, _ value: UInt32) -> [UInt8] { wide + [0xB8 + number] + value.bytes(4) }
    /// The offset of a byte of a copy.
    private func offset(_ copy: Int, _ place: Int, _ window: UInt32) -> UInt32 {
        let at = UInt32(Self.copies[copy] + start + place)
        return isSmall ? at : window &+ World.code &+ at
    }

    /// mov dword [counter],3
    private var head: [UInt8] { memory(wide + [0xC7], 0, counter) + UInt32(3).bytes(4) }
    /// dec dword [counter]; jnz to the first piece
    private var tail: [UInt8] {
        let decrement = memory(wide + [0xFF], 1, counter)
        let distance = head.count - (total + decrement.count + (isSmall ? 4 : 6))
        return decrement + [0x0F, 0x85] + UInt32(truncatingIfNeeded: distance).bytes(isSmall ? 2 : 4)
    }

    /// Bytes that each kind of store copies.
    private static let sizes = [1, 2, 4, 4, 8, 16, 10, 8, 12, 4, 8, 11, 4, 1, 8, 4, 16]
    private static let storeKinds = sizes.count

    private func bytes(_ piece: Piece, _ copy: Int) -> [UInt8] {
        switch piece.kind {
        case .constant(let number): constant(number, piece.values[copy])
        case .store(let number): store(number, piece)
        case .call:
            // The return address becomes an immediate: mov esp,place + 4; call the next instruction; mov esp,top
            load(4, piece.place == 0 ? top : offset(piece.to, piece.place + 4, piece.window)) + wide + [0xE8, 0, 0, 0, 0] + load(4, top)
        case .transfer: [0xB0, UInt8(piece.number), 0xE6, 0xF2]
        case .remap: remap(piece)
        case .hotData:
            // inc dword [hole]; jmp over it
            memory(wide + [0xFF], 0, offset(0, piece.at + piece.length - 4, world.window)) + [0xEB, 4, 0, 0, 0, 0]
        case .filler(let number): [[0x90], [0xEB, 0], [0x74, 0], [0x9C, 0x9D], wide + [0xE8, 1, 0, 0, 0, 0x90] + wide + [0x83, 0xC4, 4]][number]
        }
    }

    /// An instruction of which the copies hold different ones.
    private func constant(_ number: Int, _ value: UInt32) -> [UInt8] {
        func choose(_ from: [UInt8], _ shift: UInt32) -> UInt8 { from[Int(value >> shift & 0xFF) % from.count] }
        switch number {
        case 0: return wide + [0x05] + value.bytes(4)
        case 1: return wide + [0xB9] + value.bytes(4)
        case 2: return wide + [0x81, 0xF2] + value.bytes(4)
        case 3: return wide + [0x81, 0xC2] + value.bytes(4)
        case 4: return wide + [0x83, 0xC3] + value.bytes(1)
        case 5: return [choose([0x40, 0x48, 0x41, 0x49, 0x90, 0xF8, 0xF9, 0xF5, 0x98, 0x99], 0)]
        case 6: return [0x70 | UInt8(value & 15), 0]
        case 7: return [choose([0x01, 0x09, 0x11, 0x19, 0x21, 0x29, 0x31], 0), choose([0xC1, 0xC8, 0xD1, 0xCB, 0xD8, 0xC2], 8)]
        default: return [choose([0x40, 0x48, 0x42, 0x4A], 0), choose([0x40, 0x48, 0x90], 8), choose([0x43, 0x4B, 0x90], 16)]
        }
    }

    private func store(_ number: Int, _ piece: Piece) -> [UInt8] {
        let source = offset(piece.from, piece.place, world.window), target = offset(piece.to, piece.place, piece.window)
        func copy(_ loads: [UInt8], _ stores: [UInt8], _ reg: UInt8 = 0, _ other: UInt8 = 0) -> [UInt8] {
            memory(loads, reg, source) + memory(stores, other, target)
        }
        switch number {
        case 0: return copy([0x8A], [0x88])
        case 1: return copy(isSmall ? [0x8B] : [0x66, 0x8B], isSmall ? [0x89] : [0x66, 0x89])
        case 2: return copy(wide + [0x8B], wide + [0x89], 2, 2)
        case 3: return load(4, target &+ 4) + memory(wide + [0xFF], 6, source) + load(4, top)
        case 4: return copy([0x0F, 0x6F], [0x0F, 0x7F], 1, 1)
        case 5: return copy([0x0F, 0x10], [0x0F, 0x11], 3, 3)
        case 6: return [0xDB, 0xE3] + copy([0xDB], [0xDB], 5, 7)
        case 7: return [0xDB, 0xE3] + copy([0xDF], [0xDF], 5, 7)
        case 8: return load(6, source) + load(7, target) + load(1, UInt32(piece.count)) + [0xFC, 0xF3, 0xA4]
        case 9: return copy(wide + [0x8B], wide + [0x87])
        case 10:
            return memory(wide + [0x8B], 0, target) + memory(wide + [0x8B], 2, target &+ 4) + memory(wide + [0x8B], 3, source)
                + memory(wide + [0x8B], 1, source &+ 4) + memory([0xF0, 0x0F, 0xC7], 1, target)
        case 11:
            let last = UInt32(max(0, piece.count - 1))
            return load(6, source &+ last) + load(7, target &+ last) + load(1, UInt32(piece.count)) + [0xFD, 0xF3, 0xA4, 0xFC]
        case 12: return [0xDB, 0xE3] + copy([0xDB], [0xDB], 0, 3)
        case 13: return memory([0x8A], 0, source) + memory([0x32], 0, target) + memory([0x30], 0, target)
        case 14: return copy([0x0F, 0x12], [0x0F, 0x13], 2, 2)
        case 15: return copy([0xF3, 0x0F, 0x10], [0xF3, 0x0F, 0x11], 2, 2)
        default: return copy([0xF3, 0x0F, 0x6F], [0x66, 0x0F, 0xE7], 4, 4)
        }
    }

    /// The pages that run are mapped elsewhere: mov dword [entry],copy; then INVLPG, or CR3 is loaded. At CPL 3 two interrupts' handlers do it.
    private func remap(_ piece: Piece) -> [UInt8] {
        let pages = Self.copies[0] >> 12..<(Self.copies[0] >> 12) + 2
        let reloads = piece.values[0] & 1 != 0, isUser = world.mode.level == 3
        var code: [UInt8] = []
        for page in pages {
            let linear = world.window &+ World.code &+ UInt32(page) << 12
            let physical = World.code + UInt32(Self.copies[piece.from] + (page - pages.lowerBound) << 12)
            let entry = world.pageEntry(linear).address
            if isUser {
                code += load(0, entry) + load(3, physical | 7) + load(1, linear) + [0xCD, reloads ? Self.reloadVector : Self.flushVector]
                continue
            }
            code += memory([0xC7], 0, entry) + (physical | 7).bytes(4)
            if !reloads { code += memory([0x0F, 0x01], 7, linear) }
        }
        // mov eax,cr3; mov cr3,eax
        return reloads && !isUser ? code + [0x0F, 0x20, 0xD8, 0x0F, 0x22, 0xD8] : code
    }

    private static let flushVector: UInt8 = 0x32, reloadVector: UInt8 = 0x33

    /// The handlers: mov [eax],ebx; invlpg [ecx]; iretd. And: mov [eax],ebx; mov eax,cr3; mov cr3,eax; iretd, over the stub behind it.
    private var handlers: [(physical: UInt32, bytes: [UInt8])] {
        [
            (world.stubAddress(Self.flushVector), [0x89, 0x18, 0x0F, 0x01, 0x39, 0xCF]),
            (world.stubAddress(Self.reloadVector), [0x89, 0x18, 0x0F, 0x20, 0xD8, 0x0F, 0x22, 0xD8, 0xCF]),
        ]
    }
}
