/// Why an image file cannot be attached: which file, what is wrong with it, and what a person can do.
package struct DiskError: Error, Equatable, Sendable, CustomStringConvertible {
    package let path: String
    package let problem: String
    package let advice: String

    package init(_ path: String, _ problem: String, _ advice: String) {
        (self.path, self.problem, self.advice) = (path, problem, advice)
    }

    package var description: String { "\(path): \(problem). \(advice)" }
}
