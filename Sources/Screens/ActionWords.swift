extension Action {
    /// Is for the selected machine or the marked ones.
    var isForMachine: Bool {
        switch self {
        case .open, .start, .pause, .save, .power, .turnOff, .reset, .discard, .edit, .clone, .delete, .media, .sendKeys, .tags: true
        default: false
        }
    }

    /// Leads to another page and would leave a form behind.
    var leavesForm: Bool {
        switch self {
        case .help, .redraw, .suspend: false
        default: true
        }
    }

    /// What else people call it, after the colon.
    var aliases: [String] {
        switch self {
        case .open: ["console", "con"]
        case .machines: ["ls", "list", "vms", "m"]
        case .wall: ["wall", "w"]
        case .load: ["top", "load"]
        case .jobs: ["jobs"]
        case .log: ["log", "events"]
        case .quit: ["q", "q!", "exit"]
        case .save: ["suspend state", "sleep"]
        case .turnOff: ["kill", "stop", "off"]
        case .power: ["shutdown"]
        case .reset: ["reboot", "restart"]
        case .delete: ["rm"]
        case .clone: ["cp", "copy machine"]
        case .new: ["create", "add"]
        case .media: ["cd", "disc", "disk"]
        case .settings: ["set", "config"]
        case .theme: ["colours", "colors", "skin"]
        case .help: ["h", "man"]
        case .sendKeys: ["ctrl-alt-del"]
        default: []
        }
    }

    /// One line for the palette.
    var explanation: String {
        switch self {
        case .open: "Its console while it runs, its report if it crashed; one that is off is started."
        case .start: "Powers the machine on, or goes on where its state was saved."
        case .pause: "Stops the processor between two instructions; the same key goes on."
        case .save: "Writes memory and devices to disk, then turns the machine off."
        case .power: "Presses the ACPI power button: the guest is asked to shut down."
        case .turnOff: "As if its plug were pulled. Asks first."
        case .reset: "Restarts at once, as its reset button would. Asks first."
        case .discard: "Deletes the saved state: the next start boots. Asks first."
        case .new: "A machine in three steps; the image is all it needs."
        case .edit: "Its processor, memory, drives, network and ports."
        case .clone: "A full copy under another name."
        case .delete: "Moves the machine and its folder to the trash."
        case .media: "Puts an image into a drive, or takes one out."
        case .sendKeys: "Keys that this terminal keeps for itself, such as Ctrl-Alt-Del."
        case .tags: "Words to find and group machines by."
        case .up, .down: "Moves the selection by one."
        case .first, .last: "Moves the selection to an end."
        case .pageUp, .pageDown: "Moves the selection by a screen."
        case .previousTab, .nextTab: "What the pane below the list shows."
        case .left, .right: "Moves between tiles."
        case .machines: "The list of machines."
        case .wall: "The screens of many guests at once."
        case .load: "What machines and host use, by the second."
        case .jobs: "What takes long: progress, rate, cancelling."
        case .log: "What happened, newest last."
        case .mark: "Marks this one: actions are for all marked ones."
        case .markAll: "Marks every machine that is shown."
        case .filter: "Shows only what matches as you type."
        case .searchScreens: "Finds text on the screens of all guests."
        case .nextMatch: "To the next error below."
        case .previousMatch: "To the error above."
        case .sort: "Sorts by the next column."
        case .reverseSort: "Turns the order round."
        case .larger, .smaller: "Moves the shelf between list and detail, or changes the tiles."
        case .follow: "Keeps the newest event in sight."
        case .copy: "Into this terminal's clipboard."
        case .write: "Asks for a path, then writes there."
        case .interval: "Seconds between two figures."
        case .cpuPanel, .memoryPanel, .diskPanel: "Which figures the table shows."
        case .undo: "Takes back the last change of settings, tags or order."
        case .redo: "Makes again what was taken back."
        case .runAgain: "Does what the selected job did once more."
        case .palette: "Every command by name."
        case .settings: "Keys, glyphs, colours, bell, language."
        case .theme: "Colours, with the whole screen as the preview."
        case .help: "The keys of this page."
        case .cancel: "Stops the selected job; where there is none it asks to quit."
        case .quit: "One page back; from the list it ends Vitrine."
        case .snapshot: "Writes what this terminal shows now as a picture (SVG) into your home folder."
        case .redraw: "Draws every cell anew, after something else wrote into the terminal."
        case .suspend: "Back to the shell; fg returns. Machines stand still meanwhile."
        }
    }
}
