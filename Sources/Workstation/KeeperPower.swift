import Contract
import Foundation

/// The power button, and what comes when the guest does not react to it.
extension KeeperCore {
    func beginPatience(_ id: MachineID) {
        records[id]?.summary.powerDeadline = Date().timeIntervalSince1970 + patience
        changed(id)
        log(.info, id, "Power button pressed; it has \(Int(patience)) s, then T turns it off")
    }

    func losePatience() {
        let now = Date().timeIntervalSince1970
        for (id, record) in records {
            guard let deadline = record.summary.powerDeadline, deadline <= now else { continue }
            records[id]?.summary.powerDeadline = nil
            changed(id)
            log(.warning, id, "Did not react in \(Int(patience)) s. T turns it off, V saves its state.")
        }
    }
}
