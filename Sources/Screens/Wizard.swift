import Configuration
import Contract
import TUI

/// A new machine in three steps: what will live in it, what it is installed from, and what comes of that.
struct Wizard: Equatable, Sendable {
    enum Step: Int, CaseIterable, Sendable {
        case system, source, review
        var title: String {
            switch self {
            case .system: "System"
            case .source: "Install from"
            case .review: "Review"
            }
        }
    }
    /// What the machine can start from.
    struct Source: Equatable, Sendable {
        /// Empty: no image.
        var path: String
        var kind: ImageKind?
        var note = ""
        var label = ""
        var isBootable = false
        var system: String?
        /// Seen lately comes first: smaller is later. nil: only found.
        var recency: Int?
        var modified: Double = 0

        static let none = Source(path: "")
        static let sample = Source(path: "builtin:showcase", kind: .floppy, note: "1.44 MB", isBootable: true)
        var isOffer: Bool { self == .none || self == .sample }
    }

    var step = Step.system
    /// Of `Preset.all`.
    var preset = 0
    /// Left at its default, an image may choose better.
    var presetIsChosen = false
    /// Typed after `/`.
    var find: TextField?
    var found: [Source] = []
    /// Of `sources`; -1: the path field.
    var row = 0
    /// The user moved: from now on the selection keeps to its source.
    var moved = false
    var path = TextField()
    var picker: Picker?
    var problem: String?
    /// A typed path is being looked at, to go on with.
    var waits = false
    var image: Source?
    /// What the review was made from, so that going back and forth keeps what was typed there.
    var reviewed: (preset: Int, image: Source)?
    let recent: [String]
    /// What `~` is where the keeper lives, once that is known.
    var home: String?

    init(recent: [String]) { self.recent = recent }

    static func == (a: Wizard, b: Wizard) -> Bool { a.step == b.step && a.preset == b.preset && a.row == b.row && a.found == b.found }

    /// Folders that people keep images in.
    static let folders = ["~/images/", "~/Downloads/", "./"]

    var sources: [Source] {
        found.sorted { a, b in
            switch (a.recency, b.recency) {
            case (let x?, let y?): x < y
            case (_?, nil): true
            case (nil, _?): false
            // What boots is more likely meant.
            case (nil, nil): (b.isBootable ? 1 : 0, b.modified, a.path) < (a.isBootable ? 1 : 0, a.modified, b.path)
            }
        } + [.sample, .none]
    }

    var selected: Source? { sources[safe: row] }

    mutating func focusPath() { (row, moved) = (-1, true) }

    /// Adds what the keeper found; the selection stays on its source once the user moved.
    mutating func add(_ source: Source) {
        let before = selected
        if let index = found.firstIndex(where: { $0.path == source.path }) {
            let recency = [found[index].recency, source.recency].compactMap { $0 }.min()
            found[index] = source
            found[index].recency = recency
        } else {
            found.append(source)
        }
        if moved, row >= 0, let before, let index = sources.firstIndex(where: { $0.path == before.path }) { row = index }
    }

    // MARK: The machine

    /// The system that the image says it is, where the user has not chosen one.
    mutating func take(_ source: Source) -> String? {
        image = source
        guard !presetIsChosen, let system = source.system, let index = Preset.all.firstIndex(where: { $0.id == system }), index != preset else {
            return nil
        }
        preset = index
        return Preset.all[index].name
    }

    func configuration(names: [String]) -> MachineConfiguration {
        let image = image ?? .none, preset = Preset.all[safe: preset] ?? Preset.all[0]
        let taken = Set(names)
        let stem = image == .sample ? "showcase" : preset.id == "other" ? "machine" : preset.id
        var name = Form.free(stem, taken)
        if name == stem, preset.id == "other", image != .sample { name = Form.free("machine-1", taken) }
        var c = MachineConfiguration(name: name, preset: preset)
        guard !image.path.isEmpty, let kind = image.kind else { return c }
        let slot: MachineConfiguration.Drive.Slot = kind == .floppy ? .fda : kind == .cd ? .hdc : .hda
        if let index = c.drives.firstIndex(where: { $0.slot == slot }) {
            c.drives[index].path = image.isOffer ? image.path : forPeople(image, .english)
            c.drives[index].readOnly = kind == .cd
        }
        // What it is installed from has to come first where the disk is empty; the floppy would come last otherwise.
        if kind == .floppy { c.boot = [.floppy, .disk, .cd] }
        return c
    }
}

