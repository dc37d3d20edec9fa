/// The packet commands (MMC-3 §6, SPC-2 §7).
private enum PacketCommand: UInt8 {
    case testUnitReady = 0x00, requestSense = 0x03, inquiry = 0x12, modeSelect6 = 0x15, modeSense6 = 0x1A, startStopUnit = 0x1B
    case preventAllowMediumRemoval = 0x1E, readCapacity = 0x25, read10 = 0x28, seek10 = 0x2B, synchronizeCache = 0x35
    case readSubChannel = 0x42, readTOC = 0x43, getConfiguration = 0x46, getEventStatusNotification = 0x4A, readDiscInformation = 0x51
    case modeSelect10 = 0x55, modeSense10 = 0x5A, read12 = 0xA8, readDVDStructure = 0xAD, setCDSpeed = 0xBB, mechanismStatus = 0xBD, readCD = 0xBE

    /// These answer whatever the medium's state, and leave a unit attention for the next command.
    var ignoresMedium: Bool {
        switch self {
        case .requestSense, .inquiry, .getConfiguration, .getEventStatusNotification, .mechanismStatus: true
        default: false
        }
    }

    var needsMedium: Bool {
        switch self {
        case .testUnitReady, .readCapacity, .read10, .read12, .readCD, .seek10, .readSubChannel, .readTOC, .readDiscInformation, .readDVDStructure:
            true
        default: false
        }
    }
}

extension ATAPIDrive {
    private func byte(_ index: Int) -> UInt8 { index < state.packet.count ? state.packet[index] : 0 }
    private func word(_ index: Int) -> Int { Int(byte(index)) << 8 | Int(byte(index + 1)) }
    private func long(_ index: Int) -> UInt32 { UInt32(word(index)) << 16 | UInt32(word(index + 2)) }

    /// Runs the packet in `state`.
    func runPacket() {
        guard let command = PacketCommand(rawValue: byte(0)) else { return fail(.invalidCommand) }
        if command != .requestSense { state.sense = .none }
        if state.isAttentionDue && !command.ignoresMedium {
            state.isAttentionDue = false
            return fail(.mediumChanged)
        }
        if command.needsMedium && medium == nil { return fail(state.isTrayOpen ? .trayOpen : .noMedium) }
        switch command {
        case .testUnitReady, .seek10, .synchronizeCache, .setCDSpeed: succeed()
        case .requestSense: requestSense()
        case .inquiry: inquiry()
        case .modeSelect6: swallow(Int(byte(4)))
        case .modeSelect10: swallow(word(7))
        case .modeSense6: modeSense(limit: Int(byte(4)), long: false)
        case .modeSense10: modeSense(limit: word(7), long: true)
        case .startStopUnit: startStopUnit()
        case .preventAllowMediumRemoval:
            state.isLocked = byte(4) & 1 != 0
            succeed()
        case .readCapacity: reply(bigEndian(blockCount &- 1) + bigEndian(UInt32(Self.blockBytes)), limit: 8)
        case .read10: read(long(2), count: UInt32(word(7)))
        case .read12: read(long(2), count: long(6))
        case .readCD: readCD()
        case .readSubChannel: readSubChannel()
        case .readTOC: readTOC()
        case .getConfiguration: getConfiguration()
        case .getEventStatusNotification: getEventStatusNotification()
        case .readDiscInformation: readDiscInformation()
        case .mechanismStatus: reply([0, state.isTrayOpen ? 0x10 : 0, 0, 0, 0, 1, 0, 0], limit: word(8))
        case .readDVDStructure: readDVDStructure()
        }
    }

