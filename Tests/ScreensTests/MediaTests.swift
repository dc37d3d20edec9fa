import Contract
@testable import Screens
import TUI
import Testing

/// The discs of a machine that may run.
@Suite struct MediaTests {
    private let freedos = MachineID(rawValue: "freedos")

    private func discs(_ width: Int = 80, _ height: Int = 24, floppy: String? = "/home/me/images/fd13-boot.img") -> Harness {
        let library = Harness.library.map { machine in
            var machine = machine
            if machine.id.rawValue == "freedos" {
                machine.removable = [
                    RemovableDrive(slot: "fda", isCD: false, medium: floppy),
                    RemovableDrive(slot: "hdc", isCD: true, medium: "/home/me/images/fd13live.iso"),
                ]
            }
            return machine
        }
        let harness = Harness(width, height, machines: library)
        harness.knowsImages()
        let answer = harness.answer
        harness.answer = { [unowned harness] command in
            if case .changeMedium(let id, let slot, let path) = command {
                harness.change(id.rawValue) { machine in
                    if let index = machine.removable.firstIndex(where: { $0.slot == slot }) { machine.removable[index].medium = path }
                }
            }
            return answer(command)
        }
        harness.press(.down, .character("M"))
        return harness
    }

    private func changes(_ harness: Harness) -> [KeeperCommand] {
        harness.commands.filter { if case .changeMedium = $0 { true } else { false } }
    }

    @Test func drivesAndWhatLiesBeside() {
        let harness = discs()
        harness.press(.tab)
        harness.expect(
            """
             Vitrine  1 Machines  2 Wall  3 Load  4 Jobs  5 Log     cpu 52%  mem 16%  14:32
                Name ▾          State          CPU        %  MIPS    Mem MB  Screen  Tags
              ● debian-mini     running   48s         █  98   212   71/ 256  :5905 1 linux
            ▸ ● freedos         running    3h         ▁   1     0    9/  16  :5901   dos
              ‖ nt ┌ Discs of freedos ──────────────────────────────────────────────┐ ab
              ■ os │                                                                │ bm
              ✖ to │  A  floppy   [ fd13-boot.img                     ]  1.44 MB    │ ab
                   │▸ D  CD       [ fd13live.iso                      ]  402 MB     │
                   │                                                                │
                   │  For D, from /home/me/images/ (Right inserts the next)         │
                   │      fd13live.iso                        402 MB   in the drive │
            ─┤ Sum │▸     w98se.iso                                          622 MB │ ──────
              Proc │      (empty)                                                   │ ────┐
              Memo │                                                                │     │
              CPU  │                                                                │     │
              MIPS │                                                                │     │
              Scre │                                                                │     │
              Disk └────────────────────────────────────────────────────────────────┘     │
              Floppy A   fd13-boot.img      1.44 MB   │                                   │
              CD hdc     fd13live.iso        402 MB   │                                   │
              Notes      Till software, do not reset  │                                   │
              Tags       dos                          └───────────────────────────────────┘
             Machines live in ~/.local/share/vitrine.
             Enter insert  Right next disc  Del eject  o other file  Tab drive  Esc close
            """)
        #expect(harness.frame.target(at: Point(30, 6)) == .field(0) && harness.frame.target(at: Point(30, 11)) == .item(1))
        #expect(harness.frame.target(at: Point(2, 0)) == nil)
    }

    @Test func narrow() {
        let harness = discs(40, 16)
        harness.expect(
            """
              ┌ Discs of freedos ────────────────┐
              │                                  │
              │▸ A  [ fd13-boot.img            ] │
            ▸ │  D  [ fd13live.iso             ] │
              │                                  │
              │  For A, from /home/me/images/    │
              │▸     fd13-boot.img  in the drive │
              │      (empty)                     │
              │                                  │
              │                                  │
              │                                  │
            ─ │                                  │ ─
              │                                  │
              └──────────────────────────────────┘
             Machines live in ~/.local/share/vitri…
             Enter insert  Tab drive  Esc close
            """)
    }

    @Test func enterInsertsAndCloses() {
        let harness = discs()
        harness.press(.tab, .enter)
        #expect(changes(harness) == [.changeMedium(freedos, slot: "hdc", path: "/home/me/images/w98se.iso")])
        #expect(!harness.screen.contains("Discs of freedos") && harness.screen.contains("CD hdc: w98se.iso is in the drive."))
        #expect(harness.model.preferences.images == ["/home/me/images/w98se.iso"])
    }

    @Test func rightGoesFromDiscToDisc() {
        let harness = discs()
        harness.press(.tab, .right, .right)
        #expect(
            changes(harness) == ["w98se.iso", "fd13live.iso"].map { .changeMedium(freedos, slot: "hdc", path: "/home/me/images/" + $0) })
        #expect(
            harness.screen.contains("Discs of freedos") && harness.screen.contains("▸     fd13live.iso                        402 MB   in the drive"))
    }

    @Test func deleteEjectsTheChosenDrive() {
        let harness = discs()
        harness.press(.delete, .tab, .end, .enter)
        #expect(changes(harness) == [.changeMedium(freedos, slot: "fda", path: nil), .changeMedium(freedos, slot: "hdc", path: nil)])
        #expect(harness.screen.contains("CD hdc is empty."))
    }

    @Test func anotherFileIsTypedAndCompleted() {
        let harness = discs(floppy: nil)
        harness.press(.character("o"), .control("u"))
        harness.type("~/im")
        harness.press(.tab, .tab, .down, .enter)
        #expect(harness.screen.contains("[ ~/images/fd13-boot.img"))
        harness.press(.enter)
        #expect(changes(harness) == [.changeMedium(freedos, slot: "fda", path: "~/images/fd13-boot.img")])
        #expect(!harness.screen.contains("Discs of freedos"))
    }

    @Test func aRefusedDiscCanBeTypedAnew() {
        let harness = discs()
        let answer = harness.answer
        harness.answer = { _ in .failure(KeeperError(.host, "/none: there is no such file. Check the name.")) }
        harness.press(.character("/"))
        harness.type("none")
        harness.press(.enter)
        #expect(harness.screen.contains("✖ /none: there is no such file. Check the name.") && harness.screen.contains("[ /none "))
        harness.type("x")
        #expect(!harness.screen.contains("✖ /none"))
        harness.answer = answer
        harness.press(.enter)
        #expect(!harness.screen.contains("Discs of freedos"))
    }

    @Test func aFolderWithoutImagesSaysWhatIsLeft() {
        let harness = discs(floppy: "/nowhere/a.img")
        #expect(harness.screen.contains("▸     (empty)"))
        harness.press(.right)
        #expect(changes(harness).isEmpty)
    }

    @Test func clicks() {
        let harness = discs()
        _ = harness.model.clickField(1)
        _ = harness.model.clickItem(0)
        #expect(
            harness.model.clickItem(0) == [
                .submit(.changeMedium(freedos, slot: "hdc", path: "/home/me/images/fd13live.iso"), .medium(freedos, slot: "hdc"))
            ])
    }
}