extension Model {
    mutating func openWizard() -> [Effect] {
        let recent = preferences.images ?? []
        wizard = Wizard(recent: recent)
        form = nil
        page = .wizard
        let asked = recent.map { Inspection(place: .source(.recent($0)), text: $0, completes: false) }
        let folders = Wizard.folders.map { Inspection(place: .source(.folder), text: $0, completes: false) }
        return (asked + folders).map { .submit(.inspect(path: $0.text, machine: nil, as: nil), .inspect($0)) }
    }

    /// On to the last step, with the form made anew where something before it changed.
    mutating func reviewWizard(_ source: Wizard.Source) -> [Effect] {
        guard var wizard else { return [] }
        if let name = wizard.take(source) {
            say(words("%1 looks like %2: step 1 says so now.", source.label.isEmpty ? Format.fileName(source.path) : source.label, name))
        }
        wizard.step = .review
        let isSame = wizard.reviewed.map { $0.preset == wizard.preset && $0.image == source } ?? false
        wizard.reviewed = (wizard.preset, source)
        self.wizard = wizard
        guard !isSame || form == nil else { return [] }
        var form = Form(new: wizard.configuration(names: machines.map(\.name)), preset: wizard.preset, names: machines.map(\.name))
        form.words = words
        let asks = form.takeAsks()
        self.form = form
        return asks
    }

    mutating func pressInWizard(_ key: Key) -> [Effect] {
        guard let step = wizard?.step else {
            page = .machines
            return []
        }
        switch step {
        case .system: return pressInSystems(key)
        case .source: return pressInSources(key)
        case .review: return pressInForm(key)
        }
    }

    private mutating func pressInSystems(_ key: Key) -> [Effect] {
        guard var wizard else { return [] }
        let last = Preset.all.count - 1
        if var find = wizard.find {
            switch key {
            case .escape: wizard.find = nil
            case .enter, .tab, .down, .up: wizard.find = nil
            default:
                _ = find.handle(key)
                wizard.find = find
                let words = find.text.lowercased()
                if !words.isEmpty, let index = Preset.all.firstIndex(where: { $0.name.lowercased().contains(words) }) {
                    (wizard.preset, wizard.presetIsChosen) = (index, true)
                }
            }
            self.wizard = wizard
            return []
        }
        let before = wizard.preset
        switch key {
        case .up, .character("k"), .backTab: wizard.preset = max(0, wizard.preset - 1)
        case .down, .character("j"), .tab: wizard.preset = min(last, wizard.preset + 1)
        case .home, .pageUp, .character("g"): wizard.preset = 0
        case .end, .pageDown, .character("G"): wizard.preset = last
        case .character("/"): wizard.find = TextField()
        case .enter: wizard.step = .source
        case .escape, .control("c"), .character("q"):
            leaveForm()
            return []
        case .function(1), .character("?"): help = HelpState(page: page)
        default: break
        }
        if wizard.preset != before { wizard.presetIsChosen = true }
        self.wizard = wizard
        return []
    }

    mutating func clickWizardRow(_ index: Int) -> [Effect] {
        guard var wizard else { return [] }
        switch wizard.step {
        case .system:
            guard Preset.all.indices.contains(index) else { return [] }
            // A second click on a row goes on with it.
            if wizard.presetIsChosen, wizard.preset == index { wizard.step = .source }
            (wizard.preset, wizard.presetIsChosen) = (index, true)
        case .source:
            if var picker = wizard.picker {
                picker.index = index
                self.wizard?.picker = picker
                return takeInSources(picker)
            }
            if wizard.moved, wizard.row == index, let source = wizard.selected { return reviewWizard(source) }
            (wizard.row, wizard.moved) = (index, true)
        case .review: break
        }
        self.wizard = wizard
        return []
    }
}
