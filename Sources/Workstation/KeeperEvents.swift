import Bus
import Contract
import Foundation
import Picture
import RemoteView

/// Says once what screen mode a guest is in. Modes that guests only pass through on their way are not told.
struct ScreenModeWatch {
    private var told: String?
    private var seen: String?

    /// - Returns: the mode, where it is another one than was told, and still is the one of the last look.
    mutating func look(at picture: Picture) -> String? {
        let mode: String? =
            switch picture {
            case .blank: nil
            case .text(let text): "\(text.columns)x\(text.rows) text"
            case .pixels(let pixels): "\(pixels.width)x\(pixels.height)"
            }
        defer { seen = mode }
        guard let mode, mode == seen, mode != told else { return nil }
        told = mode
        return mode
    }
}

/// A fetch as a job, and as the events of its own that it always was.
final class FetchJob {
    let id: JobID
    private var bytes: UInt64 = 0, total: UInt64?
    init(_ id: JobID) { self.id = id }

    /// - Returns: what is worth an entry in the log.
    func follow(_ progress: FetchProgress, in jobs: JobList) -> (level: LogEntry.Level, text: String)? {
        if let total = progress.total { (self.bytes, self.total) = (progress.bytes, total) }
        let size = total.map { ", \(amount($0)), signature good" } ?? ""
        switch progress.phase {
        case .resolving, .downloading, .unpacking: jobs.progress(id, done: bytes, total: total, message: progress.message)
        case .done:
            jobs.end(id, .done, "fetched\(size)")
            return (.info, "Sample fetched\(size)")
        case .failed:
            jobs.end(id, .failed, progress.message)
            return (.error, "Fetch failed: \(progress.message)")
        case .cancelled:
            jobs.end(id, .cancelled, "cancelled")
            return (.info, "Fetch cancelled")
        }
        return nil
    }
}

extension KeeperCore {
    func followFetch(_ id: MachineID, _ progress: FetchProgress) {
        tell(.fetch(progress))
        if let entry = records[id]?.run?.fetch?.follow(progress, in: jobs) { log(entry.level, id, entry.text) }
    }

    func viewed(_ id: MachineID, _ event: ScreenServer.ViewerEvent) {
        // With the machine every viewer goes, and nobody asks.
        guard records[id]?.run?.server != nil else { return }
        switch event {
        case .joined(let peer): log(.info, id, "Viewer joined from \(peer)")
        case .left(let peer): log(.info, id, "Viewer left: \(peer)")
        }
    }

    func mediumChanged(_ id: MachineID, _ slot: String, _ path: String?) {
        let name = path.map { $0.split(separator: "/").last.map(String.init) ?? $0 }
        log(.info, id, name.map { "\(slot) holds \($0)" } ?? "\(slot) is empty")
    }

    /// What a keeper that lives long does now and then: beside its thread, for it may take long.
    func keepHouse() {
        let (home, post) = (library.home, post)
        HostThread.start(name: "housekeeping") {
            Trash(home).purge()
            Library(home).removeHalfCopies()
            guard let space = Folder.space(home.data), let warning = Self.warning(free: space.free, total: space.total) else { return }
            post { self.log(.warning, nil, warning) }
        }
    }

    static func warning(free: UInt64, total: UInt64) -> String? {
        guard total > 0, free < total / 10 else { return nil }
        return "Disk holding the library is \(Int((1 - Double(free) / Double(total)) * 100))% full, \(amount(free)) left"
    }
}

extension Library {
    /// Removes what clones left that were ended in their midst, with their process.
    func removeHalfCopies(now: Double = Date().timeIntervalSince1970) {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: home.machines)) ?? [] where name.hasPrefix(CloneWork.prefix) {
            let path = home.machines + "/" + name
            // One that is an hour old has its lock, if it is still made.
            guard let attributes = try? FileManager.default.attributesOfItem(atPath: path), let date = attributes[.modificationDate] as? Date,
                now - date.timeIntervalSince1970 > 3600, MachineLock.holder(folder: path) == nil
            else { continue }
            try? FileManager.default.removeItem(atPath: path)
        }
    }
}
