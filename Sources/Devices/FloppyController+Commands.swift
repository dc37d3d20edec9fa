import Bus

extension FloppyController {
    /// The command set (§5, table 5-1), without the options in the first byte's high bits.
    enum Command {
        case readTrack, specify, senseDriveStatus, writeData, readData, recalibrate, senseInterruptStatus, writeDeletedData, readID
        case readDeletedData, formatTrack, dumpRegisters, seek, version, perpendicularMode, configure, lock, verify, relativeSeek

        static let longest = 9

        /// nil: an invalid code; the SCAN commands are among them.
        init?(_ code: UInt8) {
            switch code {
            case 0x03: self = .specify
            case 0x04: self = .senseDriveStatus
            case 0x07: self = .recalibrate
            case 0x08: self = .senseInterruptStatus
            case 0x0E: self = .dumpRegisters
            case 0x0F: self = .seek
            case 0x10: self = .version
            case 0x12: self = .perpendicularMode
            case 0x13: self = .configure
            case 0x14, 0x94: self = .lock
            case 0x8F, 0xCF: self = .relativeSeek
            case _ where code & 0x9F == 0x02: self = .readTrack
            case _ where code & 0x3F == 0x05: self = .writeData
            case _ where code & 0x1F == 0x06: self = .readData
            case _ where code & 0x3F == 0x09: self = .writeDeletedData
            case _ where code & 0xBF == 0x0A: self = .readID
            case _ where code & 0x1F == 0x0C: self = .readDeletedData
            case _ where code & 0xBF == 0x0D: self = .formatTrack
            case _ where code & 0x1F == 0x16: self = .verify
            default: return nil
            }
        }

        /// Bytes of the command phase.
        var length: Int {
            switch self {
            case .senseInterruptStatus, .dumpRegisters, .version, .lock: 1
            case .senseDriveStatus, .recalibrate, .readID, .perpendicularMode: 2
            case .specify, .seek, .relativeSeek: 3
            case .configure: 4
            case .formatTrack: 6
            case .readTrack, .writeData, .readData, .writeDeletedData, .readDeletedData, .verify: 9
            }
        }

        /// Has an execution phase, and seven bytes of result.
        var executes: Bool { self == .readID || self == .formatTrack || length == Self.longest }
    }

    /// Status register 0 (§6.1); bits 1–0: the drive.
    struct ST0: OptionSet {
        let rawValue: UInt8
        static let H = Self(rawValue: 0x04), EC = Self(rawValue: 0x10), SE = Self(rawValue: 0x20)
        /// The interrupt codes.
        static let normal: Self = [], abnormal = Self(rawValue: 0x40), invalid = Self(rawValue: 0x80), polled = Self(rawValue: 0xC0)
    }

