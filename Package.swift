// swift-tools-version: 6.2
import PackageDescription

/// Every Swift target is held to the same rules. What a guest's instructions run through is built without dynamic exclusivity checks: they cost an
/// access to a device 20 ns of 45, and would end the process where a guest found a violation.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6), .strictMemorySafety(), .treatAllWarnings(as: .error), .enableUpcomingFeature("InternalImportsByDefault"),
]
let hot: [SwiftSetting] = strict + [.unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release))]

func module(_ name: String, _ dependencies: [Target.Dependency] = [], settings: [SwiftSetting] = strict) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = [], resources: [Resource]? = nil) -> Target {
    .testTarget(name: name, dependencies: dependencies, exclude: exclude, resources: resources, swiftSettings: strict)
}

func system(_ name: String, apt: String) -> Target {
    .systemLibrary(name: name, providers: [.apt([apt])])
}

let package = Package(
    name: "vitrine",
    products: [.executable(name: "vitrine", targets: ["vitrine"]), .executable(name: "vitrine-bench", targets: ["vitrine-bench"])],
    dependencies: [.package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")],
    targets: [
        // C libraries, each imported by one module
        system("CLinux", apt: "libc6-dev"),
        system("CThread", apt: "libc6-dev"),
        system("CNcurses", apt: "libncurses-dev"),
        system("CVNCServer", apt: "libvncserver-dev"),
        system("CPNG", apt: "libpng-dev"),
        system("CZstd", apt: "libzstd-dev"),

        // The machine
        .target(name: "GuestCode", publicHeadersPath: "include"),
        module("HostMemory", ["CLinux"]),
        module("X86", settings: hot),
        module("Picture", ["CPNG"]),
        module("Bus", ["HostMemory", "Picture", "CThread"], settings: hot),
        module("X64Assembler", settings: hot),
        module("Processor", ["X86", "X64Assembler", "HostMemory", "Bus"], settings: hot),
        module("Devices", ["Bus", "Picture", "HostMemory"], settings: hot),
        module("Disks", ["Bus"]),
        module("PC", ["Processor", "Devices", "Bus", "Configuration", "GuestCode", "HostMemory", "Picture", "CZstd"]),

        // The keeper
        module("Contract"),
        module("Configuration"),
        module("RemoteView", ["Bus", "Picture", "CVNCServer"]),
        module("Workstation", ["PC", "Disks", "RemoteView", "Bus", "Picture", "Configuration", "Contract"]),
        module("Service", ["Contract"]),

        // The face
        module("TUI"),
        module("Screens", ["TUI", "Contract", "Configuration", "Picture"]),
        module("Terminal", ["TUI", "CNcurses"]),

        .executableTarget(
            name: "vitrine",
            dependencies: [
                "Bus", "Picture", "Disks", "PC", "Processor", "Configuration", "Contract", "Workstation", "Service", "RemoteView", "TUI", "Screens",
                "Terminal",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),

        // The benchmark. It imports nothing of ours; that it depends on `vitrine` has the program it starts built beside it.
        .executableTarget(
            name: "vitrine-bench", dependencies: ["vitrine", .product(name: "ArgumentParser", package: "swift-argument-parser")],
            resources: [.embedInCode("Guest")], swiftSettings: strict),

        // Tests. What several of them need: programs of the host, Debian's packages, random instructions and values.
        .target(name: "TestSupport", dependencies: ["X86"], path: "Tests/TestSupport", swiftSettings: strict),
        tests("HouseTests", []),
        tests("PCTests", ["PC", "Processor", "Bus", "Configuration", "Picture"]),
        tests("ProcessorTests", ["Processor", "Bus", "HostMemory", "X86", "TestSupport"]),
        tests("BusTests", ["Bus", "HostMemory"]),
        tests("PictureTests", ["Picture"]),
        tests("DisksTests", ["Disks", "Bus"]),
        tests("DevicesTests", ["Devices", "Bus", "HostMemory", "Picture"]),
        tests("GuestCodeTests", ["PC"]),
        tests("X86Tests", ["X86"]),
        // Our processor against the host's, entered through a little C, and against Unicorn
        .target(name: "HostProcessor", path: "Tests/HostProcessor", publicHeadersPath: "include"),
        tests("DifferentialTests", ["Processor", "Bus", "HostMemory", "X86", "HostProcessor", "TestSupport"]),
        // The recompiler against the interpreter
        tests("RecompilerTests", ["Processor", "Bus", "HostMemory", "X86", "TestSupport"], exclude: ["Goldens"]),
        tests("RemoteViewTests", ["RemoteView", "Bus", "Picture"]),
        tests("WorkstationTests", ["Workstation", "PC", "Bus", "Configuration", "Contract", "Picture", "Disks"], exclude: ["States"]),
        tests("ServiceTests", ["Service", "Contract"]),
        tests("TUITests", ["TUI"]),
        tests("TerminalTests", ["Terminal"]),
        tests("ScreensTests", ["Screens", "TUI", "Contract", "Configuration", "Picture"]),
        tests("BenchTests", ["vitrine-bench", "TestSupport"]),
        // Whole machines, through the command as users have it
        .testTarget(
            name: "Conformance", dependencies: ["vitrine", "TestSupport"], path: "Tests/Conformance", exclude: ["runner.c"], swiftSettings: strict),
    ]
)
