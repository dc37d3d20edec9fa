package import Configuration
package import Contract
package import Foundation

/// `machine.json`: what a machine's owner wrote down, readable and complete.
package enum ConfigurationFile {
    package static func encode(_ configuration: MachineConfiguration) throws(KeeperError) -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        do { return try encoder.encode(configuration) + Data("\n".utf8) } catch {
            throw KeeperError(.host, "the configuration of \(configuration.name) cannot be written down: \(error)")
        }
    }

    /// Reads a configuration; what is missing has its default, so that files can be written by hand.
    package static func decode(_ data: Data, from source: String) throws(KeeperError) -> MachineConfiguration {
        do {
            guard var written = try JSONSerialization.jsonObject(with: data) as? [String: Any] else {
                throw KeeperError(.invalid, "\(source) holds no JSON object")
            }
            let defaults = try JSONEncoder().encode(MachineConfiguration(name: ""))
            guard let complete = try JSONSerialization.jsonObject(with: defaults) as? [String: Any] else {
                throw KeeperError(.invalid, "\(source) cannot be read")
            }
            if written["name"] == nil { throw KeeperError(.invalid, "\(source) gives no name", field: "name") }
            if let version = written["formatVersion"] as? Int, version > MachineConfiguration.currentFormat {
                throw KeeperError(
                    .invalid, "\(source) has format \(version), written by a newer Vitrine; this one reads \(MachineConfiguration.currentFormat)")
            }
            if let drives = written["drives"] as? [[String: Any]] {
                written["drives"] = drives.map { $0.merging(["readOnly": false]) { own, _ in own } }
            }
            if let kernel = written["kernel"] as? [String: Any] { written["kernel"] = kernel.merging(["arguments": ""]) { own, _ in own } }
            let merged = complete.merging(written) { _, own in own }
            return try JSONDecoder().decode(MachineConfiguration.self, from: JSONSerialization.data(withJSONObject: merged))
        } catch let error as KeeperError {
            throw error
        } catch let error as DecodingError {
            throw KeeperError(.invalid, "\(source): \(explain(error))")
        } catch {
            throw KeeperError(.invalid, "\(source) is no JSON: \(error.localizedDescription)")
        }
    }

    private static func explain(_ error: DecodingError) -> String {
        func place(_ path: [any CodingKey]) -> String {
            path.isEmpty ? "the file" : path.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }.joined(separator: ".")
        }
        switch error {
        case .keyNotFound(let key, let context): return "\(place(context.codingPath + [key])) is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            return "\(place(context.codingPath)): \(context.debugDescription)"
        @unknown default: return "\(error)"
        }
    }
}
