import Foundation
import Testing

/// The module arrows that are allowed. The compiler lets undeclared transitive imports pass, so this list is the law.
private let allowed: [String: Set<String>] = [
    "GuestCode": [],
    "X86": [], "HostMemory": ["CLinux"], "Contract": [], "Configuration": [], "TUI": [], "Picture": ["CPNG"],
    "Bus": ["HostMemory", "Picture", "CThread"],
    "X64Assembler": [],
    "Processor": ["X86", "X64Assembler", "HostMemory", "Bus"],
    "Devices": ["Bus", "Picture", "HostMemory"],
    "Disks": ["Bus"],
    "PC": ["Processor", "Devices", "Bus", "Configuration", "GuestCode", "HostMemory", "Picture", "CZstd"],
    "RemoteView": ["Bus", "Picture", "CVNCServer"],
    "Workstation": ["PC", "Disks", "RemoteView", "Bus", "Picture", "Configuration", "Contract"],
    "Service": ["Contract"],
    "Screens": ["TUI", "Contract", "Configuration", "Picture"],
    "Terminal": ["TUI", "CNcurses"],
    "vitrine-bench": [],
]

/// Libraries of the toolchain and of packages, free to all unless listed here with their only importers.
private let restricted: [String: Set<String>] = [
    "ArgumentParser": ["vitrine", "vitrine-bench"], "Foundation": ["vitrine", "Workstation", "Service", "vitrine-bench"],
]

private func imports(of source: String) -> [String] {
    source.split(separator: "\n").compactMap { line in
        var words = line.split(separator: " ").map(String.init)
        while let first = words.first, first.hasPrefix("@") || ["package", "public", "internal", "private", "fileprivate"].contains(first) {
            words.removeFirst()
        }
        guard words.first == "import", words.count > 1 else { return nil }
        let name = words.count > 2 ? words[2] : words[1]
        return String(name.prefix { $0 != "." && $0 != ";" })
    }
}

private func violations(module: String, source: String, modules: Set<String>) -> [String] {
    imports(of: source).filter { name in
        if let only = restricted[name] { return !only.contains(module) }
        guard modules.contains(name), module != "vitrine" else { return false }
        return !(allowed[module] ?? []).contains(name)
    }
}

@Suite struct ImportTests {
    private let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    @Test func everyImportFollowsAnArrow() throws {
        let sources = root.appendingPathComponent("Sources")
        let modules = Set(try FileManager.default.contentsOfDirectory(atPath: sources.path))
        var found = 0
        for module in modules.sorted() {
            let files = FileManager.default.enumerator(at: sources.appendingPathComponent(module), includingPropertiesForKeys: nil)
            for case let file as URL in files ?? .init() where file.pathExtension == "swift" {
                found += 1
                let wrong = violations(module: module, source: try String(contentsOf: file, encoding: .utf8), modules: modules)
                #expect(wrong.isEmpty, "\(module)/\(file.lastPathComponent) may not import \(wrong.joined(separator: ", "))")
            }
        }
        #expect(found > 20)
    }

    @Test func theCheckSeesAForbiddenImport() {
        let modules: Set<String> = ["Devices", "Processor", "Bus"]
        #expect(violations(module: "Devices", source: "import Bus\npackage import Processor\n", modules: modules) == ["Processor"])
        #expect(violations(module: "Bus", source: "@testable import struct Devices.PIT\n", modules: modules) == ["Devices"])
        #expect(violations(module: "Devices", source: "import Foundation\n", modules: modules) == ["Foundation"])
        #expect(violations(module: "vitrine", source: "import Processor\n", modules: modules).isEmpty)
        #expect(violations(module: "vitrine-bench", source: "import Foundation\nimport Bus\n", modules: modules) == ["Bus"])
    }
}
