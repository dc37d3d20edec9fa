import Contract
import TUI

/// The discs of a machine: what is in its drives, and what lies beside that.
struct Media: Equatable, Sendable {
    struct Slot: Equatable, Sendable {
        var drive: RemovableDrive
        /// Of what is in it.
        var note = ""
        /// Where its list comes from, as a person would type it.
        var folder: String
        /// The images of the folder that fit the drive.
        var images: [ImageFile] = []
        /// The list has come.
        var isKnown = false
        /// Of `images`; past them the empty drive.
        var row = 0

        /// As a guest of the time names it.
        var letter: String
        var kind: ImageKind { drive.isCD ? .cd : .floppy }
        var inside: Int? { drive.medium.flatMap { medium in images.firstIndex { path(of: $0) == medium || $0.name == medium } } }
        func path(of file: ImageFile) -> String { folder + file.name }
    }

    let machine: MachineID
    var slots: [Slot]
    var index = 0
    /// Typing another file's path.
    var path: TextField?
    var picker: Picker?
    var refusal = ""
    /// Closes once the keeper has done it.
    var closes = false

    init(_ machine: MachineSummary, images: [String]) {
        self.machine = machine.id
        // C is the disk.
        var discs = ["D", "E", "F", "G"]
        slots = machine.removable.map { drive in
            let medium = drive.medium ?? "", isFile = !medium.isEmpty && !medium.hasPrefix("builtin:") && !medium.hasPrefix("fetch:")
            // Beside what is in it; else beside what was used last; else where people keep images.
            let folder = isFile ? Media.folder(of: medium) : images.first.map(Media.folder(of:)) ?? "~/images/"
            let letter = drive.isCD ? (discs.isEmpty ? drive.slot : discs.removeFirst()) : drive.slot == "fdb" ? "B" : "A"
            return Slot(drive: drive, folder: folder, letter: letter)
        }
    }

    static func folder(of path: String) -> String { path.lastIndex(of: "/").map { String(path[...$0]) } ?? "" }

    var slot: Slot? { slots[safe: index] }

    /// Questions for the keeper: what is in each drive, and what lies beside it.
    var asks: [Effect] {
        slots.flatMap { slot -> [Effect] in
            let ask = { (path: String, place: MediaPlace) -> Effect in
                .submit(
                    .inspect(path: path, machine: machine, as: slot.kind), .inspect(Inspection(place: .media(place), text: path, completes: false)))
            }
            return [ask(slot.folder, .folder(slot.drive.slot))] + (slot.drive.medium.map { [ask($0, .medium(slot.drive.slot))] } ?? [])
        }
    }
}

enum MediaPlace: Equatable, Sendable {
    case folder(String), medium(String)
    /// What is typed.
    case path
}

extension Dialog {
    static func media(_ machine: MachineSummary, images: [String], _ words: Language) -> Dialog {
        var dialog = Dialog(kind: .media, title: words("Discs of %1", machine.name), answers: [])
        dialog.media = Media(machine, images: images)
        return dialog
    }
}

extension Model {
    mutating func openMedia(_ machine: MachineSummary) -> [Effect] {
        let dialog = Dialog.media(machine, images: preferences.images ?? [], words)
        self.dialog = dialog
        return dialog.media?.asks ?? []
    }

    // MARK: Keys

