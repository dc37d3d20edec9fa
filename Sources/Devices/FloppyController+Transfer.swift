package import Bus

extension FloppyController {
    private static let sectorBytes = 512
    private var isMultiTrack: Bool { parameter(0) & 0x80 != 0 && command != .readTrack }
    private var isMFM: Bool { parameter(0) & 0x40 != 0 }
    private var skips: Bool { parameter(0) & 0x20 != 0 }
    private var eot: UInt8 { parameter(6) }
    /// EC of VERIFY: as many sectors as SC says.
    private var countsSectors: Bool { command == .verify && parameter(1) & 0x80 != 0 }

    /// Takes the parameters of a command that has an execution phase.
    func prepare(_ command: Command) {
        forgetInterrupts()
        state.phase = .execution
        state.side = parameter(1) >> 2 & 1
        (state.st1, state.st2) = ([], [])
        state.isTerminated = false
        clearTransfer()
        var delay = Delay.execute
        switch command {
        case .readID: state.id = SectorID(c: state.drives[unit].pcn, h: state.side)
        case .formatTrack:
            state.id = SectorID(c: state.drives[unit].pcn, h: state.side, n: parameter(2))
            state.lastEOT = parameter(3)
        default:
            state.id = SectorID(c: parameter(2), h: parameter(3), r: parameter(4), n: parameter(5))
            state.lastEOT = eot
            state.toVerify = parameter(8) == 0 ? 256 : Int(parameter(8))
            if state.configuration.contains(.EIS) && state.drives[unit].pcn != state.id.c { delay += Delay.seek }
            seekImplied(to: state.id.c)
        }
        clock.schedule(Event.execute, at: clock.now + delay)
    }

    func execute() {
        switch command {
        case .readID: readID()
        case .formatTrack: collectIDs()
        case .writeData, .writeDeletedData:
            if isWriteProtected(unit) && medium(unit) != nil { return refuseWrite() }
            proceed()
        case .readTrack:
            // From the index hole on, whatever the sectors are called; a name that differs is only reported.
            if state.id.r != 1 || state.id.h != state.side || state.id.n != 2 { state.st1.insert(.ND) }
            (state.id.h, state.id.r, state.id.n) = (state.side, 1, 2)
            proceed()
        default: proceed()
        }
    }

    // MARK: Searching

    /// How the medium under the head is laid out; nil: no address mark comes by.
    private var surface: FloppyGeometry? {
        guard state.dor.contains(.motor(unit)), let medium = medium(unit), let geometry = FloppyGeometry.of(sectors: medium.sectorCount),
            geometry.rate.rawValue == state.dsr & 3, isMFM, Int(state.side) < geometry.heads, Int(state.drives[unit].track) < geometry.cylinders
        else { return nil }
        return geometry
    }

    /// What was looked for has not come by in two revolutions.
    private func lose(_ st1: ST1, _ st2: ST2 = []) {
        state.st1.formUnion(st1)
        state.st2.formUnion(st2)
        clock.schedule(Event.giveUp, at: clock.now + Delay.twoRevolutions)
    }

    private func refuseWrite() {
        state.st1.insert(.NW)
        finish(.abnormal)
    }

    private func readID() {
        guard let geometry = surface else { return lose(.MA) }
        let next = state.drives[unit].passed >= geometry.sectors ? 1 : state.drives[unit].passed &+ 1
        state.drives[unit].passed = next
        state.id = SectorID(c: state.drives[unit].track, h: state.side, r: next, n: 2)
        finish(.normal)
    }

    /// Goes on with the sector that the ID registers name, and as many after it on this side as can be had at once.
    private func proceed() {
        guard let geometry = surface else { return lose(.MA) }
        let id = state.id, track = state.drives[unit].track
        guard id.c == track else { return lose(.ND, .WC) }
        guard id.h == state.side, id.n == 2, id.r >= 1, id.r <= geometry.sectors else { return lose(.ND) }
        // An EOT before the first sector is never met: the search then ends behind the last.
        var count = (id.r <= eot ? min(Int(eot), geometry.sectors) : geometry.sectors) - Int(id.r) + 1
        switch command {
        case .verify: if countsSectors { count = min(count, max(state.toVerify, 1)) }
        case .readDeletedData:
            // Every sector is a normal one: skipped, or read as the last.
            state.st2.insert(.CM)
            if skips { return advance(count) }
            count = 1
        default: count = usesDMA ? min(count, max(1, (dma.available + Self.sectorBytes - 1) / Self.sectorBytes)) : 1
        }
        if command == .writeData || command == .writeDeletedData {
            receive(count * Self.sectorBytes)
        } else {
            submit(.read(sector: linear(geometry), count: count), as: .read)
        }
    }

    private func linear(_ geometry: FloppyGeometry) -> UInt64 {
        let side = Int(state.drives[unit].track) * geometry.heads + Int(state.side)
        return UInt64(truncatingIfNeeded: side * geometry.sectors + max(Int(state.id.r) - 1, 0))
    }

