import ArgumentParser
import Foundation

/// The benchmark: the same 32-bit work on the host itself, under QEMU's TCG and under Vitrine, in one run, with outputs compared.
///
/// `Workbench` builds what runs (sources in `Guest/`), an `Engine` is a way to run it, a `Child` is one such run, whose lines are `Marker`s; a `Recorder`
/// makes a `Pass` of them, a `Comparison` the passes' medians and ratios, and a `Table` the page.
@main
enum Bench {
    static func main() {
        do {
            var command = try BenchCommand.parse()
            try command.run()
        } catch let failure as Failure {
            report("vitrine-bench: \(failure.message)\n")
            exit(failure.status)
        } catch {
            let code = BenchCommand.exitCode(for: error)
            if code.isSuccess {
                print(BenchCommand.fullMessage(for: error))
                exit(0)
            }
            report(BenchCommand.fullMessage(for: error) + "\n")
            exit(code == .validationFailure ? 2 : 1)
        }
    }
}

/// Why there is no result, as the user reads it, and the status the process ends with.
package struct Failure: Error {
    package var message: String
    package var status: Int32
    package init(_ message: String, status: Int32 = 1) { (self.message, self.status) = (message, status) }
}

/// To standard error, for people.
func report(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
