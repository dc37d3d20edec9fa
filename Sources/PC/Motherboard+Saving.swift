import Bus
import Configuration
import Devices
import FoundationEssentials
import HostMemory
import Picture
import Processor

extension MachineParts {
    /// What a state must find again, by name: a disk's contents belong to the state, the discs of removable drives do not.
    package var options: [String: String] {
        var options = [
            "memory": "\(configuration.memoryMiB) MB", "processor": configuration.processor.rawValue,
            "clock": clock == .instructions ? "instructions" : "real", "hypervisor leaf": configuration.hypervisorLeaf ? "on" : "off",
        ]
        for slot in MachineConfiguration.Drive.Slot.allCases { options["drive \(slot.rawValue)"] = "none" }
        for medium in media {
            let size = medium.kind == .disk ? " of \(medium.device?.sectorCount ?? 0) sectors" : ""
            options["drive \(medium.slot.rawValue)"] = medium.kind.rawValue + size
        }
        return options
    }
}

extension Snapshot.Header {
    /// In what a machine with these parts would differ from the one that was saved; nothing where it fits.
    package func misfits(_ parts: MachineParts) -> [SnapshotFailure.Difference] {
        parts.options.sorted { $0.key < $1.key }.filter { options[$0.key] != $0.value }.map {
            SnapshotFailure.Difference(option: $0.key, saved: options[$0.key], now: $0.value)
        }
    }
}

/// The board's state, to a file and back. While it is written or read the machine stands still.
extension Motherboard {
    func save(_ request: SaveRequest) throws(SnapshotFailure) -> SavedFile {
        let ports = drivePorts.sorted { $0.key.rawValue < $1.key.rawValue }
        for (_, port) in ports { port.drain() }
        let picture = vga.currentPicture.encoded
        let writes = ports.compactMap { slot, port in (port.medium as? any KeepsWrites).map { (slot, Self.encode($0.keptWrites)) } }
        let needed = UInt64(ram.residentBytes + vga.vram.residentBytes + picture.count) + writes.reduce(0) { $0 + UInt64($1.1.count) }
        if let room = request.room ?? SnapshotWriter.room(for: request.path), room < needed { throw .noSpace(needed: needed, free: room) }
        let json = try state()
        let total = UInt64(ram.size + vga.vram.size) + writes.reduce(0) { $0 + UInt64($1.1.count) }
        let writer = try SnapshotWriter(request.path, total: total, work: request.work)
        try writer.section(Snapshot.Section.about, request.about)
        try writer.section(Snapshot.Section.picture, picture)
        try writer.section(Snapshot.Section.state, json)
        for region in [ram, vga.vram] { try writer.section(region) }
        for (slot, bytes) in writes { try writer.section(Snapshot.Section.writes(slot.rawValue), bytes, counts: true) }
        // A state that outlives the host's fall needs disks that do.
        for (slot, port) in ports {
            guard let medium = port.medium, !medium.isReadOnly else { continue }
            do { try medium.flush() } catch { throw .failed("the disk \(slot.rawValue) could not be written to the end: \(error).") }
        }
        try writer.finish()
        return SavedFile(memoryBytes: writer.kept, fileBytes: writer.written)
    }

    private func state() throws(SnapshotFailure) -> [UInt8] {
        do {
            var states: [String: Data] = [:]
            for entry in devices { states[entry.name] = try entry.device.save() }
            let header = Snapshot.Header(
                options: options, time: time.now, savedAt: parts.clock == .host ? stillSince ?? HostTime.sinceEpoch : nil,
                processor: processor.save(), devices: states, events: clock.events)
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys]
            return Array(try encoder.encode(header))
        } catch { throw .failed("the state could not be written down: \(error)") }
    }

    func restore(from path: String, _ work: SnapshotWork) throws(SnapshotFailure) {
        let reader = try SnapshotReader(path)
        let header = try reader.header()
        let misfits = header.misfits(parts)
        guard misfits.isEmpty else { throw .misfit(misfits) }
        var regions = [ram.name: ram, vga.vram.name: vga.vram]
        var writes: [String: any KeepsWrites] = [:]
        for (slot, port) in drivePorts {
            if let medium = port.medium as? any KeepsWrites { writes[Snapshot.Section.writes(slot.rawValue)] = medium }
        }
        reader.follow(work, total: UInt64(ram.size + vga.vram.size))
        while let section = try reader.next() {
            if let region = regions.removeValue(forKey: section.name) {
                try reader.fill(region, from: section)
            } else if let medium = writes.removeValue(forKey: section.name) {
                // Whatever was written may have been written everywhere.
                let most = medium.sectorCount.multipliedReportingOverflow(by: UInt64(medium.sectorSize) + 16).partialValue
                guard let kept = Self.decode(try reader.contents(section, atMost: most)) else { throw reader.damaged(section.name) }
                do { try medium.keep(kept) } catch { throw .failed("\(path) holds \(section.name) that are not of its medium: \(error).") }
            } else if section.name.hasPrefix(Snapshot.Section.writes("")) {
                let option = "writes to " + section.name.dropFirst(Snapshot.Section.writes("").count).prefix(8)
                throw .misfit([.init(option: option, saved: "kept in memory", now: "not kept")])
            } else {
                try reader.skip(section)
            }
        }
        if let missing = regions.keys.min() { throw reader.damaged(missing) }
        do {
            time.set(header.time)
            for entry in devices {
                guard let state = header.devices[entry.name] else { throw SnapshotError(entry.name, "it is missing") }
                try entry.device.restore(state)
            }
            ide.forEach { $0.drivesRestored() }
            try clock.restore(header.events)
            if let savedAt = header.savedAt { batteryRan(since: savedAt) }
            try processor.restore(header.processor)
        } catch { throw .failed("\(path): \(error)") }
    }

    // MARK: Writes kept in memory: the number of a cluster (8 bytes), its length (4), its bytes

    private static func encode(_ writes: [UInt64: [UInt8]]) -> [UInt8] {
        var bytes: [UInt8] = []
        for (cluster, data) in writes.sorted(by: { $0.key < $1.key }) {
            bytes += SnapshotWriter.number(cluster, 8) + SnapshotWriter.number(UInt64(data.count), 4) + data
        }
        return bytes
    }

    private static func decode(_ bytes: [UInt8]) -> [UInt64: [UInt8]]? {
        var writes: [UInt64: [UInt8]] = [:]
        var rest = bytes[...]
        while !rest.isEmpty {
            guard rest.count >= 12 else { return nil }
            let cluster = rest.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            let length = rest.dropFirst(8).prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
            rest = rest.dropFirst(12)
            guard length <= rest.count else { return nil }
            writes[cluster] = Array(rest.prefix(length))
            rest = rest.dropFirst(length)
        }
        return writes
    }
}