    mutating func pressInMedia(_ key: Key) -> [Effect] {
        guard var media = dialog?.media else { return [] }
        if media.path != nil { return pressInMediaPath(key) }
        guard var slot = media.slot else {
            dialog = nil
            return []
        }
        media.refusal = ""
        switch key {
        case .escape, .control("c"), .character("q"):
            dialog = nil
            return []
        case .tab: media.index = (media.index + 1) % media.slots.count
        case .backTab: media.index = (media.index + media.slots.count - 1) % media.slots.count
        case .up, .character("k"): slot.row = max(0, slot.row - 1)
        case .down, .character("j"): slot.row = min(slot.images.count, slot.row + 1)
        case .home: slot.row = 0
        case .end: slot.row = slot.images.count
        case .pageUp: slot.row = max(0, slot.row - 5)
        case .pageDown: slot.row = min(slot.images.count, slot.row + 5)
        case .enter:
            media.closes = true
            dialog?.media = media
            return change(slot, to: slot.images[safe: slot.row].map(slot.path(of:)))
        case .right, .left:
            guard !slot.images.isEmpty else { break }
            let count = slot.images.count, from = slot.inside ?? (key == .right ? -1 : count)
            slot.row = (from + (key == .right ? 1 : count - 1)) % count
            media.closes = false
            media.slots[media.index] = slot
            dialog?.media = media
            return change(slot, to: slot.images[safe: slot.row].map(slot.path(of:)))
        case .delete:
            media.closes = false
            dialog?.media = media
            return change(slot, to: nil)
        case .character("o"), .character("O"): media.path = TextField(slot.folder)
        case .character("/"), .character("~"), .character("."): media.path = TextField(key.label)
        default: return []
        }
        if media.slots.indices.contains(media.index), media.slots[media.index].drive.slot == slot.drive.slot { media.slots[media.index] = slot }
        dialog?.media = media
        return []
    }

    private func change(_ slot: Media.Slot, to path: String?) -> [Effect] {
        guard let machine = dialog?.media?.machine else { return [] }
        return [.submit(.changeMedium(machine, slot: slot.drive.slot, path: path), .medium(machine, slot: slot.drive.slot))]
    }

    private mutating func pressInMediaPath(_ key: Key) -> [Effect] {
        guard var media = dialog?.media, var path = media.path, let slot = media.slot else { return [] }
        if var picker = media.picker {
            if picker.move(key) {
                dialog?.media?.picker = picker
                return []
            }
            switch key {
            case .escape:
                dialog?.media?.picker = nil
                return []
            case .enter, .tab: return takeInMedia(picker)
            default: break
            }
        }
        switch key {
        case .escape, .control("c"): (media.path, media.refusal) = (nil, "")
        case .tab:
            return [
                .submit(
                    .inspect(path: path.text, machine: media.machine, as: slot.kind),
                    .inspect(Inspection(place: .media(.path), text: path.text, completes: true)))
            ]
        case .enter:
            guard !path.text.isEmpty else { break }
            media.closes = true
            dialog?.media = media
            return change(slot, to: path.text)
        default:
            guard path.handle(key) else { return [] }
            media.refusal = ""
            if var picker = media.picker { media.picker = picker.narrow(to: path.text) ? picker : nil }
            media.path = path
        }
        dialog?.media = media
        return []
    }

    private mutating func takeInMedia(_ picker: Picker) -> [Effect] {
        dialog?.media?.picker = nil
        guard let result = picker.result, let media = dialog?.media, let slot = media.slot else { return [] }
        dialog?.media?.path?.set(result)
        guard result.hasSuffix("/") else { return [] }
        return [
            .submit(
                .inspect(path: result, machine: media.machine, as: slot.kind),
                .inspect(Inspection(place: .media(.path), text: result, completes: true)))
        ]
    }

    mutating func pasteInMedia(_ text: String) {
        guard var media = dialog?.media else { return }
        var path = media.path ?? TextField()
        path.insert(text)
        (media.path, media.picker, media.refusal) = (path, nil, "")
        dialog?.media = media
    }

    mutating func clickMediaSlot(_ index: Int) -> [Effect] {
        guard var media = dialog?.media, media.slots.indices.contains(index) else { return [] }
        // The drive that is chosen already is typed into.
        if media.index == index, media.path == nil { media.path = TextField(media.slots[index].folder) }
        media.index = index
        dialog?.media = media
        return []
    }