    /// Status register 1 (§6.2).
    package struct ST1: OptionSet, Codable, Hashable, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }
        static let MA = Self(rawValue: 0x01), NW = Self(rawValue: 0x02), ND = Self(rawValue: 0x04), DE = Self(rawValue: 0x20)
        static let EN = Self(rawValue: 0x80)
    }

    /// Status register 2 (§6.3).
    package struct ST2: OptionSet, Codable, Hashable, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }
        static let WC = Self(rawValue: 0x10), DD = Self(rawValue: 0x20), CM = Self(rawValue: 0x40)
    }

    /// Status register 3 (§6.4); bit 5 and bit 3 are always set.
    struct ST3: OptionSet {
        let rawValue: UInt8
        static let HD = Self(rawValue: 0x04), T0 = Self(rawValue: 0x10), always = Self(rawValue: 0x28), WP = Self(rawValue: 0x40)
    }

    /// A byte of the command under way.
    func parameter(_ index: Int) -> UInt8 { index < state.command.count ? state.command[index] : 0 }
    /// The drive that the command names.
    var unit: Int { Int(parameter(1) & 3) }
    var command: Command? { state.command.first.flatMap(Command.init) }
    /// ND of SPECIFY.
    var usesDMA: Bool { state.specified[1] & 1 == 0 }

    /// A drive without a medium looks write-protected.
    func isWriteProtected(_ unit: Int) -> Bool { isPresent(unit) && medium(unit)?.isReadOnly != false }

    // MARK: Phases

    /// The end of a command. Drives are polled again, and a seek that ended meanwhile interrupts.
    func awaitCommand() {
        state.phase = .command
        state.command = []
        if state.pending.contains(where: { ST0(rawValue: $0).contains(.SE) }) { interrupt() }
    }

    /// A result without an interrupt.
    func give(_ result: [UInt8]) {
        state.result = result
        state.phase = .result
    }

    /// The end of an execution phase.
    func finish(_ code: ST0) {
        clearTransfer()
        let st0 = code.rawValue | state.side << 2 | UInt8(unit)
        give([st0, state.st1.rawValue, state.st2.rawValue, state.id.c, state.id.h, state.id.r, state.id.n])
        interrupt()
    }

    /// Bytes 0 to 8 of the command are complete.
    func accept(_ command: Command) {
        switch command {
        case .specify:
            state.specified = [parameter(1), parameter(2)]
            awaitCommand()
        case .senseDriveStatus: give([driveStatus.rawValue | UInt8(unit)])
        case .recalibrate:
            let steps = min(state.drives[unit].track, 79)
            beginSeek(Drive.Seek(steps: -Int16(steps), pcn: 0, recalibrates: true))
        case .seek: beginSeek(Drive.Seek(steps: Int16(parameter(2)) - Int16(state.drives[unit].pcn), pcn: parameter(2), recalibrates: false))
        case .relativeSeek:
            let inward = parameter(0) & 0x40 != 0, pcn = state.drives[unit].pcn, count = parameter(2)
            beginSeek(
                Drive.Seek(
                    steps: inward ? Int16(count) : -Int16(count), pcn: inward ? pcn &+ count : pcn &- count, recalibrates: false))
        case .senseInterruptStatus: senseInterruptStatus()
        case .dumpRegisters:
            give(
                state.drives.map(\.pcn) + state.specified + [
                    state.lastEOT, (state.isLocked ? 0x80 : 0) | state.perpendicular, state.configuration.rawValue, state.pretrack,
                ])
        case .version: give([0x90])
        case .perpendicularMode:
            let value = parameter(1)
            state.perpendicular = value & 0x03 | (value & 0x80 != 0 ? value : state.perpendicular) & 0x3C
            awaitCommand()
        case .configure:
            state.configuration = Configuration(rawValue: parameter(2) & 0x7F)
            state.pretrack = parameter(3)
            awaitCommand()
        case .lock:
            state.isLocked = parameter(0) & 0x80 != 0
            give([state.isLocked ? 0x10 : 0])
        case .readID, .formatTrack, .readTrack, .readData, .readDeletedData, .writeData, .writeDeletedData, .verify: prepare(command)
        }
    }

    // MARK: Control commands

    private var driveStatus: ST3 {
        var status = ST3.always
        if parameter(1) & 4 != 0 { status.insert(.HD) }
        if isPresent(unit) && state.drives[unit].track == 0 { status.insert(.T0) }
        if isWriteProtected(unit) { status.insert(.WP) }
        return status
    }

    private func senseInterruptStatus() {
        endInterrupt()
        guard !state.pending.isEmpty else { return give([ST0.invalid.rawValue]) }
        let st0 = state.pending.removeFirst()
        give([st0, state.drives[Int(st0 & 3)].pcn])
    }

    /// A new command for a drive: what was not asked for by SENSE INTERRUPT STATUS is lost.
    func forgetInterrupts() {
        let unit = UInt8(unit)
        state.pending.removeAll { $0 & 0xC0 == 0xC0 || $0 & 3 == unit }
        endInterrupt()
    }

    // MARK: Seeks

    private func beginSeek(_ seek: Drive.Seek) {
        forgetInterrupts()
        state.drives[unit].seek = seek
        clock.schedule(Event.seek + UInt8(unit), at: clock.now + Delay.seek)
        awaitCommand()
    }

    func endSeek(_ unit: Int) {
        guard let seek = state.drives[unit].seek else { return }
        state.drives[unit].seek = nil
        step(unit, Int(seek.steps))
        state.drives[unit].pcn = seek.pcn
        var st0: ST0 = .SE
        // TRK0 did not come within 79 steps.
        if seek.recalibrates && !(isPresent(unit) && state.drives[unit].track == 0) { st0.formUnion([.abnormal, .EC]) }
        state.pending.removeAll { $0 & 3 == UInt8(unit) }
        state.pending.append(st0.rawValue | UInt8(unit))
        if state.phase == .command { interrupt() }
    }

    /// Step pulses: the head moves between its stops, and the drive notices that its medium is in.
    func step(_ unit: Int, _ steps: Int) {
        guard steps != 0, isPresent(unit) else { return }
        let track = min(max(Int(state.drives[unit].track) + steps, 0), Int(Drive.lastTrack))
        state.drives[unit].track = UInt8(truncatingIfNeeded: track)
        if medium(unit) != nil { state.drives[unit].isChanged = false }
    }

    /// EIS: moves the head before the execution phase.
    func seekImplied(to cylinder: UInt8) {
        guard state.configuration.contains(.EIS) else { return }
        step(unit, Int(cylinder) - Int(state.drives[unit].pcn))
        state.drives[unit].pcn = cylinder
    }
}
