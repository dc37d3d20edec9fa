import Bus
import Contract
import Foundation
import Glibc
import Workstation

/// The workstation as a conversation in lines: for screen readers, dumb terminals and pipes. The verbs are those of the command line.
///
/// `@unchecked Sendable`: what events on other threads touch is behind `known`; everything else is the reader's.
final class PlainWorkstation: @unchecked Sendable {
    private let keeper: any Keeper
    private let known = Mutexed<[MachineSummary]>([])
    private let isInteractive = isatty(STDIN_FILENO) == 1

    private struct Verb {
        var name: String
        var usage: String
        var about: String
        var run: (PlainWorkstation, [String]) throws(CommandFailure) -> Void
    }

    init(keeper: any Keeper) { self.keeper = keeper }

    /// Until `quit` or the end of the input; then every machine is off, or its state saved.
    func run() {
        let listed = Semaphore()
        keeper.subscribe { [self] event in
            heard(event)
            if case .machines = event { listed.signal() }
        }
        listed.wait()
        say("Vitrine. help explains the verbs, quit ends.")
        list()
        while let line = next() {
            let words = line.split(separator: " ", omittingEmptySubsequences: true).map(String.init)
            guard let first = words.first?.lowercased() else {
                list()
                continue
            }
            if first == "quit" || first == "q" {
                if leave() { return }
                continue
            }
            do throws(CommandFailure) {
                let candidates = Self.verbs.filter { $0.name.hasPrefix(first) }
                guard let verb = Self.verbs.first(where: { $0.name == first }) ?? (candidates.count == 1 ? candidates[0] : nil) else {
                    throw CommandFailure("\(first) is no verb; help lists them")
                }
                try verb.run(self, Array(words.dropFirst()))
            } catch { say("✖ " + error.message) }
        }
        _ = try? keeper.perform(.shutDown)
    }

    private func next() -> String? {
        if isInteractive { writeAll(STDOUT_FILENO, Array("> ".utf8)) }
        return readLine()
    }

    private func say(_ text: String) {
        let clean = text.unicodeScalars.map { $0.properties.generalCategory == .control && $0 != "\n" ? "·" : String($0) }.joined()
        writeAll(STDOUT_FILENO, Array((clean + "\n").utf8))
    }

    private func heard(_ event: KeeperEvent) {
        switch event {
        case .machines(let list): known.withLock { $0 = list }
        case .changed(let summary):
            let before = known.withLock { known in
                guard let place = known.firstIndex(where: { $0.id == summary.id }) else { return MachineState?.none }
                defer { known[place] = summary }
                return known[place].state
            }
            if let before, before != summary.state { say("\(summary.name) is \(summary.state.rawValue).") }
        case .fetch(let progress):
            switch progress.phase {
            case .done, .failed, .cancelled: say("\(progress.machine): \(progress.message)")
            default: break
            }
        case .log(let entry) where entry.level != .info: say("\(entry.machine.map { "\($0): " } ?? "")\(entry.text)")
        case .log, .past, .jobs, .job: break
        }
    }

    private var machines: [MachineSummary] { known.withLock { $0 } }

    private func list() {
        for (index, machine) in machines.enumerated() {
            var line = "\(index + 1). \(machine.name), \(machine.state.rawValue), \(machine.memoryMiB) MB"
            if let address = machine.screenAddress { line += ", screen \(address)" }
            if let load = machine.cpuPercent { line += ", CPU \(Int(load.rounded()))%" }
            if let fetch = machine.fetch { line += ", to fetch: \(fetch)" }
            say(line)
        }
        if machines.isEmpty { say("No machines. vitrine create NAME adds one.") }
    }

    /// By number in the list, identity, name, or the beginning of a name that no other has.
    private func find(_ word: String?) throws(CommandFailure) -> MachineSummary {
        guard let word else { throw CommandFailure("which machine? say its name, or its number in the list") }
        let machines = machines
        if let number = Int(word), machines.indices.contains(number - 1) { return machines[number - 1] }
        if let exact = machines.first(where: { $0.id.rawValue == word || $0.name == word }) { return exact }
        let begun = machines.filter { $0.name.hasPrefix(word) }
        guard begun.count == 1 else {
            throw CommandFailure(begun.isEmpty ? "there is no machine \(word); list names them" : "\(word) begins several names")
        }
        return begun[0]
    }

