import Foundation

/// Bytes as people read them: MB, and GB from 10,000 MB up.
func amount(_ bytes: UInt64) -> String {
    let megabytes = Double(bytes) / 1_048_576
    if megabytes >= 10_000 { return String(format: "%.1f GB", megabytes / 1024) }
    return megabytes < 10 ? String(format: "%.1f MB", bytes == 0 ? 0 : max(megabytes, 0.1)) : String(format: "%.0f MB", megabytes)
}
