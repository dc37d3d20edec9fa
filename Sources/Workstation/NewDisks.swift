import Configuration
import Contract
import Foundation
import Glibc

/// Disks that a configuration orders with `new:SIZE`, made as sparse raw images beside `machine.json`.
struct NewDisks {
    /// Every order carried out: paths name files of the folder now.
    private(set) var configuration: MachineConfiguration
    private(set) var remarks: [String] = []
    private let folder: String
    private var made: [String] = []

    /// Makes every disk that is ordered, or none.
    init(_ configuration: MachineConfiguration, in folder: String) throws(KeeperError) {
        (self.configuration, self.folder) = (configuration, folder)
        guard configuration.drives.contains(where: { $0.path.flatMap(DiskSize.ordered) != nil }) else { return }
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch { throw KeeperError(.host, "\(folder) cannot be made: \(error.localizedDescription)") }
        do throws(KeeperError) {
            for index in configuration.drives.indices { try make(index) }
        } catch {
            remove()
            throw error
        }
    }

    /// Takes back what was made: the machine could not be written down.
    func remove() { for path in made { unsafe unlink(path) } }

    private mutating func make(_ index: Int) throws(KeeperError) {
        let drive = configuration.drives[index]
        guard let order = drive.path.flatMap(DiskSize.ordered) else { return }
        let slot = drive.slot.rawValue, field = "drives.\(slot).path"
        let bytes: UInt64
        do { bytes = try order.get() } catch { throw KeeperError(.invalid, error.text, field: field) }
        if let problem = HostSpace(of: folder)?.problem(bytes) { throw KeeperError(.host, problem, field: field) }
        let (name, descriptor) = try create(slot, field)
        made.append(folder + "/" + name)
        defer { close(descriptor) }
        guard ftruncate(descriptor, off_t(bytes)) == 0 else {
            throw KeeperError(
                .host, "\(folder)/\(name) cannot have \(DiskSize.words(bytes)): \(unsafe String(cString: strerror(errno))). Try a smaller one.",
                field: field)
        }
        fsync(descriptor)
        configuration.drives[index].path = name
        if let space = HostSpace(of: folder), bytes > space.free {
            remarks.append("\(name) can grow to \(DiskSize.words(bytes)), and \(DiskSize.words(space.free)) are free where it lies")
        }
    }

    /// A name that no file has; what stands there is never overwritten.
    private func create(_ slot: String, _ field: String) throws(KeeperError) -> (String, Int32) {
        for number in 1...999 {
            let name = number == 1 ? "\(slot).img" : "\(slot)-\(number).img"
            let descriptor = unsafe open(folder + "/" + name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
            if descriptor >= 0 { return (name, descriptor) }
            guard errno == EEXIST else {
                throw KeeperError(.host, "\(folder)/\(name) cannot be made: \(unsafe String(cString: strerror(errno)))", field: field)
            }
        }
        throw KeeperError(.host, "\(folder) is full of disks named \(slot)", field: field)
    }
}

/// The file system that a path lies on, in bytes.
struct HostSpace {
    let free, whole: UInt64

    /// Looks at the nearest folder above that exists; nil where the host will not say.
    init?(of path: String) {
        var place = path
        var status = statvfs()
        while unsafe statvfs(place, &status) != 0 {
            guard errno == ENOENT, place.count > 1, let slash = place.lastIndex(of: "/") else { return nil }
            place = slash == place.startIndex ? "/" : String(place[..<slash])
        }
        free = UInt64(status.f_bavail) &* UInt64(status.f_frsize)
        whole = UInt64(status.f_blocks) &* UInt64(status.f_frsize)
    }

    /// A disk is sparse, so only what could never fit is refused.
    func problem(_ bytes: UInt64) -> String? {
        guard bytes > whole, whole > 0 else { return nil }
        return "\(DiskSize.words(bytes)) can never fit: the whole file system has \(DiskSize.words(whole)). Try \(DiskSize.words(free))."
    }
}