    /// True when there is nothing left to stay for.
    private func leave() -> Bool {
        let live = machines.filter { $0.state != .off && $0.state != .crashed && $0.state != .saved }
        if !live.isEmpty, isInteractive {
            say(
                "\(live.map(\.name).joined(separator: ", ")): what a guest has not written to disk is lost. off turns them off and quits; anything else stays."
            )
            guard next()?.lowercased() == "off" else { return false }
        }
        _ = try? keeper.perform(.shutDown)
        return true
    }

    /// A verb that does one thing to each machine it is given.
    private static func each(_ name: String, _ about: String, _ command: @escaping (MachineID) -> KeeperCommand) -> Verb {
        Verb(name: name, usage: "\(name) NAME ...", about: about) { (workstation, words) throws(CommandFailure) in
            guard !words.isEmpty else { throw CommandFailure("\(name): which machine? say its name, or its number in the list") }
            for word in words { _ = try workstation.keeper.perform(command(try workstation.find(word).id)) }
        }
    }

    private static var verbs: [Verb] {
        [
            Verb(name: "list", usage: "list", about: "the machines, with their numbers") { (workstation, _) throws(CommandFailure) in
                workstation.list()
            },
            each("start", "start, or restore a saved state") { .start($0) },
            each("stop", "turn off, as pulling the plug does") { .turnOff($0) },
            each("shutdown", "press the power button") { .powerButton($0) },
            each("reset", "press the reset button") { .reset($0) },
            each("pause", "halt where it stands") { .pause($0) },
            each("resume", "go on") { .resume($0) },
            each("save", "save the state and turn off") { .save($0) },
            each("discard", "discard the saved state") { .discardState($0) },
            each("delete", "move to the trash") { .delete($0) },
            Verb(name: "undelete", usage: "undelete NAME", about: "bring back from the trash") { (workstation, words) throws(CommandFailure) in
                guard let name = words.first else { throw CommandFailure("undelete: which machine?") }
                _ = try workstation.keeper.perform(.undelete(MachineID(rawValue: name)))
            },
            Verb(name: "clone", usage: "clone NAME NEW", about: "a full copy") { (workstation, words) throws(CommandFailure) in
                guard words.count == 2 else { throw CommandFailure("clone: the machine and the name of the copy") }
                _ = try workstation.keeper.perform(.clone(try workstation.find(words[0]).id, name: words[1]))
            },
            Verb(name: "screen", usage: "screen NAME", about: "what it shows, as text") { (workstation, words) throws(CommandFailure) in
                workstation.say(try workstation.keeper.screen(of: try workstation.find(words.first).id, as: .text))
            },
            Verb(name: "type", usage: "type NAME TEXT", about: "type a text, and Enter") { (workstation, words) throws(CommandFailure) in
                let machine = try workstation.find(words.first)
                _ = try workstation.keeper.perform(.input(machine.id, .text(words.dropFirst().joined(separator: " ") + "\n")))
            },
            Verb(name: "key", usage: "key NAME KEYS", about: "press keys together: ctrl-alt-delete") { (workstation, words) throws(CommandFailure) in
                guard words.count == 2 else { throw CommandFailure("key: the machine and the keys, joined by hyphens") }
                _ = try workstation.keeper.perform(.input(try workstation.find(words[0]).id, .chord(words[1].split(separator: "-").map(String.init))))
            },
            Verb(name: "wait", usage: "wait NAME TEXT", about: "until the text stands on its screen, a minute at most") {
                (workstation, words) throws(CommandFailure) in
                let machine = try workstation.find(words.first), text = words.dropFirst().joined(separator: " ")
                guard !text.isEmpty else { throw CommandFailure("wait: for which text?") }
                try workstation.keeper.wait(for: text, on: machine.id, seconds: 60)
            },
            Verb(name: "help", usage: "help", about: "this") { (workstation, _) throws(CommandFailure) in
                for verb in Self.verbs { workstation.say(verb.usage.padding(toLength: 18, withPad: " ", startingAt: 0) + verb.about) }
                workstation.say("A machine is its name, the beginning of it, or its number in the list. An empty line lists. quit ends.")
            },
        ]
    }
}