    mutating func clickMediaRow(_ index: Int) -> [Effect] {
        guard var media = dialog?.media else { return [] }
        if var picker = media.picker {
            picker.index = index
            return takeInMedia(picker)
        }
        guard let slot = media.slot, index <= slot.images.count else { return [] }
        if slot.row == index { return pressInMedia(.enter) }
        media.slots[media.index].row = index
        dialog?.media = media
        return []
    }

    // MARK: Answers

    mutating func mediaInspected(_ inspection: Inspection, _ report: ImageReport?) {
        guard case .media(let place) = inspection.place, var media = dialog?.media, let report else { return }
        switch place {
        case .folder(let name):
            guard let index = media.slots.firstIndex(where: { $0.drive.slot == name }) else { return }
            let kind = media.slots[index].kind
            media.slots[index].images = report.choices.filter { $0.kind == kind }
            media.slots[index].isKnown = true
            // The folder as the keeper names it, so that what is in the drive is found in the list.
            if !media.slots[index].folder.isEmpty { media.slots[index].folder = Media.folder(of: report.path) }
            // The one after it is the one that is wanted.
            let inside = media.slots[index].inside
            media.slots[index].row = inside.map { ($0 + 1) % max(1, media.slots[index].images.count) } ?? 0
        case .medium(let name):
            guard let index = media.slots.firstIndex(where: { $0.drive.slot == name }) else { return }
            media.slots[index].note =
                report.problem != nil ? words("unreadable") : report.path.hasPrefix("builtin:") ? words("built in") : report.note
        case .path:
            guard media.path?.text == inspection.text else { return }
            if report.choices.count > 1 {
                media.path?.set(report.completed)
                media.picker = Picker(text: report.completed, choices: report.choices, words)
            } else if report.completed != inspection.text {
                media.path?.set(report.completed)
            } else {
                media.refusal = report.problem ?? ""
            }
        }
        dialog?.media = media
    }

    /// The keeper changed a disc, or would not.
    mutating func mediumChanged(_ id: MachineID, _ slot: String, _ error: KeeperError?) -> [Effect] {
        if let error {
            if dialog?.media == nil { say(error.description, error: true) } else { dialog?.media?.refusal = error.description }
            return []
        }
        guard let drive = machine(id)?.removable.first(where: { $0.slot == slot }) else { return [] }
        let label = Format.drive(slot, isCD: drive.isCD, words)
        say(drive.medium.map { words("%1: %2 is in the drive.", label, Format.fileName($0)) } ?? words("%1 is empty.", label))
        var effects = drive.medium.map { remember(image: $0) } ?? []
        guard var media = dialog?.media, media.machine == id else { return effects }
        if media.closes {
            dialog = nil
            return effects
        }
        if let index = media.slots.firstIndex(where: { $0.drive.slot == slot }) {
            media.slots[index].drive = drive
            let inside = media.slots[index].inside
            media.slots[index].note = inside.flatMap { media.slots[index].images[safe: $0]?.note } ?? ""
            if inside == nil, let medium = drive.medium {
                effects.append(
                    .submit(
                        .inspect(path: medium, machine: id, as: media.slots[index].kind),
                        .inspect(Inspection(place: .media(.medium(slot)), text: medium, completes: false))))
            }
        }
        media.path = nil
        dialog?.media = media
        return effects
    }

    // MARK: Drawing

