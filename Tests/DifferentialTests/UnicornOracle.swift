import Foundation
import TestSupport

/// Unicorn's processor, reached through the library that PyPI's `unicorn` brings along. It does not deliver exceptions: a hook is told the vector.
@safe final class UnicornOracle {
    /// The library, fetched from PyPI into the tests' cache; nil where pip or PyPI cannot be reached. One version, because the masks are its own:
    /// Debian's older one differs in other places.
    static let library: String? = {
        let process = Process(), pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        let script = """
            import glob, os, subprocess, sys
            target = sys.argv[1]
            find = lambda: sorted(glob.glob(os.path.join(target, "unicorn", "lib", "libunicorn.so*")))
            if not find(): subprocess.run([sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", target, "unicorn==2.1.4"], check=True)
            print(find()[0])
            """
        process.arguments = ["python3", "-c", script, Packages.cache.appending(path: "unicorn-2.1.4").path]
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return nil }
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return process.terminationStatus == 0 ? text.split(separator: "\n").last.map(String.init) : nil
    }()

    struct Missing: Error, CustomStringConvertible { var description: String }

    /// Register numbers of `unicorn/x86.h`.
    enum Register {
        static let general: [Int32] = [19, 22, 24, 21, 30, 20, 29, 23]
        static let eip: Int32 = 26, eflags: Int32 = 25, cr0: Int32 = 50, cr2: Int32 = 52, cr3: Int32 = 53, cr4: Int32 = 54
        static let segments: [Int32] = [28, 11, 49, 17, 32, 33]
        static let idtr: Int32 = 242, gdtr: Int32 = 243, ldtr: Int32 = 244, tr: Int32 = 245
    }

    /// `uc_x86_mmr`
    private struct TableValue {
        var selector: UInt16 = 0
        var base: UInt64 = 0
        var limit: UInt32 = 0
        var flags: UInt32 = 0
    }

    // Pointers travel as numbers: the functions' types stay free of unsafe ones.
    private let engine: UInt
    private let library: UInt
    /// The vector that the hook was told, and the address of `uc_emu_stop`.
    private let outcome: UnsafeMutablePointer<(vector: UInt32, stop: UInt)>
    private static let none: UInt32 = 0xFFFF
    private let regWrite: @convention(c) (UInt, Int32, UInt) -> Int32
    private let regRead: @convention(c) (UInt, Int32, UInt) -> Int32
    private let emuStart: @convention(c) (UInt, UInt64, UInt64, UInt64, UInt) -> Int32
    private let control: @convention(c) (UInt, Int32, UInt) -> Int32
    private let restore: @convention(c) (UInt, UInt) -> Int32
    private let close: @convention(c) (UInt) -> Int32
    private var context: UInt = 0

    private static func symbol(_ library: UInt, _ name: String) throws -> UInt {
        guard let address = unsafe dlsym(UnsafeMutableRawPointer(bitPattern: library), name) else {
            throw Missing(description: "libunicorn has no \(name)")
        }
        return UInt(bitPattern: address)
    }

    /// - Parameter memory: physical memory from 0.
    init(real: Bool, memory: UnsafeMutableRawBufferPointer) throws {
        guard let path = Self.library, let handle = unsafe dlopen(path, RTLD_NOW) else { throw Missing(description: "libunicorn cannot be loaded") }
        let library = UInt(bitPattern: handle)
        self.library = library
        regWrite = unsafe unsafeBitCast(try Self.symbol(library, "uc_reg_write"), to: (@convention(c) (UInt, Int32, UInt) -> Int32).self)
        regRead = unsafe unsafeBitCast(try Self.symbol(library, "uc_reg_read"), to: (@convention(c) (UInt, Int32, UInt) -> Int32).self)
        emuStart = unsafe unsafeBitCast(
            try Self.symbol(library, "uc_emu_start"), to: (@convention(c) (UInt, UInt64, UInt64, UInt64, UInt) -> Int32).self)
        control = unsafe unsafeBitCast(try Self.symbol(library, "uc_ctl"), to: (@convention(c) (UInt, Int32, UInt) -> Int32).self)
        restore = unsafe unsafeBitCast(try Self.symbol(library, "uc_context_restore"), to: (@convention(c) (UInt, UInt) -> Int32).self)
        close = unsafe unsafeBitCast(try Self.symbol(library, "uc_close"), to: (@convention(c) (UInt) -> Int32).self)
        unsafe outcome = .allocate(capacity: 1)
        unsafe outcome.initialize(to: (Self.none, try Self.symbol(library, "uc_emu_stop")))

        let open = unsafe unsafeBitCast(try Self.symbol(library, "uc_open"), to: (@convention(c) (Int32, Int32, UInt) -> Int32).self)
        var opened: UInt = 0
        let opening = unsafe withUnsafeMutablePointer(to: &opened) { open(4, real ? 2 : 4, UInt(bitPattern: $0)) }
        guard opening == 0 else { throw Missing(description: "uc_open fails") }
        engine = opened
        // UC_CTL_CPU_MODEL: a Nehalem, everything up to SSE4.2 and POPCNT.
        _ = control(engine, 7 | 1 << 26 | 1 << 30, 15)
        let map = unsafe unsafeBitCast(
            try Self.symbol(library, "uc_mem_map_ptr"), to: (@convention(c) (UInt, UInt64, UInt, UInt32, UInt) -> Int32).self)
        guard map(engine, 0, UInt(memory.count), 7, UInt(bitPattern: memory.baseAddress)) == 0 else {
            throw Missing(description: "uc_mem_map_ptr fails")
        }
        typealias Hook = @convention(c) (UInt, UInt32, UInt) -> Void
        let addHook = unsafe unsafeBitCast(
            try Self.symbol(library, "uc_hook_add"), to: (@convention(c) (UInt, UInt, Int32, Hook, UInt, UInt64, UInt64) -> Int32).self)
        let noted: Hook = { engine, vector, user in
            guard let outcome = unsafe UnsafeMutablePointer<(vector: UInt32, stop: UInt)>(bitPattern: user) else { return }
            unsafe outcome.pointee.vector = vector
            _ = unsafe unsafeBitCast(outcome.pointee.stop, to: (@convention(c) (UInt) -> Int32).self)(engine)
        }
        var hook: UInt = 0
        // UC_HOOK_INTR; begin above end: everywhere.
        _ = unsafe withUnsafeMutablePointer(to: &hook) { unsafe addHook(engine, UInt(bitPattern: $0), 1, noted, UInt(bitPattern: outcome), 1, 0) }
    }

    deinit { _ = close(engine) }

    subscript(_ register: Int32) -> UInt32 {
        get {
            var value: UInt64 = 0
            _ = unsafe withUnsafeMutablePointer(to: &value) { regRead(engine, register, UInt(bitPattern: $0)) }
            return UInt32(truncatingIfNeeded: value)
        }
        set {
            var value = UInt64(newValue)
            _ = unsafe withUnsafeMutablePointer(to: &value) { regWrite(engine, register, UInt(bitPattern: $0)) }
        }
    }

    func setTable(_ register: Int32, selector: UInt16 = 0, base: UInt32, limit: UInt32, flags: UInt32 = 0) {
        var value = TableValue(selector: selector, base: UInt64(base), limit: limit, flags: flags)
        _ = unsafe withUnsafeMutablePointer(to: &value) { regWrite(engine, register, UInt(bitPattern: $0)) }
    }

    /// Everything as it is now is what `rewind` comes back to.
    func remember() throws {
        let allocate = unsafe unsafeBitCast(try Self.symbol(library, "uc_context_alloc"), to: (@convention(c) (UInt, UInt) -> Int32).self)
        let save = unsafe unsafeBitCast(try Self.symbol(library, "uc_context_save"), to: (@convention(c) (UInt, UInt) -> Int32).self)
        _ = unsafe withUnsafeMutablePointer(to: &context) { allocate(engine, UInt(bitPattern: $0)) }
        _ = save(engine, context)
    }

    /// The remembered state, without translated code or translations of addresses.
    func rewind() {
        _ = restore(engine, context)
        // UC_CTL_TB_FLUSH, UC_CTL_TLB_FLUSH
        _ = control(engine, 10 | 1 << 30, 0)
        _ = control(engine, 11 | 1 << 30, 0)
    }

    /// Runs from `start` to the first exception (`end` must be mapped and is not reached): its vector, or nil where there was none in `limit` instructions.
    func run(from start: UInt32, end: UInt32, limit: Int) -> UInt32? {
        unsafe outcome.pointee.vector = Self.none
        let failure = emuStart(engine, UInt64(start), UInt64(end), 0, UInt(limit))
        // UC_ERR_INSN_INVALID: #UD has no hook of that kind.
        if failure == 10 { return 6 }
        let vector = unsafe outcome.pointee.vector
        return vector == Self.none ? nil : vector
    }
}