    /// Counts sectors as done and goes on, or ends (§5.1.1, table 5-6).
    private func advance(_ count: Int) {
        var isAtEnd = false
        for _ in 0..<count where !isAtEnd {
            state.drives[unit].passed = state.id.r
            if state.id.r != eot {
                state.id.r &+= 1
                continue
            }
            state.id.r = 1
            if isMultiTrack { state.id.h ^= 1 }
            if isMultiTrack && state.side == 0 {
                state.side = 1
            } else {
                state.id.c &+= 1
                isAtEnd = true
            }
        }
        if countsSectors {
            state.toVerify -= min(count, state.toVerify)
            if state.toVerify == 0 { return finish(.normal) }
        }
        if state.isTerminated || command == .readDeletedData && !skips { return finish(.normal) }
        guard isAtEnd else { return proceed() }
        if command == .verify && !countsSectors { return finish(.normal) }
        state.st1.insert(.EN)
        finish(.abnormal)
    }

    // MARK: The medium

    private func submit(_ operation: BlockOperation, as request: Request) {
        state.request = request
        tag &+= 1
        ports[unit]?.submit(operation, tag: tag)
    }

    package func blockCompleted(_ tag: UInt32, _ result: Result<[UInt8], BlockError>) {
        guard tag == self.tag, state.request != .none, state.phase == .execution else { return }
        let request = state.request
        state.request = .none
        switch result {
        case .failure(.noMedium), .failure(.outOfRange): lose(.MA)
        case .failure(.readOnly): refuseWrite()
        case .failure(.host):
            state.st1.insert(.DE)
            state.st2.insert(.DD)
            finish(.abnormal)
        case .success(let data):
            if request == .read { deliver(data) } else { written() }
        }
    }

    private func deliver(_ data: [UInt8]) {
        guard !data.isEmpty, data.count <= Self.bufferCapacity, data.count % Self.sectorBytes == 0 else { return lose(.MA) }
        if command == .verify { return advance(data.count / Self.sectorBytes) }
        begin(.toHost, data)
    }

    private func written() {
        if command == .formatTrack { finish(.normal) } else { advance(state.writing) }
    }

    // MARK: The host

    private func receive(_ count: Int) { begin(.fromHost, [UInt8](repeating: 0, count: count)) }

    private func begin(_ direction: Direction, _ bytes: [UInt8]) {
        (state.direction, state.buffer, state.position) = (direction, bytes, 0)
        if usesDMA { moveByDMA() } else { askForBytes() }
    }

    /// Moves what the DMA channel takes; called again when it takes more.
    func moveByDMA() {
        guard state.phase == .execution, state.direction != .none, usesDMA, state.dor.contains(.DMAGATE) else { return }
        let left = state.buffer.count - state.position
        let moved: Int, isTerminated: Bool
        if state.direction == .toHost {
            (moved, isTerminated) = dma.writeToMemory(Array(state.buffer.suffix(left)))
        } else {
            let bytes: [UInt8]
            (bytes, isTerminated) = dma.readFromMemory(left)
            moved = bytes.count
            state.buffer.replaceSubrange(state.position..<state.position + moved, with: bytes)
        }
        guard moved > 0 else { return }
        state.position += moved
        if isTerminated || state.position == state.buffer.count { allMoved(terminated: isTerminated) }
    }

    /// Without DMA, the FIFO asks by interrupt; disabled, for each byte.
    private func askForBytes() {
        state.fifoLeft = state.configuration.contains(.EFIFO) ? 1 : 16
        interrupt()
    }

    func byteMoved() {
        state.position += 1
        state.fifoLeft -= min(1, state.fifoLeft)
        let isAllMoved = state.position == state.buffer.count
        if isAllMoved || state.fifoLeft == 0 { endInterrupt() }
        if isAllMoved { allMoved(terminated: false) } else if state.fifoLeft == 0 { askForBytes() }
    }

    private func allMoved(terminated: Bool) {
        state.isTerminated = terminated
        let (direction, bytes) = (state.direction, Array(state.buffer.prefix(state.position)))
        clearTransfer()
        if command == .formatTrack { return format(bytes) }
        state.writing = (bytes.count + Self.sectorBytes - 1) / Self.sectorBytes
        guard direction == .fromHost else { return advance(state.writing) }
        guard let geometry = surface else { return lose(.MA) }
        // Terminal count inside a sector: zeros fill the rest.
        let padding = [UInt8](repeating: 0, count: state.writing * Self.sectorBytes - bytes.count)
        submit(.write(sector: linear(geometry), bytes: bytes + padding), as: .write)
    }

    // MARK: FORMAT TRACK

    private func collectIDs() {
        guard medium(unit) != nil else { return lose(.MA) }
        if isWriteProtected(unit) { return refuseWrite() }
        guard parameter(3) > 0 else { return finish(.normal) }
        receive(Int(parameter(3)) * 4)
    }

    /// The image keeps its layout: what asks for another one is refused.
    private func format(_ bytes: [UInt8]) {
        let ids = stride(from: 0, to: bytes.count - 3, by: 4).map { Array(bytes[$0..<$0 + 4]) }
        if let first = ids.first { seekImplied(to: first[0]) }
        guard let geometry = surface else { return lose(.MA) }
        let track = state.drives[unit].track
        let isWhole = Set(ids.map { $0[2] }) == Set(1...UInt8(truncatingIfNeeded: geometry.sectors))
        guard isWhole, ids.allSatisfy({ $0[0] == track && $0[1] == state.side && $0[3] == 2 }) else { return lose(.ND) }
        state.id = SectorID(c: track, h: state.side, r: 1, n: 2)
        let bytes = [UInt8](repeating: parameter(5), count: geometry.sectors * Self.sectorBytes)
        submit(.write(sector: linear(geometry), bytes: bytes), as: .write)
    }
}
