import CLinux
import Glibc

/// Memory for generated host code, mapped twice: written through `writable`, executed through `executable`, never both on one page (W^X).
/// Two mappings of one memfd cost nothing per patch, where flipping one mapping with mprotect costs 2–4 µs.
///
/// `@unchecked Sendable`: addresses never change; one thread writes at a time by the owner's agreement.
@safe
package final class ExecutableBuffer: @unchecked Sendable {
    package let size: Int
    package let writable: UnsafeMutableRawPointer
    package let executable: UnsafeRawPointer

    package init(_ name: String, size: Int) throws(HostMemoryError) {
        let rounded = (size + 4095) & ~4095
        let descriptor = unsafe clinux_memfd(name)
        guard descriptor >= 0 else { throw HostMemoryError(operation: name, bytes: size, code: errno) }
        defer { close(descriptor) }
        guard ftruncate(descriptor, rounded) == 0,
            let write = unsafe mmap(nil, rounded, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0), unsafe write != MAP_FAILED
        else { throw HostMemoryError(operation: name, bytes: size, code: errno) }
        guard let execute = unsafe mmap(nil, rounded, PROT_READ | PROT_EXEC, MAP_SHARED, descriptor, 0), unsafe execute != MAP_FAILED else {
            let code = errno
            unsafe munmap(write, rounded)
            throw HostMemoryError(operation: name, bytes: size, code: code)
        }
        self.size = rounded
        unsafe writable = write
        unsafe executable = UnsafeRawPointer(execute)
    }

    deinit {
        unsafe munmap(writable, size)
        unsafe munmap(UnsafeMutableRawPointer(mutating: executable), size)
    }
}
