import Bus
package import Picture

/// When the chip looks at its memory, and what it publishes.
extension VGA {
    struct RefreshState {
        /// Virtual ns: the last refresh, the last change or key, since when the registers say that the screen is off.
        var last: UInt64 = 0
        var active: UInt64 = 0
        var offSince: UInt64?
        /// What the display shows now.
        var shown = Shown.blank
        enum Shown: Equatable { case blank, text, pixels }
        var size = (width: 720, height: 400)
    }

    /// ns between two refreshes.
    private enum Interval {
        static let moving: UInt64 = 16_666_667, still: UInt64 = 100_000_000, unwatched: UInt64 = 250_000_000
        /// After this long without a change the picture is still.
        static let untilStill: UInt64 = 1_000_000_000
        static let soon: UInt64 = 3_000_000
        /// A screen is off when it has been off this long: guests switch it off for moments to change the palette or the mode.
        static let untilBlank: UInt64 = 150_000_000
    }

    /// Of the picture that viewers have, in pixels.
    package var screenSize: (width: Int, height: Int) { refreshState.size }

    /// What the screen shows at this moment; viewers get it too.
    package var currentPicture: Picture {
        refresh()
        return display.current.picture
    }

    /// A picture within a few ms, and often from now on: someone typed.
    package func refreshSoon() {
        let now = clock.now
        refreshState.active = now
        let earliest = max(now &+ Interval.soon, refreshState.last &+ 2 &* Interval.soon)
        if clock.deadline(of: 0) ?? .max > earliest { clock.schedule(0, at: earliest) }
    }

    package func clockEvent(_ kind: UInt8, _ payload: UInt32, at time: UInt64) {
        let now = clock.now
        enterPlainWindow()
        if refresh() { refreshState.active = now }
        refreshState.last = now
        let moving = now &- refreshState.active < Interval.untilStill
        clock.schedule(0, at: now &+ (!isAlwaysWatched && !display.isWatched ? Interval.unwatched : moving ? Interval.moving : Interval.still))
    }

    /// Publishes the picture if it changed, and says whether it did.
    @discardableResult
    package func refresh() -> Bool {
        if registersChanged {
            registersChanged = false
            scan = VGAScan(registers)
            settleColors()
        }
        guard scan.kind != .off else { return blank() }
        refreshState.offSince = nil
        if scan.kind == .text {
            if refreshState.shown != .text { text = VGAText() }
            guard let picture = textPicture() else { return false }
            return show(.text(picture), .text, (picture.width, picture.height))
        }
        if refreshState.shown != .pixels { raster.forget() }
        guard let picture = raster.picture(scan) else { return false }
        return show(.pixels(picture), .pixels, (picture.width, picture.height))
    }

    private func show(_ picture: Picture, _ shown: RefreshState.Shown, _ size: (width: Int, height: Int)) -> Bool {
        display.publish(picture)
        refreshState.shown = shown
        refreshState.size = size
        return true
    }

    private func blank() -> Bool {
        let now = clock.now
        let since = refreshState.offSince ?? now
        refreshState.offSince = since
        guard refreshState.shown != .blank, now &- since >= Interval.untilBlank else { return false }
        return show(.blank, .blank, (720, 400))
    }

    // MARK: Colours

    private func settleColors() {
        for index in 0..<256 { raster.setColor(index, color(UInt8(truncatingIfNeeded: index))) }
        let enabled = registers.attribute[Attribute.colorPlaneEnable] & 15
        for index in 0..<16 { raster.setColor(256 + index, attributeColor(UInt8(truncatingIfNeeded: index) & enabled)) }
    }

    /// 0x00RRGGBB of a DAC entry.
    private func color(_ index: UInt8) -> UInt32 {
        let at = Int(index & registers.dacMask) * 3
        let wide = registers.vbe.hasWideDAC
        func part(_ index: Int) -> UInt32 {
            let value = UInt32(registers.dac[index])
            return wide ? value : (value << 2 | value >> 4) & 0xFF
        }
        return part(at) << 16 | part(at + 1) << 8 | part(at + 2)
    }

    /// A 4-bit colour through the attribute controller's palette.
    private func attributeColor(_ index: UInt8) -> UInt32 {
        let value = registers.attribute[Int(index)]
        let select = registers.attribute[Attribute.colorSelect]
        let takesP5P4 = registers.attribute[Attribute.modeControl] & Attribute.selectP5P4 != 0
        return color(takesP5P4 ? value & 15 | select << 4 : value | select << 4 & 0xC0)
    }
}
