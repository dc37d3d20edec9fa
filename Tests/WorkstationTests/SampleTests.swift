import Foundation
import Testing

@testable import Configuration
@testable import Contract
@testable import Workstation

@Suite struct SampleTests {
    private let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("sample-vms")

    @Test func everySampleStandsInTheFolderAndIsTheSame() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        #expect(files == Samples.all.map { $0.id.rawValue + ".json" }.sorted())
        for sample in Samples.all {
            let data = try Data(contentsOf: folder.appendingPathComponent(sample.id.rawValue + ".json"))
            #expect(try ConfigurationFile.decode(data, from: sample.id.rawValue) == sample.configuration, "\(sample.id)")
        }
    }

    @Test func everySampleIsAValidMachine() {
        let paths = PathResolver(folder: "/nonexistent", fetched: "/nonexistent")
        for sample in Samples.all { #expect(Validation.problems(in: sample.configuration, paths: paths).isEmpty, "\(sample.id)") }
    }

    @Test func whatIsNamedIsFetched() {
        for sample in Samples.all {
            let configuration = sample.configuration
            let named = configuration.drives.compactMap(\.path) + [configuration.kernel?.path, configuration.kernel?.initrd].compactMap { $0 }
            let wanted = Set(named.filter { $0.hasPrefix(PathResolver.fetchPrefix) }.map { String($0.dropFirst(PathResolver.fetchPrefix.count)) })
            let fetched = Set(configuration.fetch?.items.flatMap { $0.files.values } ?? [])
            #expect(wanted.isSubset(of: fetched.union([configuration.fetch?.busyboxInitrd].compactMap { $0 })), "\(sample.id)")
        }
    }
}
