import Testing

@testable import Bus
@testable import Devices

@Suite struct CoprocessorErrorTests {
    @Test func anErrorInterruptsUntilPortF0() throws {
        let rig = try ChipRig()
        let chip = CoprocessorError(irq: rig.line(13))
        var ignores = false
        chip.onIgnore = { ignores = $0 }
        rig.plug(chip)
        rig.out(0, 0)
        #expect(!ignores, "there is nothing to ignore")
        chip.setError(true)
        #expect(rig.level(13) && !ignores)
        rig.out(0, 0)
        #expect(!rig.level(13) && ignores)
        chip.setError(true)
        #expect(rig.rises(13) == 1, "while IGNNE# is asserted no other comes")
        try expectRoundTrip(chip)
        chip.setError(false)
        #expect(!ignores)
        chip.setError(true)
        #expect(rig.rises(13) >= 2 && rig.level(13))
    }
}