    private func bigEndian(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> UInt32(24 - $0 * 8)) } }
    private func bigEndian(_ value: Int) -> [UInt8] { [UInt8(truncatingIfNeeded: value >> 8), UInt8(truncatingIfNeeded: value)] }

    private func requestSense() {
        var sense = state.sense
        if sense == .none && state.isAttentionDue {
            state.isAttentionDue = false
            sense = .mediumChanged
        }
        state.sense = .none
        var bytes = [UInt8](repeating: 0, count: 18)
        (bytes[0], bytes[2], bytes[7], bytes[12], bytes[13]) = (0x70, sense.key, 10, sense.code, sense.qualifier)
        reply(bytes, limit: Int(byte(4)))
    }

    private func inquiry() {
        guard byte(1) & 1 == 0, byte(2) == 0 else { return fail(.invalidField) }
        func text(_ string: String, _ count: Int) -> [UInt8] {
            let characters = Array(string.utf8.prefix(count))
            return characters + [UInt8](repeating: 32, count: count - characters.count)
        }
        // CD-ROM, removable, ATAPI's response format.
        reply([5, 0x80, 0, 0x21, 31, 0, 0, 0] + text("VITRINE", 8) + text("CD-ROM", 16) + text("1.0", 4), limit: Int(byte(4)))
    }

    private func startStopUnit() {
        let start = byte(4) & 1 != 0
        if byte(4) & 2 != 0 {
            guard start || !state.isLocked else { return fail(.removalPrevented) }
            moveTray(open: !start)
        }
        succeed()
    }

    // MARK: Mode pages

    private func modeSense(limit: Int, long: Bool) {
        guard byte(2) >> 6 != 3 else { return fail(.savingNotSupported) }
        let changeable = byte(2) >> 6 == 1
        let pages: [(UInt8, [UInt8])] = [
            // Read error recovery; CD-ROM parameters; CD audio control; capabilities and mechanical status.
            (0x01, [0x01, 0x06, 0, 5, 0, 0, 0, 0]),
            (0x0D, [0x0D, 0x06, 0, 0, 0, 60, 0, 75]),
            (0x0E, [0x0E, 0x0E, 4, 0, 0, 0, 0, 75, 1, 255, 2, 255, 0, 0, 0, 0]),
            (0x2A, capabilities),
        ]
        let code = byte(2) & 0x3F
        let chosen = pages.filter { $0.0 == code || code == 0x3F }.flatMap {
            changeable ? Array($0.1.prefix(2)) + $0.1.dropFirst(2).map { _ in 0 } : $0.1
        }
        guard !chosen.isEmpty else { return fail(.invalidField) }
        let type: UInt8 = medium == nil ? (state.isTrayOpen ? 0x71 : 0x70) : 0x01
        if long {
            reply(bigEndian(chosen.count + 6) + [type, 0, 0, 0, 0, 0] + chosen, limit: limit)
        } else {
            reply([UInt8(truncatingIfNeeded: chosen.count + 3), type, 0, 0] + chosen, limit: limit)
        }
    }

    private var capabilities: [UInt8] {
        // Reads CD-R, CD-RW and DVD-ROM; writes none; mode 2 forms 1 and 2, multi-session; lock, eject, tray; 24x, 512 KB.
        var page: [UInt8] = [0x2A, 0x12, 0x0B, 0, 0x70, 0x00, 0x29 | (state.isLocked ? 2 : 0), 0]
        page += bigEndian(4234) + bigEndian(256) + bigEndian(512) + bigEndian(4234) + [0, 0, 0, 0]
        return page
    }

    // MARK: Reading

    private func readCD() {
        let count = UInt32(byte(6)) << 16 | UInt32(word(7))
        switch byte(9) & 0xF8 {
        case _ where count == 0: succeed()
        case 0x00: succeed()
        case 0x10: read(long(2), count: count)
        case 0xF8: read(long(2), count: count, raw: true)
        default: fail(.invalidField)
        }
    }

    private func position(_ block: UInt32, msf: Bool) -> [UInt8] {
        guard msf else { return bigEndian(block) }
        let at = Self.address(block)
        return [0, at.minute, at.second, at.frame]
    }

    private func readTOC() {
        let msf = byte(1) & 2 != 0
        // Older hosts put the format into the last byte of the packet.
        let format = byte(2) & 0xF != 0 ? byte(2) & 0xF : byte(9) >> 6
        let track = byte(6)
        switch format {
        case 0:
            guard track <= 1 || track == 0xAA else { return fail(.invalidField) }
            var entries: [UInt8] = []
            if track <= 1 { entries += [0, 0x14, 1, 0] + position(0, msf: msf) }
            entries += [0, 0x14, 0xAA, 0] + position(blockCount, msf: msf)
            reply(bigEndian(entries.count + 2) + [1, 1] + entries, limit: word(7))
        case 1: reply([0, 10, 1, 1, 0, 0x14, 1, 0] + position(0, msf: msf), limit: word(7))
        case 2:
            // First track, last track, lead-out, and the track: always as minute, second, frame.
            let leadOut = Self.address(blockCount)
            var entries: [UInt8] = []
            entries += [1, 0x14, 0, 0xA0, 0, 0, 0, 0, 1, 0, 0]
            entries += [1, 0x14, 0, 0xA1, 0, 0, 0, 0, 1, 0, 0]
            entries += [1, 0x14, 0, 0xA2, 0, 0, 0, 0, leadOut.minute, leadOut.second, leadOut.frame]
            entries += [1, 0x14, 0, 1, 0, 0, 0, 0, 0, 2, 0]
            reply(bigEndian(entries.count + 2) + [1, 1] + entries, limit: word(7))
        default: fail(.invalidField)
        }
    }

    private func readSubChannel() {
        guard byte(2) & 0x40 != 0 else { return reply([0, 0x15, 0, 0], limit: word(7)) }
        // No audio plays.
        guard byte(3) == 1 else { return reply([0, 0x15, 0, 20, byte(3)] + [UInt8](repeating: 0, count: 19), limit: word(7)) }
        let msf = byte(1) & 2 != 0
        reply([0, 0x15, 0, 12, 1, 0x14, 1, 1] + position(0, msf: msf) + position(0, msf: msf), limit: word(7))
    }

    private func readDiscInformation() {
        guard byte(1) & 7 == 0 else { return fail(.invalidField) }
        // A finished disc of one session and one track, CD-ROM.
        var bytes = [UInt8](repeating: 0, count: 34)
        (bytes[1], bytes[2], bytes[3], bytes[4], bytes[5], bytes[6], bytes[7]) = (32, 0x0E, 1, 1, 1, 1, 0x20)
        reply(bytes, limit: word(7))
    }

    /// More than any CD holds.
    private var isDVD: Bool { blockCount > 405_000 }

    private func readDVDStructure() {
        guard isDVD, byte(1) & 0xF == 0, byte(7) == 0 else { return fail(.invalidField) }
        let last = bigEndian(0x30000 &+ blockCount &- 1)
        reply([8, 2, 0, 0, 0x01, 0x0F, 0x01, 0x00, 0, 3, 0, 0] + last + [UInt8](repeating: 0, count: 2036), limit: word(8))
    }

    // MARK: Features and events

    private func getConfiguration() {
        let current: UInt16 = medium == nil ? 0 : isDVD ? 0x10 : 0x08
        let start = word(2), kind = byte(1) & 3
        guard kind != 3 else { return fail(.invalidField) }
        func profile(_ number: UInt16) -> [UInt8] { bigEndian(Int(number)) + [number == current ? 1 : 0, 0] }
        let features: [(number: Int, isCurrent: Bool, data: [UInt8])] = [
            (0x0000, true, profile(0x10) + profile(0x08)),
            (0x0001, true, [0, 0, 0, 2, 0, 0, 0, 0]),
            (0x0003, true, [0x29, 0, 0, 0]),
            (0x0010, medium != nil, bigEndian(UInt32(Self.blockBytes)) + [0, 1, 0, 0]),
            (0x001E, current == 0x08, [0, 0, 0, 0]),
            (0x001F, current == 0x10, [0, 0, 0, 0]),
        ]
        let chosen = features.filter { kind == 2 ? $0.number == start : $0.number >= start && (kind == 0 || $0.isCurrent) }
        // Persistent features (the first three) carry bit 1.
        var body: [UInt8] = []
        for feature in chosen {
            let flags: UInt8 = (feature.number < 0x10 ? 2 : 0) | (feature.isCurrent ? 1 : 0)
            body += bigEndian(feature.number) + [flags, UInt8(truncatingIfNeeded: feature.data.count)] + feature.data
        }
        reply(bigEndian(UInt32(body.count + 4)) + [0, 0] + bigEndian(Int(current)) + body, limit: word(7))
    }

    private func getEventStatusNotification() {
        // Only polling; asynchronous notification is optional and not offered.
        guard byte(1) & 1 != 0 else { return fail(.invalidField) }
        guard byte(4) & 0x10 != 0 else { return reply([0, 2, 0x80, 0x10], limit: word(7)) }
        let event = state.mediaEvent
        if word(7) > 4 { state.mediaEvent = 0 }
        let status: UInt8 = (state.isTrayOpen ? 1 : 0) | (medium != nil ? 2 : 0)
        reply([0, 6, 4, 0x10, event, status, 0, 0], limit: word(7))
    }

    /// The 256 words of IDENTIFY PACKET DEVICE (ATA/ATAPI-6 §8.16).
    func identification() -> [UInt8] {
        var words = IdentifyWords()
        // Packet device, CD-ROM, removable, DRQ within 50 microseconds, 12-byte packets.
        words[0] = 0x85C0
        words.text(serial, 10...19)
        words.text("1.0", 23...26)
        words.text(model, 27...46)
        // DMA, LBA, IORDY and its disabling.
        words[49] = 0x0F00
        words[50] = 0x4000
        words[53] = 6
        words.transferModes(selected: state.dmaMode)
        words[71] = 30
        words[72] = 30
        words[80] = 0x0070
        words[81] = 0x0019
        // NOP, DEVICE RESET, PACKET, power management.
        words[82] = 0x4218
        words[83] = 0x4000
        words[84] = 0x4000
        words[85] = 0x4218
        words[87] = 0x4000
        words[93] = state.taskFile.isDevice1 ? 0x4B00 : 0x400B
        return words.bytes
    }
}
