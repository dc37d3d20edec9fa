/// A machine as its owner wrote it down: `machine.json` in its folder, and what the board is built from.
package struct MachineConfiguration: Codable, Equatable, Sendable {
    package static let currentFormat = 1
    package static let codeCacheRange = 4...1024, codeCacheDefault = 64

    package var formatVersion: Int = currentFormat
    package var name: String
    package var notes: String = ""
    package var tags: [String] = []
    /// RAM in MiB, 4...3584.
    package var memoryMiB: Int = 128
    package var processor: Processor = .max
    package var engine: Engine = .recompiler
    /// Size of the recompiler's code cache in MiB, 4...1024.
    package var codeCacheMiB: Int = codeCacheDefault
    package var drives: [Drive] = []
    package var boot: [BootDevice] = [.floppy, .disk, .cd]
    package var firmware: Firmware = Firmware()
    package var kernel: Kernel?
    package var serial: [SerialPort] = []
    /// What the guest takes its keyboard for; text is typed accordingly.
    package var keyboard: KeyboardLayout = .us
    package var screen: ScreenAddress = .automatic
    /// Shows the guest CPUID leaf 40000000h as VMware, so that Linux looks for the backdoor's absolute pointer.
    package var hypervisorLeaf: Bool = false
    /// Writes to disks are kept in memory and lost when the machine ends.
    package var discardsWrites: Bool = false
    /// What the sample library must fetch before the first start.
    package var fetch: Fetch?

    package init(name: String) { self.name = name }

    package enum Processor: String, Codable, CaseIterable, Sendable {
        case i486 = "486"
        case pentium, pentium2, pentium3, pentium4, max
    }

    package enum Engine: String, Codable, CaseIterable, Sendable { case interpreter, recompiler }
    package enum BootDevice: String, Codable, CaseIterable, Sendable { case floppy = "a", disk = "c", cd = "d" }

    package struct Drive: Codable, Equatable, Sendable {
        package enum Slot: String, Codable, CaseIterable, Sendable {
            case fda, fdb, hda, hdb, hdc, hdd
            package var isFloppy: Bool { self == .fda || self == .fdb }
        }
        package enum Kind: String, Codable, CaseIterable, Sendable { case floppy, disk, cd }
        package var slot: Slot
        package var kind: Kind
        /// Image file; relative paths start at the machine's folder. nil: an empty floppy or CD drive.
        package var path: String?
        package var readOnly: Bool = false
        package init(slot: Slot, kind: Kind, path: String?, readOnly: Bool = false) {
            (self.slot, self.kind, self.path, self.readOnly) = (slot, kind, path, readOnly)
        }
    }

    package struct Firmware: Codable, Equatable, Sendable {
        /// Another system ROM image; nil: the `seabios` package's.
        package var bios: String?
        package init() {}
    }

    /// Linux boot protocol or Multiboot, straight from files.
    package struct Kernel: Codable, Equatable, Sendable {
        package var path: String
        package var initrd: String?
        package var arguments: String = ""
        package init(path: String, initrd: String? = nil, arguments: String = "") {
            (self.path, self.initrd, self.arguments) = (path, initrd, arguments)
        }
    }

    /// Written `none`, `terminal`, `stdio`, `pty`, `file:PATH`, `unix:PATH`.
    package enum SerialPort: Equatable, Sendable {
        case none, stdio, pty
        /// A terminal of our own, shown in the machine's console.
        case terminal
        case file(String), unix(String)
    }

    /// Written `automatic`, `none`, `127.0.0.1:PORT`, `unix:PATH`.
    package enum ScreenAddress: Equatable, Sendable {
        /// The first free port from 127.0.0.1:5900 up.
        case automatic
        case none
        /// A port on loopback.
        case port(UInt16)
        case unix(String)
    }

    /// Debian packages to fetch and what to take out of them.
    package struct Fetch: Codable, Equatable, Sendable {
        package struct Item: Codable, Equatable, Sendable {
            /// `name` or `name:architecture`.
            package var package: String
            /// Path inside the package → file name in the cache; the drives and kernel of the configuration name it `fetch:NAME`.
            package var files: [String: String]
            package init(package: String, files: [String: String]) { (self.package, self.files) = (package, files) }
        }
        package var items: [Item]
        /// Shown before the fetch: `2.5 MB from Debian 12`.
        package var summary: String
        /// An initramfs to be made from a fetched busybox, under this file name.
        package var busyboxInitrd: String?
        package init(items: [Item], summary: String, busyboxInitrd: String? = nil) {
            (self.items, self.summary, self.busyboxInitrd) = (items, summary, busyboxInitrd)
        }
    }
}