    func draw(_ media: Media, title: String, on frame: inout Frame) {
        frame.mute()
        frame.unmarkAll()
        let height = min(frame.height - 2, media.slots.count + 12)
        let inside = frame.box(.centred(min(frame.width - 4, 66), height, in: Size(frame.width, frame.height - 1)), title: title)
        let x = inside.x + 2, right = inside.right - 1
        let isNarrow = frame.width < Form.narrow
        let noteWidth = isNarrow ? 0 : 10, fieldX = x + (isNarrow ? 3 : 12)
        for (index, slot) in media.slots.enumerated() {
            let y = inside.y + 1 + index, isChosen = index == media.index
            frame.put(isChosen ? "▸" : " ", inside.x, y, .dialog(.accent))
            frame.put(slot.letter, x, y, .dialog(.text))
            if !isNarrow { frame.put(slot.drive.isCD ? "CD" : words("floppy"), x + 3, y, .dialog(.muted)) }
            let typed = isChosen ? media.path : nil
            let name = slot.drive.medium.map { Format.fileName($0) } ?? words("(empty)")
            let width = right - fieldX - (noteWidth > 0 ? noteWidth + 2 : 0)
            frame.field(typed ?? TextField(name), fieldX, y, width: width, focused: typed != nil, dialog: true)
            if noteWidth > 0 { frame.put(slot.note, right - noteWidth, y, .dialog(.muted), width: noteWidth) }
            frame.mark(Rect(x, y, right - x, 1), .field(index))
        }
        let top = inside.y + media.slots.count + 2
        drawImages(media, Rect(inside.x, top, inside.width, inside.bottom - top), on: &frame)
        frame.fill(Rect(0, frame.height - 1, frame.width, 1), .text)
        frame.footer(media.hints(words), y: frame.height - 1)
        guard media.path != nil else { return }
        media.picker?.draw(on: &frame, x: fieldX, y: inside.y + 1 + media.index, width: right - fieldX, bottom: frame.height - 1)
    }

    private func drawImages(_ media: Media, _ room: Rect, on frame: inout Frame) {
        guard let slot = media.slot, room.height > 1 else { return }
        let x = room.x + 2, width = room.width - 4
        if !media.refusal.isEmpty {
            for (row, line) in Text.wrapped("✖ " + media.refusal, to: width).prefix(room.height).enumerated() {
                frame.put(line, x, room.y + row, .dialog(.error))
            }
            return
        }
        let isNarrow = frame.width < Form.narrow
        let place =
            slot.folder.isEmpty ? words("the machine's folder") : Text.middleClipped(slot.folder, to: isNarrow ? width - 12 : max(8, width - 36))
        frame.put(
            isNarrow ? words("For %1, from %2", slot.letter, place) : words("For %1, from %2 (Right inserts the next)", slot.letter, place), x,
            room.y, .dialog(.muted), width: width)
        let rows = room.height - 1
        let first = ListWindow.top(0, selected: slot.row, rows: rows, count: slot.images.count + 1)
        for index in first..<min(first + rows, slot.images.count + 1) {
            let y = room.y + 1 + index - first, isSelected = index == slot.row && media.path == nil
            let style: Style = isSelected ? .role(.selected) : .dialog(.text), quiet: Style = isSelected ? style : .dialog(.muted)
            if isSelected {
                frame.fill(Rect(room.x, y, room.width, 1), style)
                frame.put("▸", room.x, y, style)
            }
            frame.mark(Rect(room.x, y, room.width, 1), .item(index))
            guard let image = slot.images[safe: index] else {
                frame.put(slot.isKnown ? words("(empty)") : words("reading …"), x + 4, y, quiet)
                continue
            }
            let isInside = index == slot.inside
            let notes = isInside ? (isNarrow ? "" : image.note + "   ") + words("in the drive") : image.note
            frame.putRight(notes, right: room.right - 1, y, quiet)
            frame.put(image.name, x + 4, y, style, width: width - 5 - Text.width(notes))
        }
    }
}

extension Media {
    func hints(_ words: Language) -> [Hint] {
        if picker != nil { return [Hint("Enter", words("take")), Hint("Up Down", words("choose")), Hint("Esc", words("close the list"))] }
        if path != nil {
            return [Hint("Enter", words("insert")), Hint("Tab", words("complete")), Hint("Ctrl-U", words("clear")), Hint("Esc", words("list"))]
        }
        let drive = slots.count > 1 ? [Hint("Tab", words("drive"))] : []
        return [Hint("Enter", words("insert")), Hint("Right", words("next disc")), Hint("Del", words("eject")), Hint("o", words("other file"))]
            + drive + [Hint("Esc", words("close"))]
    }
}
