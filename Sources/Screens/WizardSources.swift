import Contract
import TUI

/// Where the keeper's answer about a source belongs.
enum SourcePlace: Equatable, Sendable {
    /// An image that was used before.
    case recent(String)
    case folder
    /// What is typed.
    case path
}

extension Model {
    mutating func pressInSources(_ key: Key) -> [Effect] {
        guard var wizard else { return [] }
        if wizard.row < 0 { return pressInPath(key) }
        let last = wizard.sources.count - 1
        switch key {
        case .up, .character("k"), .backTab: wizard.row -= 1
        case .down, .character("j"), .tab: wizard.row = wizard.row == last ? -1 : wizard.row + 1
        case .home, .character("g"): wizard.row = 0
        case .end, .character("G"): wizard.row = last
        case .pageUp: wizard.row = max(0, wizard.row - 8)
        case .pageDown: wizard.row = min(last, wizard.row + 8)
        case .enter:
            guard let source = wizard.selected else { return [] }
            return reviewWizard(source)
        case .escape, .left:
            wizard.step = .system
            self.wizard = wizard
            return []
        case .control("c"):
            leaveForm()
            return []
        case .function(1), .character("?"):
            help = HelpState(page: page)
            return []
        case .character("o"): wizard.row = -1
        case .character("/"), .character("~"), .character("."):
            wizard.row = -1
            wizard.path = TextField(key.label)
        default: return []
        }
        wizard.moved = true
        self.wizard = wizard
        return []
    }

    private mutating func pressInPath(_ key: Key) -> [Effect] {
        guard var wizard else { return [] }
        if var picker = wizard.picker {
            if picker.move(key) {
                self.wizard?.picker = picker
                return []
            }
            switch key {
            case .escape:
                self.wizard?.picker = nil
                return []
            case .enter, .tab: return takeInSources(picker)
            default: break
            }
        }
        switch key {
        case .enter where wizard.path.text.isEmpty: wizard.row = 0
        case .enter: return lookAtPath()
        case .tab where !wizard.path.text.isEmpty:
            return [submit(Inspection(place: .source(.path), text: wizard.path.text, completes: true))]
        case .down, .tab: wizard.row = 0
        case .up, .backTab: wizard.row = wizard.sources.count - 1
        case .escape:
            if wizard.path.text.isEmpty { wizard.row = 0 } else { wizard.path = TextField() }
            wizard.problem = nil
        case .control("c"):
            leaveForm()
            return []
        case .function(1): help = HelpState(page: page)
        default:
            guard wizard.path.handle(key) else { return [] }
            wizard.typed()
        }
        self.wizard = wizard
        return []
    }

    private func submit(_ inspection: Inspection) -> Effect {
        .submit(.inspect(path: inspection.text, machine: nil, as: nil), .inspect(inspection))
    }

    /// Goes on with what is typed, once the keeper has seen it.
    private mutating func lookAtPath() -> [Effect] {
        guard let text = wizard?.path.text, !text.isEmpty else { return [] }
        wizard?.waits = true
        return [submit(Inspection(place: .source(.path), text: text, completes: false))]
    }

    mutating func takeInSources(_ picker: Picker) -> [Effect] {
        wizard?.picker = nil
        guard let result = picker.result else { return [] }
        wizard?.path.set(result)
        wizard?.problem = nil
        if result.hasSuffix("/") { return [submit(Inspection(place: .source(.path), text: result, completes: true))] }
        return lookAtPath()
    }

    mutating func wizardInspected(_ inspection: Inspection, _ report: ImageReport?) -> [Effect] {
        guard case .source(let place) = inspection.place, var wizard else { return [] }
        switch place {
        case .recent(let path):
            if let report, report.problem == nil, let rank = wizard.recent.firstIndex(of: path) { wizard.add(Wizard.Source(report, recency: rank)) }
        case .folder:
            if let report { wizard.learnHome(inspection.text, report.path) }
            for file in report?.choices ?? [] where file.kind != nil { wizard.add(Wizard.Source(file, in: report?.path ?? "")) }
            // A single file is completed, not listed.
            if let report, report.choices.isEmpty, report.completed != inspection.text, !report.completed.hasSuffix("/") {
                self.wizard = wizard
                return [submit(Inspection(place: .source(.folder), text: report.completed, completes: false))]
            }
            if let report, report.problem == nil, report.kind != nil, !inspection.text.hasSuffix("/") {
                wizard.add(Wizard.Source(report, recency: nil))
            }
        case .path:
            guard wizard.step == .source, wizard.path.text == inspection.text else { return [] }
            if inspection.completes {
                wizard.complete(report, words)
            } else if wizard.waits {
                wizard.waits = false
                guard let report, report.problem == nil else {
                    wizard.problem = report.map { Form.problem($0) ?? "" } ?? words("The file could not be looked at. Type another path.")
                    break
                }
                self.wizard = wizard
                return reviewWizard(Wizard.Source(report, recency: nil))
            }
        }
        self.wizard = wizard
        return []
    }

    mutating func pasteInWizard(_ text: String) {
        guard wizard?.step == .source else {
            if wizard?.step == .review, form?.isSaving == false { form?.paste(text) }
            return
        }
        wizard?.focusPath()
        wizard?.path.insert(text)
        wizard?.typed()
    }
}

extension Wizard {
    mutating func typed() {
        (problem, waits) = (nil, false)
        if var picker { self.picker = picker.narrow(to: path.text) ? picker : nil }
    }

    mutating func complete(_ report: ImageReport?, _ words: Language) {
        guard let report else { return }
        if report.choices.count > 1 {
            path.set(report.completed)
            picker = Picker(text: report.completed, choices: report.choices, words)
        } else if report.completed != path.text {
            path.set(report.completed)
        } else {
            problem = report.problem.map { _ in Form.problem(report) ?? "" }
        }
    }
}

extension Wizard {
    /// `~/images/` is `/home/me/images/`, so `/home/me` is `~` for people.
    mutating func learnHome(_ typed: String, _ path: String) {
        guard typed.hasPrefix("~/"), path.hasSuffix(typed.dropFirst()) else { return }
        home = String(path.dropLast(typed.count - 1))
    }

    func forPeople(_ source: Source, _ words: Language) -> String {
        switch source {
        case .none: return words("(no image)")
        case .sample: return words("sample floppy")
        default: break
        }
        guard let home, !home.isEmpty, source.path.hasPrefix(home + "/") else { return source.path }
        return "~" + source.path.dropFirst(home.count)
    }
}

extension Wizard.Source {
    init(_ report: ImageReport, recency: Int?) {
        self.init(path: report.path, kind: report.kind, note: report.note, label: report.label)
        (isBootable, system, self.recency) = (report.isBootable, report.system, recency)
    }

    init(_ file: ImageFile, in folder: String) {
        self.init(path: folder + file.name, kind: file.kind, note: file.note, label: file.label)
        (isBootable, system, modified) = (file.isBootable, file.system, file.modified)
    }
}
